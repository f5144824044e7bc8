/* SPDX-License-Identifier: MIT */
/*
 * play - one history: its requests, its upstreams, and what the checks remember of it.
 *
 * What goes on in a request here is what core/flow does with it: choose, send, settle, note what must not be asked again,
 * and once more, within its attempts.
 */
#ifndef TESTS_VIRTUAL_PLAY_H
#define TESTS_VIRTUAL_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/charge.h"
#include "balance/pick.h"
#include "balance/trace.h"

#include "dice.h"
#include "script.h"
#include "stage.h"
#include "truth.h"

enum {
    JOBS = 8,
    FLIGHTS = 2 * JOBS,
    SESSIONS = 3,
    HOMES = SESSIONS * FAMILIES * MODELS,
    TRIED_MOST = 64,
    PROMOTIONS = 4,
    BUDGET_FULL = 60
};

/* What must never be broken; README.md says it in sentences. */
enum invariant {
    INVARIANT_NONE = 0,
    STARVE,
    HAMMER,
    STUCK,
    SLOTS,
    AFFINITY,
    PROMOTION,
    OWNER,
    TWICE,
    RESTART,
    CAPS,
    DRY,
    INVARIANTS
};

struct asked {
    struct spot spot;
    uint32_t fault; /* 0: none yet */
};

/* A request. */
struct job {
    bool is_used;
    const struct world *world; /* with which it began */
    const struct roster *roster;
    struct dice dice;
    uint32_t family, model, op;
    int32_t session;     /* -1: none */
    int32_t maker;       /* letter; -1: none */
    struct session name; /* of the session */
    int64_t tokens;
    uint32_t attempts_left, degraded, flights_n;
    bool is_mistaken; /* the client's own fault: nobody will serve it */
    bool was_unsaid;  /* our side could not say it to somebody */
    bool is_served, is_over;
    struct tried tried[TRIED_MOST];
    uint32_t tried_n;
    struct asked asked[TRIED_MOST];
    uint32_t asked_n;
};

/* An attempt under way. */
struct flight {
    bool is_used, is_hedge;
    struct job *job;
    struct pick pick;
    struct spot spot;
    uint32_t asked_at; /* in job->asked */
    struct outcome outcome;
};

/* ---- what the checks remember: by letters and numbers ---- */

struct rest_memory {
    int64_t since_ms, charged_ms, until_ms; /* of the rest that stands: began, was prolonged */
    int64_t asked_ms;                       /* when it was asked during it; 0: not yet */
};

/* A breaker that is open. */
struct shut_memory {
    int64_t opened_ms, until_ms; /* until 0: it is not */
};

struct home_memory {
    bool is_set, is_sure; /* sure: nothing has happened that may have cost it */
    uint32_t letter, key;
    int64_t set_ms;
};

struct promotion_memory {
    uint32_t letter;
    int32_t family; /* -1: all */
    int64_t until_ms;
};

struct memory {
    struct rest_memory keys[LETTERS][KEYS], urls[LETTERS][URLS];
    struct shut_memory paths[LETTERS][KEYS][URLS], channels[LETTERS];
    struct home_memory homes[HOMES];
    struct promotion_memory promotions[PROMOTIONS];
    uint32_t promotions_n;
};

struct counts {
    uint64_t histories, events, picks, served, requests, by_why[TRACE_WHYS], waits, exhausted,
        nobody, settled, restarts, reloads;
};

struct play {
    struct stage *stage;
    const struct script *script;
    struct counts *counts;
    enum invariant
        mutation; /* the one that is broken on purpose, to see that the checks see it */
    bool is_told; /* print what happens */

    struct truth truth;
    struct job jobs[JOBS];
    struct flight flights[FLIGHTS];
    struct memory memory;

    enum invariant broken; /* the first */
    char why[256];
    uint32_t broken_at; /* event; script->n: the finale */
};

/* Plays it all.  False: an invariant was broken; see broken, why. */
bool play_run(struct play *);
/* Something is not as it must be; the first word counts. */
void play_break(struct play *, enum invariant, const char *fmt, ...) CP_PRINTF(3, 4);
void play_tell(const struct play *, const char *fmt, ...) CP_PRINTF(2, 3);
const char *play_invariant_name(uint32_t invariant);

#endif
