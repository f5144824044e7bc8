/* SPDX-License-Identifier: MIT */
/*
 * throttle - who guesses at secrets waits: a second, two, four ... five minutes.
 *
 * Addresses stand in sets of a few places, found by a keyed hash; in a full set the one that was quiet for longest goes,
 * but first of those that never came in: a flood of strangers must not push out who is known.  So a look costs the same
 * however many there are.
 */
#include "admin/throttle.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

enum { SETS = 1024, WAYS = 4, SECOND_MS = 1000, FORGET_MS = 15 * 60 * 1000, LINES = 5 };

struct guesser {
    uint64_t hash; /* 0: the place is free */
    uint32_t failures;
    bool is_known; /* has come in before */
    int64_t until_ms, last_ms;
};

struct throttle {
    pthread_mutex_t lock;
    struct guesser sets[SETS][WAYS];
    int64_t owed_ms; /* of all together: filled by failures, emptied by time */
    int64_t at_ms;   /* when that was */
    int64_t line_ms; /* the second for which lines counts */
    uint32_t lines;
};

struct throttle *throttle_new(void)
{
    struct throttle *t = mem_new(1, sizeof(*t));

    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void throttle_free(struct throttle *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static uint64_t guesser_hash(struct cp_str address)
{
    struct in6_addr v6;
    char z[64];

    if (address.n < sizeof(z)) {
        memcpy(z, address.p, address.n);
        z[address.n] = 0;
        if (inet_pton(AF_INET6, z, &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6))
            return hash_str(str_n((const char *)v6.s6_addr, 8)) | 1;
    }
    return hash_str(address) | 1;
}

/* Whether a is to leave its place before b. */
static bool guesser_goes_before(const struct guesser *a, const struct guesser *b)
{
    if (!a->hash || !b->hash)
        return !a->hash && b->hash;
    return a->is_known != b->is_known ? b->is_known : a->last_ms < b->last_ms;
}

/* NULL: nothing is known of it; is_new: then it gets a place. */
static struct guesser *guesser_find(struct throttle *t, struct cp_str address, bool is_new)
{
    uint64_t hash = guesser_hash(address);
    struct guesser *set = t->sets[(hash >> 1) % SETS], *oldest = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].hash == hash)
            return &set[i];
        if (guesser_goes_before(&set[i], oldest))
            oldest = &set[i];
    }
    if (!is_new)
        return NULL;
    *oldest = (struct guesser){ .hash = hash };
    return oldest;
}

static void throttle_refill(struct throttle *t, int64_t now_ms)
{
    int64_t paid = now_ms - t->at_ms;

    t->owed_ms = paid < t->owed_ms ? t->owed_ms - paid : 0;
    t->at_ms = now_ms;
}

static int64_t seconds_until(int64_t until_ms, int64_t now_ms)
{
    return until_ms > now_ms ? (until_ms - now_ms + SECOND_MS - 1) / SECOND_MS : 0;
}

int64_t throttle_wait(struct throttle *t, struct cp_str address, int64_t now_ms)
{
    const int64_t step_ms = SECOND_MS / THROTTLE_ALL_PER_S;

    pthread_mutex_lock(&t->lock);
    const struct guesser *g = guesser_find(t, address, false);
    int64_t wait_s = g ? seconds_until(g->until_ms, now_ms) : 0;
    throttle_refill(t, now_ms);
    if (!wait_s && !(g && g->is_known) && t->owed_ms > THROTTLE_ALL * step_ms)
        wait_s = seconds_until(now_ms + t->owed_ms - THROTTLE_ALL * step_ms, now_ms);
    pthread_mutex_unlock(&t->lock);
    return wait_s < THROTTLE_MOST_S ? wait_s : THROTTLE_MOST_S;
}

static void guesser_fail(struct guesser *g, int64_t now_ms)
{
    int64_t wait_s = 1;

    if (now_ms - g->last_ms > FORGET_MS)
        g->failures = 0;
    g->failures++;
    g->last_ms = now_ms;
    if (g->failures < THROTTLE_FREE)
        return;
    for (uint32_t i = THROTTLE_FREE; i < g->failures && wait_s < THROTTLE_MOST_S; i++)
        wait_s *= 2;
    g->until_ms = now_ms + (wait_s < THROTTLE_MOST_S ? wait_s : THROTTLE_MOST_S) * SECOND_MS;
}

bool throttle_fail(struct throttle *t, struct cp_str address, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    guesser_fail(guesser_find(t, address, true), now_ms);
    throttle_refill(t, now_ms);
    if (t->owed_ms < THROTTLE_MOST_S * SECOND_MS)
        t->owed_ms += SECOND_MS / THROTTLE_ALL_PER_S;
    if (now_ms - t->line_ms >= SECOND_MS) {
        t->line_ms = now_ms;
        t->lines = 0;
    }
    bool is_told = t->lines++ < LINES;
    pthread_mutex_unlock(&t->lock);
    return is_told;
}

void throttle_good(struct throttle *t, struct cp_str address, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    struct guesser *g = guesser_find(t, address, true);
    g->failures = 0;
    g->until_ms = 0;
    g->is_known = true;
    g->last_ms = now_ms;
    pthread_mutex_unlock(&t->lock);
}
