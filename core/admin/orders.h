/* SPDX-License-Identifier: MIT */
/*
 * orders - what people tell the scheduler to do: forget failures, prefer a channel, forget what was learned.
 */
#ifndef ADMIN_ORDERS_H
#define ADMIN_ORDERS_H

struct api_call;

/* POST /api/scheduler/reset {} | {"channel"} | {"channel", "key"}: all that keeps requests away from there ends. */
void orders_reset(struct api_call *);
/* POST /api/scheduler/promote {"channel", "seconds", "family"?}: it goes first for so long; 0 ends it. */
void orders_promote(struct api_call *);
/* DELETE /api/scheduler/learned?channel=ID: parameters that were refused are sent again. */
void orders_unlearn(struct api_call *);

#endif
