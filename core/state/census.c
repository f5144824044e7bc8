/* SPDX-License-Identifier: MIT */
/*
 * census - what was served lately, summed up by family, channel, key, model and client key in rings of time.
 *
 * A place knows its number, time / step, and is emptied by who comes with another one; so nothing has to tick, and a
 * clock that jumps leaves no wrong sums behind: what is ahead of the clock belongs to a future that never was and is
 * overwritten, what is older than the ring reaches is not counted in it.
 *
 *   series ── chunks of 8 places, made when first needed, the rings one behind the other
 *          └─ chunks of their spreads, of all rings but the finest
 *
 * A series that was used once has six chunks, about 8 KiB with their spreads 14 KiB; one that is used all the time for a
 * month 90 KiB and 74 KiB of spreads (of a key 37 KiB).  All together have a budget, and who was not used for longest goes
 * first; spreads are only made while half of it is left.
 */
#include "state/census_private.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

enum {
    RINGS = CENSUS_RINGS,
    CHUNK = CENSUS_CHUNK,
    CHUNKS_MOST = 80 << 10, /* of all: about 90 MiB */
    IDLE_MS = 24 * 3600 * 1000
};

/* Some places more than the span needs: a history of 61 minutes has its first one, too. */
const struct census_shape census_shapes[CENSUS_RINGS] = {
    { 6000, 15 * 60000, 160, 0 },
    { 60000, 60 * 60000, 64, 20 },
    { 5 * 60000, 6 * 3600000, 80, 28 },
    { 15 * 60000, 24 * 3600000, 104, 38 },
    { 2 * 3600000, INT64_C(7) * 24 * 3600000, 88, 51 },
    { 6 * 3600000, INT64_C(30) * 24 * 3600000, 128, 62 },
};
static const struct census_shape *const shapes = census_shapes;

/* ---- outcomes ------------------------------------------------------------- */

enum census_outcome census_outcome(const struct cp_record *r)
{
    char who = r->end.n ? r->end.p[0] : '-';

    if (who == 'C' && r->status == 499)
        return CENSUS_CANCELLED;
    return r->status < 400 && (who == '-' || who == 'C') ? CENSUS_SERVED : CENSUS_FAILED;
}

enum census_outcome census_try_outcome(const struct cp_try *t)
{
    if (str_is(t->outcome, "ok"))
        return CENSUS_SERVED;
    if (str_is(t->outcome, "cancelled"))
        return CENSUS_CANCELLED;
    return str_is(t->outcome, "given_up") ? 0 : CENSUS_FAILED;
}

/* ---- sums ----------------------------------------------------------------- */

enum { WORDS = sizeof(struct census_sum) / sizeof(int64_t) };
_Static_assert(sizeof(struct census_sum) == WORDS * sizeof(int64_t), "only int64_t in it");

void census_sum_add(struct census_sum *to, const struct census_sum *s)
{
    to->requests += s->requests;
    to->served += s->served;
    to->failed += s->failed;
    to->cancelled += s->cancelled;
    for (size_t i = 0; i < sizeof(s->tokens) / sizeof(*s->tokens); i++)
        to->tokens[i] += s->tokens[i];
    to->cost_micro += s->cost_micro;
    to->content_us += s->content_us;
    to->content_n += s->content_n;
}

static void sum_count(struct census_sum *s, enum census_outcome o)
{
    s->requests++;
    s->served += o == CENSUS_SERVED;
    s->failed += o == CENSUS_FAILED;
    s->cancelled += o == CENSUS_CANCELLED;
}

/* What one record adds. */
struct share {
    struct census_sum sum;
    int64_t times[2]; /* to content, in total; microseconds, -1: there is none */
};

/* What a record brings besides its outcome. */
static void share_weigh(struct share *share, const struct cp_record *r)
{
    struct census_sum *s = &share->sum;

    share->times[0] = r->content_us;
    share->times[1] = census_outcome(r) == CENSUS_SERVED ? r->total_us : -1;
    for (size_t i = 1; i < sizeof(s->tokens) / sizeof(*s->tokens); i++)
        s->tokens[i] = r->tokens[i] > 0 ? r->tokens[i] : 0;
    s->cost_micro = r->cost_micro > 0 ? r->cost_micro : 0;
    if (r->content_us >= 0) {
        s->content_us = r->content_us;
        s->content_n = 1;
    }
}

/* ---- series --------------------------------------------------------------- */

struct place *census_place(const struct series *s, uint32_t ring, int64_t number)
{
    uint32_t slot = (uint32_t)(number % shapes[ring].places);
    struct place *p = s->chunks[shapes[ring].first + slot / CHUNK];

    if (!p)
        return NULL;
    p += slot % CHUNK;
    return p->at == number + 1 ? p : NULL;
}

uint32_t census_times(uint32_t by)
{
    return by == CP_BY_UPSTREAM_KEY ? 1 : 2;
}

struct spread *census_place_spread(const struct series *s, uint32_t by, uint32_t ring,
                                   int64_t number, uint32_t of_total)
{
    uint32_t slot = (uint32_t)(number % shapes[ring].places);
    uint32_t chunk = shapes[ring].first + slot / CHUNK;

    if (chunk < CENSUS_COARSE || of_total >= census_times(by) ||
        !s->spreads[chunk - CENSUS_COARSE])
        return NULL;
    return s->spreads[chunk - CENSUS_COARSE] + of_total * CHUNK + slot % CHUNK;
}

static void series_free(struct census *c, struct series *s)
{
    for (uint32_t i = 0; i < CENSUS_CHUNKS; i++) {
        c->chunks -= s->chunks[i] != NULL;
        free(s->chunks[i]);
    }
    for (uint32_t i = 0; i < CENSUS_CHUNKS - CENSUS_COARSE; i++) {
        c->chunks -= s->spreads[i] != NULL;
        free(s->spreads[i]);
    }
    list_remove(&s->link);
    free(s);
}

static void kind_drop(struct census *c, struct kind *k, struct series *s)
{
    map_set(k->names, s->name, NULL);
    series_free(c, s);
}

/* A new chunk, at the cost of who was not used for longest, if it must be. */
static struct place *series_grow(struct census *c, struct kind *k, struct series *s,
                                 uint32_t chunk)
{
    while (c->chunks >= CHUNKS_MOST) {
        struct series *old = LIST_ENTRY(k->used.next, struct series, link);
        if (list_empty(&k->used) || old == s)
            return NULL;
        kind_drop(c, k, old);
    }
    c->chunks++;
    s->chunks[chunk] = mem_new(CHUNK, sizeof(struct place));
    return s->chunks[chunk];
}

/* Those of a place that is begun anew. */
static void spreads_clear(struct series *s, uint32_t by, uint32_t ring, int64_t number)
{
    for (uint32_t i = 0; i < census_times(by); i++) {
        struct spread *spread = census_place_spread(s, by, ring, number, i);
        if (spread)
            *spread = (struct spread){ 0 };
    }
}

/* times: to content, in total; in microseconds, -1: there is none. */
static void spreads_add(struct census *c, struct series *s, uint32_t by, uint32_t ring,
                        int64_t number, const int64_t times[2])
{
    uint32_t at = (uint32_t)(number % shapes[ring].places) / CHUNK + shapes[ring].first;

    if (at < CENSUS_COARSE || (times[0] < 0 && times[1] < 0))
        return;
    if (!s->spreads[at - CENSUS_COARSE] && c->chunks < CHUNKS_MOST / 2) {
        c->chunks++;
        s->spreads[at - CENSUS_COARSE] =
            mem_new(CHUNK * census_times(by), sizeof(struct spread));
    }
    for (uint32_t i = 0; i < census_times(by); i++) {
        struct spread *spread = census_place_spread(s, by, ring, number, i);
        if (spread && times[i] >= 0)
            spread_add(spread, times[i], c->dice++ * UINT64_C(0x9E3779B97F4A7C15) >> 24);
    }
}

/* The place to count in; NULL: it belongs to a later time by now. */
static struct census_sum *series_open(struct census *c, struct kind *k, struct series *s,
                                      uint32_t ring, int64_t number)
{
    uint32_t slot = (uint32_t)(number % shapes[ring].places);
    uint32_t chunk = shapes[ring].first + slot / CHUNK;
    int64_t now = c->now_ms / shapes[ring].step_ms;
    struct place *p = s->chunks[chunk];

    if (number > now || number + shapes[ring].places <= now)
        return NULL;
    if (!p)
        p = series_grow(c, k, s, chunk);
    if (!p)
        return NULL;
    p += slot % CHUNK;
    if (p->at != number + 1) {
        if (p->at > number + 1 && p->at <= now + 1)
            return NULL;
        *p = (struct place){ .at = number + 1 };
        spreads_clear(s, (uint32_t)(k - c->kinds), ring, number);
    }
    return &p->sum;
}

static struct series *kind_new(struct kind *k, struct cp_str name)
{
    struct series *s = mem_new(1, sizeof(*s) + name.n + 1);
    char *text = (char *)(s + 1);

    if (name.n)
        memcpy(text, name.p, name.n);
    s->name = str_n(text, name.n);
    list_init(&s->link);
    map_set(k->names, s->name, s);
    return s;
}

/* When there are as many as may be, the oldest makes room, if nobody misses it. */
static struct series *kind_series(struct census *c, struct kind *k, struct cp_str name,
                                  int64_t at_ms)
{
    name = str_cut(name, CENSUS_NAME_BYTES);
    struct series *s = map_get(k->names, name);

    if (!s && map_count(k->names) >= CENSUS_SERIES) {
        struct series *old = LIST_ENTRY(k->used.next, struct series, link);
        if (old->last_ms + IDLE_MS < at_ms)
            kind_drop(c, k, old);
        else
            s = map_get(k->names, name = STR("other"));
    }
    if (!s)
        s = kind_new(k, name);
    if (s->last_ms < at_ms || s->last_ms > c->now_ms)
        s->last_ms = at_ms;
    list_remove(&s->link);
    list_push(&k->used, &s->link);
    return s;
}

/* ---- counting ------------------------------------------------------------- */

struct census *census_new(void)
{
    struct census *c = mem_new(1, sizeof(*c));

    pthread_mutex_init(&c->lock, NULL);
    for (uint32_t i = 0; i < CENSUS_KINDS; i++) {
        c->kinds[i].names = map_new();
        list_init(&c->kinds[i].used);
    }
    return c;
}

void census_free(struct census *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < CENSUS_KINDS; i++) {
        while (!list_empty(&c->kinds[i].used))
            series_free(c, LIST_ENTRY(c->kinds[i].used.next, struct series, link));
        map_free(c->kinds[i].names);
    }
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void census_clear(struct census *c)
{
    pthread_mutex_lock(&c->lock);
    for (uint32_t i = 0; i < CENSUS_KINDS; i++) {
        struct kind *k = &c->kinds[i];
        while (!list_empty(&k->used))
            kind_drop(c, k, LIST_ENTRY(k->used.next, struct series, link));
    }
    pthread_mutex_unlock(&c->lock);
}

static void census_count(struct census *c, uint32_t by, struct cp_str name, int64_t at_ms,
                         const struct share *share)
{
    struct kind *k = &c->kinds[by];

    if (!name.p && by != CP_BY_NOTHING)
        return;
    struct series *s = kind_series(c, k, name.p ? name : STR(""), at_ms);
    for (uint32_t ring = 0; ring < RINGS; ring++) {
        int64_t number = at_ms / shapes[ring].step_ms;
        struct census_sum *to = series_open(c, k, s, ring, number);
        if (!to)
            continue;
        census_sum_add(to, &share->sum);
        spreads_add(c, s, by, ring, number, share->times);
    }
}

/* "CHANNEL/KEY"; absent: there is no key, or it is too long. */
static struct cp_str path_name(struct cp_str channel, struct cp_str key,
                               char out[CENSUS_NAME_BYTES])
{
    if (!channel.n || !key.n || channel.n + key.n + 1 > CENSUS_NAME_BYTES)
        return STR_NONE;
    memcpy(out, channel.p, channel.n);
    out[channel.n] = '/';
    memcpy(out + channel.n + 1, key.p, key.n);
    return str_n(out, channel.n + 1 + key.n);
}

/* A channel, and its key. */
static void census_path(struct census *c, struct cp_str channel, struct cp_str key,
                        int64_t at_ms, const struct share *share)
{
    char path[CENSUS_NAME_BYTES];

    if (!channel.n)
        return;
    census_count(c, CP_BY_CHANNEL, channel, at_ms, share);
    census_count(c, CP_BY_UPSTREAM_KEY, path_name(channel, key, path), at_ms, share);
}

static const struct cp_try *try_at(const struct cp_record *r, uint32_t i)
{
    const char *base = (const char *)r->tries;
    return (const struct cp_try *)(const void *)(base + (size_t)i * r->try_size);
}

/* Where it was asked; what it brought goes to the last one there that it is told to come from. */
static void census_paths(struct census *c, const struct cp_record *r, int64_t at_ms)
{
    struct share all = { 0 };
    bool is_told = false;

    share_weigh(&all, r);
    for (uint32_t i = r->tries_n; i--;) {
        const struct cp_try *t = try_at(r, i);
        enum census_outcome o = census_try_outcome(t);
        bool is_it = !is_told && str_eq(t->channel, r->channel) && str_eq(t->key, r->key);
        struct share share = is_it ? all : (struct share){ .times = { -1, -1 } };

        if (!o && !is_it)
            continue;
        is_told |= is_it;
        sum_count(&share.sum, o ? o : census_outcome(r));
        census_path(c, t->channel, t->key, at_ms, &share);
    }
    if (is_told || !r->channel.n)
        return;
    sum_count(&all.sum, census_outcome(r));
    census_path(c, r->channel, r->key, at_ms, &all);
}

void census_add(struct census *c, const struct cp_record *r)
{
    int64_t at_ms = r->wall_ms + (r->total_us > 0 ? r->total_us / 1000 : 0);
    int64_t now_ms = clock_wall_ms();
    struct share share = { 0 };

    if (at_ms > now_ms)
        at_ms = now_ms;
    if (at_ms < 0)
        return;
    share_weigh(&share, r);
    sum_count(&share.sum, census_outcome(r));
    pthread_mutex_lock(&c->lock);
    c->now_ms = now_ms;
    census_count(c, CP_BY_NOTHING, STR_NONE, at_ms, &share);
    census_count(c, CP_BY_FAMILY, r->family, at_ms, &share);
    census_count(c, CP_BY_MODEL_NAME, r->model.n ? r->model : STR_NONE, at_ms, &share);
    census_count(c, CP_BY_CLIENT_KEY, r->client.n ? r->client : STR_NONE, at_ms, &share);
    census_paths(c, r, at_ms);
    pthread_mutex_unlock(&c->lock);
}

bool census_ring(uint32_t i, int64_t *step_ms, int64_t *span_ms)
{
    if (i >= RINGS)
        return false;
    *step_ms = shapes[i].step_ms;
    *span_ms = shapes[i].span_ms;
    return true;
}

void census_restore(struct census *c, uint32_t by, struct cp_str name, int64_t from_ms,
                    int64_t step_ms, const struct cp_sum *s)
{
    struct census_sum sum = { .requests = s->requests,
                              .served = s->served,
                              .failed = s->failed,
                              .cancelled = s->cancelled,
                              .cost_micro = s->cost_micro,
                              .content_us = s->content_us,
                              .content_n = s->content_n };
    uint32_t ring = 0;

    while (ring < RINGS && shapes[ring].step_ms != step_ms)
        ring++;
    if (ring == RINGS || by >= CENSUS_KINDS || from_ms < 0 || (!name.p && by != CP_BY_NOTHING))
        return;
    memcpy(sum.tokens, s->tokens, sizeof(sum.tokens));
    pthread_mutex_lock(&c->lock);
    c->now_ms = clock_wall_ms();
    struct kind *k = &c->kinds[by];
    struct series *series = kind_series(c, k, name.p ? name : STR(""), from_ms);
    struct census_sum *to = series_open(c, k, series, ring, from_ms / step_ms);
    if (to)
        census_sum_add(to, &sum);
    pthread_mutex_unlock(&c->lock);
}

/* Only where the sums are there: the places of a past that is told in part stay as they are. */
static void times_restore(struct census *c, uint32_t by, struct cp_str name, int64_t at_ms,
                          const int64_t times[2])
{
    struct series *s = name.n || by == CP_BY_NOTHING ? census_find(c, by, name) : NULL;

    for (uint32_t ring = 0; s && ring < RINGS; ring++) {
        int64_t number = at_ms / shapes[ring].step_ms;
        if (census_place(s, ring, number))
            spreads_add(c, s, by, ring, number, times);
    }
}

void census_restore_times(struct census *c, const struct cp_record *r)
{
    char path[CENSUS_NAME_BYTES];
    struct share share = { 0 };

    if (r->wall_ms < 0)
        return;
    share_weigh(&share, r);
    pthread_mutex_lock(&c->lock);
    times_restore(c, CP_BY_NOTHING, STR_NONE, r->wall_ms, share.times);
    times_restore(c, CP_BY_FAMILY, r->family, r->wall_ms, share.times);
    times_restore(c, CP_BY_MODEL_NAME, r->model, r->wall_ms, share.times);
    times_restore(c, CP_BY_CLIENT_KEY, r->client, r->wall_ms, share.times);
    times_restore(c, CP_BY_CHANNEL, r->channel, r->wall_ms, share.times);
    times_restore(c, CP_BY_UPSTREAM_KEY, path_name(r->channel, r->key, path), r->wall_ms,
                  share.times);
    pthread_mutex_unlock(&c->lock);
}

/* ---- the end of a name ----------------------------------------------------- */

static bool is_below(struct cp_str name, struct cp_str channel)
{
    return name.n > channel.n && name.p[channel.n] == '/' &&
           str_eq(str_cut(name, channel.n), channel);
}

void census_drop(struct census *c, uint32_t by, struct cp_str name)
{
    if (by >= CENSUS_KINDS || !name.p)
        return;
    pthread_mutex_lock(&c->lock);
    struct kind *keys = &c->kinds[CP_BY_UPSTREAM_KEY];
    struct series *s = census_find(c, by, name);
    if (s)
        kind_drop(c, &c->kinds[by], s);
    struct link *next;
    for (struct link *l = keys->used.next; by == CP_BY_CHANNEL && l != &keys->used; l = next) {
        next = l->next;
        s = LIST_ENTRY(l, struct series, link);
        if (is_below(s->name, name))
            kind_drop(c, keys, s);
    }
    pthread_mutex_unlock(&c->lock);
}
