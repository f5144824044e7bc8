/* SPDX-License-Identifier: MIT */
/*
 * hedge - a second attempt beside a slow first one; whoever has content first takes the request.
 *
 * The second attempt is an exchange of its own, a twin over the same request and arena: nothing of an attempt is
 * shared, so nothing of one can leak into the other.  The first that opens its gate claims the request, once; the
 * other is cancelled and nobody is charged for it.  Streams of chats only, never what follows on a kept answer.
 *
 * All functions: the worker's thread.
 */
#ifndef FLOW_HEDGE_H
#define FLOW_HEDGE_H

#include <stdbool.h>

struct exchange;

/* An attempt was sent: sets the clock, if this request may be asked twice. */
void hedge_begin(struct exchange *);
/* Before the gate opens: the request is this exchange's, the other one ends. */
void hedge_claim(struct exchange *);
/* It has failed, or has only an error of ours to tell.  True: the other one is still under way and has the request now;
 * this one has nothing more to do. */
bool hedge_yields(struct exchange *);
/* The client left, or the process ends: the other one ends. */
void hedge_end(struct exchange *);
/* With the exchange: frees the other one, too. */
void hedge_free(struct exchange *);
/* Which of the two attempts served: "first", "second", "neither"; NULL: there was no second one. */
const char *hedge_served(const struct exchange *);

#endif
