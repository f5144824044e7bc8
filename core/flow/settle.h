/* SPDX-License-Identifier: MIT */
/*
 * settle - an attempt gives back what it took: its slot, its pass through the breakers, and what was learned.
 *
 * Once for each attempt, whichever of these comes first; the others do nothing then.
 */
#ifndef FLOW_SETTLE_H
#define FLOW_SETTLE_H

#include "flow/exchange.h"

/* It failed: x->verdict says whose fault it was. */
void settle_failed(struct exchange *);
/* Its stream has shown content and goes to the client: who waits for a probe's news need not wait for its end. */
void settle_shown(struct exchange *);
/* Its answer has ended, or nobody listens any more: it served, was cut off, or nothing is known. */
void settle_served(struct exchange *);
/* Nothing was learned. */
void settle_nothing(struct exchange *);

#endif
