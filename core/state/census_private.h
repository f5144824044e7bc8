/* SPDX-License-Identifier: MIT */
/*
 * census_private - the rings, as counting (census.c) and looking (census_look.c) see them; nobody else includes it.
 */
#ifndef STATE_CENSUS_PRIVATE_H
#define STATE_CENSUS_PRIVATE_H

#include <pthread.h>

#include "base/list.h"
#include "state/census.h"

struct map;

enum {
    CENSUS_RINGS = 6,
    CENSUS_CHUNK = 8,   /* places */
    CENSUS_CHUNKS = 78, /* of a series: all rings */
    CENSUS_COARSE = 20, /* chunks of the finest ring, which has no spreads */
    CENSUS_NAME_BYTES = 256
};

struct census_shape {
    int64_t step_ms, span_ms;
    uint32_t places, first; /* first: chunk */
};
extern const struct census_shape census_shapes[CENSUS_RINGS];

struct place {
    int64_t at; /* its number + 1; 0: never used */
    struct census_sum sum;
};

struct series {
    struct link link; /* in kind->used */
    struct cp_str name;
    int64_t last_ms;
    struct place *chunks[CENSUS_CHUNKS];
    /* Of the coarse rings' places: to first content, behind them (not of keys) in total. */
    struct spread *spreads[CENSUS_CHUNKS - CENSUS_COARSE];
};

struct kind {
    struct map *names;
    struct link used; /* the least recently used first */
};

struct census {
    pthread_mutex_t lock;
    struct kind kinds[CENSUS_KINDS];
    uint32_t chunks; /* and spreads */
    int64_t now_ms;  /* of who counts at the moment */
    uint64_t dice;   /* spread.h */
};

void census_sum_add(struct census_sum *to, const struct census_sum *);
/* NULL: not known.  With the lock, like the next two. */
struct series *census_find(struct census *, uint32_t by, struct cp_str name);
/* NULL: nothing was counted then. */
struct place *census_place(const struct series *, uint32_t ring, int64_t number);
/* That of the place's; NULL: there is none.  of_total: 0 or 1. */
struct spread *census_place_spread(const struct series *, uint32_t by, uint32_t ring,
                                   int64_t number, uint32_t of_total);
/* How many kinds of times the places of a kind know. */
uint32_t census_times(uint32_t by);

#endif
