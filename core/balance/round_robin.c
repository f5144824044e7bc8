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

/* Then a share is off by one: nobody waits for a share. */
enum { TRIES = 16 };

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
static int64_t turns_since(const struct option *o, uint64_t turns, uint64_t round)
{
    uint64_t before = round * weight_of(o);

    return turns > before ? (int64_t)(turns - before) : 0;
}

/* False: another thread has named it since it was looked at, and it may not be its turn any more. */
static bool name_it(const struct option *o, uint64_t round, int64_t since)
{
    uint64_t turns = turns_of(o), next = round * weight_of(o) + (uint64_t)since + 1;

    return turns_since(o, turns, round) == since &&
           atomic_compare_exchange_strong_explicit(&o->vitals->turn, &turns, next,
                                                   memory_order_relaxed, memory_order_relaxed);
}

/* Who is furthest behind; since: how many turns he has had. */
static uint32_t furthest_behind(struct option *options, uint32_t n, uint64_t round,
                                int64_t *since)
{
    int64_t sum = 0, named = 1;
    uint32_t best = 0;

    for (uint32_t i = 0; i < n; i++) {
        options[i].score = turns_since(&options[i], turns_of(&options[i]), round);
        sum += (int64_t)weight_of(&options[i]);
        named += options[i].score;
    }
    for (uint32_t i = 0; i < n; i++) {
        int64_t had = options[i].score;
        options[i].score = (int64_t)weight_of(&options[i]) * named - sum * had;
        if (!i || options[i].score > options[best].score) {
            best = i;
            *since = had;
        }
    }
    return best;
}

static uint32_t round_robin_pick(struct option *options, uint32_t n,
                                 const struct strategy_call *call)
{
    uint32_t best = 0;

    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t round = first_round(options, n);
        int64_t since = 0;
        best = furthest_behind(options, n, round, &since);
        if (call->is_dry || name_it(&options[best], round, since))
            break;
    }
    return best;
}

const struct strategy strategy_round_robin = { "round_robin", false, 0, round_robin_pick };
