/* SPDX-License-Identifier: MIT */
/*
 * hedge - a second attempt beside a slow first one; whoever has content first takes the request.
 *
 * The second attempt is an exchange of its own, a twin over the same request and arena: nothing of an attempt is
 * shared, so nothing of one can leak into the other.  The first that opens its gate claims the request, once; the
 * other is cancelled and nobody is charged for it.  Streams of chats only, never what follows on a kept answer.
 */
#ifndef FLOW_HEDGE_H
#define FLOW_HEDGE_H

#include <stdbool.h>

struct exchange;

/* An attempt was sent: sets the clock, if this request may be hedged. */
void hedge_begin(struct exchange *);
/* Before the gate opens.  True: the request is this exchange's, the other one is gone.  Always true without a twin. */
bool hedge_claim(struct exchange *);
/* An attempt failed.  True: the other one is still under way, this one has nothing more to do. */
bool hedge_yields(struct exchange *);
/* The client left, or the process ends. */
void hedge_end(struct exchange *);

#endif
