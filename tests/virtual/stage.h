/* SPDX-License-Identifier: MIT */
/*
 * stage - what histories are played on: a clock, a world, the tables of health, and the roster made of them.
 *
 * A world is used for many histories one after the other, and its tables are made as new between them instead of made
 * anew: that is what lets a million histories be short.
 */
#ifndef TESTS_VIRTUAL_STAGE_H
#define TESTS_VIRTUAL_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/roster.h"
#include "state/facts.h"

#include "world.h"

struct arena;
struct dice;

struct stage {
    int64_t now_ms, wall_ms;
    struct arena *of_world, *of_tables, *of_history;
    struct world first;            /* with which each history begins */
    struct roster first_roster[2]; /* by tables */
    struct roster_health tables[2];
    uint32_t at;               /* tables in use; a restart takes the others */
    bool is_marked[2];         /* the marks are not as new */
    bool is_grown;             /* the tables know names that they did not begin with */
    const struct world *world; /* in use now */
    const struct roster *roster;
};

void stage_open(struct stage *, bool is_small, uint64_t seed);
void stage_close(struct stage *);
/* As new. */
void stage_begin(struct stage *);
void stage_pass(struct stage *, int64_t ms);
/* What is there lives on, in a configuration that was edited. */
void stage_reload(struct stage *, struct dice *);
/* What a restart keeps: the facts.  jump_ms: what the wall clock was set by.  skip: leaves out that fact; -1: none. */
void stage_restart(struct stage *, int64_t jump_ms, int32_t skip);
const struct roster_health *stage_health(const struct stage *);

/* Facts that hold now; strings in the history's arena. */
struct told {
    struct fact *at;
    uint32_t n;
};
void stage_tell(const struct stage *, struct told *);
/* A digest of everything that a failure may be charged to. */
uint64_t stage_digest(const struct stage *);

#endif
