/* SPDX-License-Identifier: MIT */
/*
 * random - by weight, and nothing is remembered: no counter is shared, so it costs the same with any number of threads.
 */
#include "balance/strategy.h"

static uint32_t random_pick(struct option *options, uint32_t n,
                            const struct strategy_call *call)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        options[i].score = options[i].weight;
        sum += options[i].weight;
    }
    uint64_t at = (call->random >> 32) * sum >> 32;
    for (uint32_t i = 0; i < n; i++) {
        if (at < options[i].weight)
            return i;
        at -= options[i].weight;
    }
    return 0; /* all weights are 0 */
}

const struct strategy strategy_random = { "random", false, random_pick };
