/* SPDX-License-Identifier: MIT */
/*
 * schedule - which channel, key and base URL a request is asked of.
 */
#ifndef FLOW_SCHEDULE_H
#define FLOW_SCHEDULE_H

#include "balance/pick.h"

struct exchange;

/* What pick_choose() is asked for this request as it stands now; lends what the exchange has. */
struct pick_ask schedule_ask(struct exchange *);

#endif
