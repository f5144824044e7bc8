/* SPDX-License-Identifier: MIT */
/*
 * failover - first healthy path in written order.
 *
 * The default, because it is the kindest to prompt caches: as long as the first path works, every
 * request of a conversation meets the same key.
 */
#include "balance/balance.h"

static int failover_pick(const struct candidate *c, uint32_t n, int64_t now_ms)
{
    int best = -1;

    for (uint32_t i = 0; i < n; i++) {
        if (c[i].until_ms <= now_ms)
            return (int)i;
        if (c[i].until_ms != INT64_MAX && (best < 0 || c[i].until_ms < c[best].until_ms))
            best = (int)i;
    }
    return best;
}

const struct strategy strategy_failover = { .name = "failover", .pick = failover_pick };
