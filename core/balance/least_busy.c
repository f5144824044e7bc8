/* SPDX-License-Identifier: MIT */
/*
 * least_busy - fewest requests under way for its weight, counting the one that is to be sent; ties in order.
 *
 * What is compared is what a request would find there: (under way + 1) / weight.  So an idle channel of weight 2 gets two
 * requests before an idle one of weight 1 gets its first.
 */
#include "balance/strategy.h"

#include "state/vitals.h"

enum { SCORE_ONE = 1000 };

static uint32_t least_busy_pick(struct option *options, uint32_t n,
                                const struct strategy_call *call)
{
    uint32_t best = 0;

    for (uint32_t i = 0; i < n; i++) {
        int64_t inside = gate_inside(&options[i].vitals->gate);
        int64_t weight = options[i].weight ? options[i].weight : 1;
        options[i].score = (inside + 1) * SCORE_ONE / weight;
        if (options[i].score < options[best].score)
            best = i;
    }
    return best;
}

const struct strategy strategy_least_busy = { "least_busy", false, 0, least_busy_pick };
