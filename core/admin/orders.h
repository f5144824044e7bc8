/* SPDX-License-Identifier: MIT */
/*
 * orders - what people tell the scheduler to do: forget failures, prefer a channel, forget what was learned.
 */
#ifndef ADMIN_ORDERS_H
#define ADMIN_ORDERS_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct conf_channel;

/* POST /api/scheduler/reset {} | {"channel"} | {"channel", "key"}: all that keeps requests away from there ends. */
void orders_reset(struct api_call *);
/* POST /api/scheduler/promote {"channel", "seconds", "family"?}: it goes first for so long; 0 ends it. */
void orders_promote(struct api_call *);
/* DELETE /api/scheduler/learned?channel=ID: parameters that were refused are sent again. */
void orders_unlearn(struct api_call *);

/* ---- for who has looked at what was asked ---- */

/* What a promotion, or its end (0 seconds), has ended. */
struct orders_sum {
    uint32_t promotions, records, models;
};
/* family absent: all.  Its own failures are forgotten, too. */
void orders_prefer(struct api_call *, const struct conf_channel *, struct cp_str family,
                   int64_t seconds, struct orders_sum *);
/* Nothing keeps requests away from the channel any more. */
void orders_revive(struct api_call *, struct cp_str channel, struct orders_sum *);

#endif
