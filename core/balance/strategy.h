/* SPDX-License-Identifier: MIT */
/*
 * strategy - choose one of several channels that are all fit; each strategy one file, one vtable.
 *
 * Choice and retry stay apart: a strategy sees only who is well now, names one, and never loops.  Which key and which
 * base URL of the channel are asked is not its business (pick.c).
 */
#ifndef BALANCE_STRATEGY_H
#define BALANCE_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct vitals;

/* A fit channel, in the family's order. */
struct option {
    uint32_t channel; /* ordinal */
    uint32_t weight;
    struct vitals *vitals;
    int64_t score; /* what the strategy went by, for the trace: it fills it in */
};

struct strategy_call {
    int64_t now_ms;
    bool is_dry; /* somebody only wants to know: nothing is counted */
};

enum { STRATEGY_DRAWS = 4 }; /* most of struct strategy.draws */

struct strategy {
    const char *name;
    bool is_lazy;   /* the first fit channel will do: the others need not be looked at */
    uint32_t draws; /* it chooses of so many, drawn at random by weight; 0: of all */
    /*
     * returns  the index of the choice; n >= 1
     * cost     O(n), no allocation; any thread
     */
    uint32_t (*pick)(struct option *, uint32_t n, const struct strategy_call *);
};

/* The first in order: the kindest to prompt caches, because all requests meet the same key. */
extern const struct strategy strategy_failover;
/* Smooth weighted: of weights 5, 1, 1 it makes a a b a c a a, not a a a a a b c. */
extern const struct strategy strategy_round_robin;
/* By weight. */
extern const struct strategy strategy_random;
/* Fewest requests under way for its weight; ties in order. */
extern const struct strategy strategy_least_busy;
/* Two at random (by weight), the one that answers sooner for how busy it is. */
extern const struct strategy strategy_two_choices;

const struct strategy *strategy_find(struct cp_str name); /* NULL: none has that name */

/*
 * Of several the largest wins: each by its weight for a random seed; for a session's always the same, and who goes away
 * moves only its own sessions (rendezvous).
 *
 * hash  of the channel's id
 */
double strategy_draw(uint64_t hash, uint32_t weight, uint64_t seed);
/* The random number of one pair, the same for ever; among equal weights the largest wins. */
uint64_t strategy_mix(uint64_t hash, uint64_t seed);

#endif
