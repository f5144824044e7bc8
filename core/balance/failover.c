/* SPDX-License-Identifier: MIT */
/*
 * failover - the first in order.
 *
 * All requests meet the same key as long as it is well, so they meet the same prompt cache; the others are reserves.
 */
#include "balance/strategy.h"

static uint32_t failover_pick(struct option *options, uint32_t n,
                              const struct strategy_call *call)
{
    for (uint32_t i = 0; i < n; i++)
        options[i].score = i + 1; /* its place */
    return 0;
}

const struct strategy strategy_failover = { "failover", true, 0, failover_pick };
