/* SPDX-License-Identifier: MIT */
/*
 * random - by weight, and nothing is remembered: no counter is shared, so it costs the same with any number of threads.
 */
#include "balance/strategy.h"

static uint32_t random_pick(struct option *options, uint32_t n,
                            const struct strategy_call *call)
{
    options[0].score = options[0].weight;
    return 0; /* the draw itself is the choice */
}

const struct strategy strategy_random = { "random", false, 1, random_pick };
