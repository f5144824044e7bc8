/* SPDX-License-Identifier: MIT */
/*
 * two_choices - two drawn at random by weight, and of them the one that answers sooner for how busy it is.
 *
 * Always taking the quickest of all would send everybody there at once, each time the figures change; comparing two only
 * keeps nearly all of the gain and none of the herd.  source: Mitzenmacher 2001, doi:10.1109/71.963420
 *
 * The figure is the mean time to first content times the requests that would be under way: how long the new one waits if
 * they slow each other down.  Who has not been measured is taken for quick, so that it is measured; what it has
 * under way already counts against it, so that it is not flooded before its first answer.
 */
#include "balance/strategy.h"

#include "state/vitals.h"

enum { QUICK_US = 1000 }; /* below that nobody is better than another */

static int64_t cost_of(const struct option *o, int64_t now_ms)
{
    int64_t mean_us = meter_mean(&o->vitals->meter, now_ms);

    return (mean_us < QUICK_US ? QUICK_US : mean_us) * (gate_inside(&o->vitals->gate) + 1);
}

static uint32_t two_choices_pick(struct option *options, uint32_t n,
                                 const struct strategy_call *call)
{
    uint32_t best = 0;

    for (uint32_t i = 0; i < n; i++) {
        options[i].score = cost_of(&options[i], call->now_ms);
        if (options[i].score < options[best].score)
            best = i;
    }
    return best;
}

const struct strategy strategy_two_choices = { "two_choices", false, 2, two_choices_pick };
