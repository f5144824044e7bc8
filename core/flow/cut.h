/* SPDX-License-Identifier: MIT */
/*
 * cut - stop sequences for upstreams that have no field for them: the gateway ends the answer.
 */
#ifndef FLOW_CUT_H
#define FLOW_CUT_H

#include "flow/exchange.h"

/* The request was encoded: if its adapter asked for it, answers are cut from now on. */
void cut_begin(struct exchange *);
/* One item of a stream's answer on its way to the client's adapter (relay_tx_item). */
int cut_item(struct exchange *, const struct cp_item *);
/* The client has its end and the upstream goes on for nobody. */
bool cut_is_over(const struct exchange *);
/* A whole answer; the same tape if nothing is to be cut. */
struct cp_tape *cut_tape(struct exchange *, struct cp_tape *);

#endif
