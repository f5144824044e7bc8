/* SPDX-License-Identifier: MIT */
/*
 * tally - what translating cost: the ledger as one header for the client and one field for the log.
 */
#ifndef FLOW_TALLY_H
#define FLOW_TALLY_H

#include "flow/exchange.h"

/* Was anything of this exchange translated?  What passes through has no ledger. */
bool tally_is_due(const struct exchange *);
/* "mapped=2, approximated=1, dropped=3, repaired=0", in the arena. */
struct cp_str tally_header(const struct exchange *);
/* "dropped messages[0].content[1]: why; ...", at most fifty entries; absent if there is none. */
struct cp_str tally_lines(const struct exchange *);

#endif
