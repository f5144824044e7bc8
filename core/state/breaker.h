/* SPDX-License-Identifier: MIT */
/*
 * breaker - leaves a way alone that fails too often, and finds out with one request at a time when it works again.
 *
 *   closed     results go into a window of the last N; a failure opens it at `minimum` results and `percent` failures
 *   open       nobody passes until open_ms are over
 *   half-open  one probe passes; its success closes, its failure opens again for open_ms
 *
 * Each change of state begins a new generation.  Who passes takes the generation along; a result of an older one
 * changes nothing, so an answer that took ten minutes can neither close nor open what happened since.  A probe that never
 * reports (its request was cancelled) is given back with BREAKER_NEUTRAL; one that is lost all the same is
 * replaced after probe_ms: recovery always ends.
 *
 * Any thread; a short lock inside for reports, none for looking.  Times: monotonic milliseconds.
 */
#ifndef STATE_BREAKER_H
#define STATE_BREAKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_WINDOW = 64, BREAKER_PROBE_MS = 10 * 60 * 1000 };

enum breaker_state { BREAKER_CLOSED = 0, BREAKER_OPEN = 1, BREAKER_HALF_OPEN = 2 };

enum breaker_result { BREAKER_OK = 1, BREAKER_FAILED = 2, BREAKER_NEUTRAL = 3 };

/* See struct conf_breaker; is_off: everything passes, nothing is counted. */
struct breaker_rules {
    bool is_off;
    uint32_t window, minimum, percent;
    int64_t open_ms, age_ms;
};

/* What a request that passed takes along and gives back, once. */
struct breaker_pass {
    uint32_t generation;
    bool is_probe;
    bool
        is_forced; /* passed while open, because there was no other way: its success closes, too */
};

struct breaker {
    pthread_mutex_t lock;
    _Atomic uint64_t face; /* state and generation, for looking without the lock */
    _Atomic int64_t open_since_ms, open_until_ms;
    int64_t probe_since_ms;        /* 0: no probe is under way */
    uint64_t failed;               /* bits of the window: the newest is bit 0 */
    uint32_t seen;                 /* results in the window */
    uint32_t at_s[BREAKER_WINDOW]; /* their times, seconds */
    uint32_t opened;               /* how often, since start */
};

struct breaker_view {
    enum breaker_state state;
    uint32_t generation, results, failures, opened;
    int64_t open_until_ms;
    bool has_probe;
};

void breaker_init(struct breaker *);
void breaker_fini(struct breaker *);
/* No lock: may be a moment old.  An open one whose time is over is BREAKER_HALF_OPEN. */
enum breaker_state breaker_look(const struct breaker *, const struct breaker_rules *,
                                int64_t now_ms);
/* May a request pass?  On true *pass is filled and must be reported exactly once. */
bool breaker_enter(struct breaker *, const struct breaker_rules *, int64_t now_ms,
                   struct breaker_pass *);
/* Passes whatever the state: the last usable path.  It is the probe, where one is due; forced, where none is. */
void breaker_force(struct breaker *, const struct breaker_rules *, int64_t now_ms,
                   struct breaker_pass *);
/* returns  true if the state has changed */
bool breaker_report(struct breaker *, const struct breaker_rules *, const struct breaker_pass *,
                    enum breaker_result, int64_t now_ms);
/* Closed with an empty window; a new generation. */
void breaker_reset(struct breaker *);
void breaker_view(struct breaker *, const struct breaker_rules *, int64_t now_ms,
                  struct breaker_view *);
/* Open as it was before a restart.  An end more than a day away is taken for one that is over. */
void breaker_restore(struct breaker *, int64_t open_until_ms);
/* What it has seen lately, for another process of the same machine. */
struct breaker_window {
    uint64_t failed;
    uint32_t seen, opened, at_s[BREAKER_WINDOW];
};
void breaker_window(struct breaker *, struct breaker_window *);
/* As if this one had seen it, unless it is not closed or has seen something itself. */
void breaker_fill(struct breaker *, const struct breaker_window *);
const char *breaker_state_name(enum breaker_state); /* "closed", "open", "half_open" */

#endif
