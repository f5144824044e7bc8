/* SPDX-License-Identifier: MIT */
/*
 * truth - how well each upstream really is, which the scheduler can only find out by asking.
 *
 * By letters and numbers (world.h), so it outlives reloads.  Every illness has an end.
 */
#ifndef TESTS_VIRTUAL_TRUTH_H
#define TESTS_VIRTUAL_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/charge.h"

#include "world.h"

struct dice;

enum ill_kind {
    ILL_NOT = 0,
    ILL_DOWN,       /* of a base URL: errors 5xx */
    ILL_UNREACHED,  /* cannot be connected to */
    ILL_OVERLOADED, /* 503 or 529, often with Retry-After */
    ILL_FLAPPING,   /* some requests fail */
    ILL_CUTTING,    /* answers break off after their beginning */
    ILL_LIMITED,    /* of a key: 429 */
    ILL_EMPTY,      /* no money, no quota */
    ILL_REVOKED,
    ILL_ODD,   /* 401 now and then, nobody knows why */
    ILL_MODEL, /* of a key or a channel: it does not serve this model */
};

struct ill {
    uint32_t kind;
    uint32_t percent;  /* of ILL_FLAPPING */
    int64_t until_ms;  /* monotonic */
    uint32_t wait_way; /* what it says of when to come back */
};

struct truth {
    struct ill urls[LETTERS][URLS], keys[LETTERS][KEYS];
    struct ill models[LETTERS][MODELS], key_models[LETTERS][KEYS][MODELS];
};

/* Something of the world becomes ill, or well again.  what: a few words, or NULL. */
void truth_change(struct truth *, const struct world *, struct dice *, int64_t now_ms,
                  char what[96]);
/* Everything is well, but for what is not the spot's: all base URLs and keys of others are dead for good. */
void truth_leave_only(struct truth *, const struct spot *);
/* Surely, not only perhaps. */
bool truth_serves(const struct truth *, const struct spot *, uint32_t model, int64_t now_ms);
/* What a request sent there now comes to: result, verdict, status, wait_source, is_cut. */
void truth_answer(const struct truth *, const struct spot *, uint32_t model, struct dice *,
                  int64_t now_ms, struct outcome *);

#endif
