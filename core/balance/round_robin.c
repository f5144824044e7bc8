/* SPDX-License-Identifier: MIT */
/*
 * round_robin - smooth and weighted: of weights 5, 1, 1 it makes a a b a c a a.
 *
 * The known way (nginx) adds to each candidate its weight, takes the largest, and takes the sum off it again; each
 * choice writes to all candidates.  The same sequence follows from how often each was named: after E choices, E * weight / sum
 * are due to each, and the next is who is furthest behind, weight * (E + 1) - sum * named.  So only the one that
 * is named is written to, and threads do not tear at the records of all others.
 *
 * Who was away (it rested, or serves fewer models) would be owed everything it missed, and be flooded when it is back.  So
 * nobody is more than a round behind whoever is furthest: what lies before that is forgiven.  A round is as many choices
 * of each as its weight says.
 */
#include "balance/strategy.h"

#include "state/vitals.h"

static uint64_t turns_of(const struct option *o)
{
    return atomic_load_explicit(&o->vitals->turn, memory_order_relaxed);
}

static uint64_t weight_of(const struct option *o)
{
    return o->weight ? o->weight : 1;
}

/* The last round that is not forgiven. */
static uint64_t first_round(const struct option *options, uint32_t n)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint64_t rounds = turns_of(&options[i]) / weight_of(&options[i]);
        most = rounds > most ? rounds : most;
    }
    return most ? most - 1 : 0;
}

/* Turns since that round began. */
static int64_t turns_since(const struct option *o, uint64_t round)
{
    uint64_t turns = turns_of(o), before = round * weight_of(o);

    return turns > before ? (int64_t)(turns - before) : 0;
}

static void name_it(const struct option *o, uint64_t round)
{
    uint64_t turns = turns_of(o), before = round * weight_of(o), next;

    do {
        next = (turns > before ? turns : before) + 1;
    } while (!atomic_compare_exchange_weak_explicit(
        &o->vitals->turn, &turns, next, memory_order_relaxed, memory_order_relaxed));
}

static uint32_t round_robin_pick(struct option *options, uint32_t n,
                                 const struct strategy_call *call)
{
    uint64_t round = first_round(options, n);
    int64_t sum = 0, named = 1;
    uint32_t best = 0;

    for (uint32_t i = 0; i < n; i++) {
        options[i].score = turns_since(&options[i], round);
        sum += (int64_t)weight_of(&options[i]);
        named += options[i].score;
    }
    for (uint32_t i = 0; i < n; i++) {
        options[i].score = (int64_t)weight_of(&options[i]) * named - sum * options[i].score;
        if (options[i].score > options[best].score)
            best = i;
    }
    if (!call->is_dry)
        name_it(&options[best], round);
    return best;
}

const struct strategy strategy_round_robin = { "round_robin", false, 0, round_robin_pick };
