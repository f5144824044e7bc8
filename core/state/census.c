/* SPDX-License-Identifier: MIT */
/*
 * census - what was served lately, summed up by family, channel, key, model and client key in rings of time.
 *
 * A place knows its number, time / step, and is emptied by who comes with another one; so nothing has to tick, and a
 * clock that jumps leaves no wrong sums behind: what is ahead of the clock belongs to a future that never was and is
 * overwritten, what is older than the ring reaches is not counted in it.
 *
 *   series ── chunks of 8 places, made when first needed, the rings one behind the other
 *
 * A series that was used once has five chunks, about 5 KiB, a busy one 70 KiB; all together they have a budget, and who was
 * not used for longest goes first.
 */
#include "state/census.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    RINGS = 5,
    CHUNK = 8,             /* places */
    CHUNKS = 67,           /* of a series: all rings */
    CHUNKS_MOST = 1 << 16, /* of all: about 70 MiB */
    NAME_BYTES = 256,
    IDLE_MS = 24 * 3600 * 1000
};

/* Some places more than the span needs: a history of 61 minutes has its first one, too. */
static const struct shape {
    int64_t step_ms, span_ms;
    uint32_t places, first; /* first: chunk */
} shapes[RINGS] = {
    { 6000, 15 * 60000, 160, 0 },
    { 60000, 60 * 60000, 64, 20 },
    { 5 * 60000, 6 * 3600000, 80, 28 },
    { 15 * 60000, 24 * 3600000, 104, 38 },
    { 6 * 3600000, INT64_C(30) * 24 * 3600000, 128, 51 },
};

struct place {
    int64_t at; /* its number + 1; 0: never used */
    struct census_sum sum;
};

struct series {
    struct link link; /* in kind->used */
    struct cp_str name;
    int64_t last_ms;
    struct place *chunks[CHUNKS];
};

struct kind {
    struct map *names;
    struct link used; /* the least recently used first */
};

struct census {
    pthread_mutex_t lock;
    struct kind kinds[CENSUS_KINDS];
    uint32_t chunks;
    int64_t now_ms; /* of who counts at the moment */
};

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

static void sum_add(struct census_sum *to, const struct census_sum *s)
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

/* What a record brings besides its outcome. */
static void sum_weigh(struct census_sum *s, const struct cp_record *r)
{
    for (size_t i = 1; i < sizeof(s->tokens) / sizeof(*s->tokens); i++)
        s->tokens[i] = r->tokens[i] > 0 ? r->tokens[i] : 0;
    s->cost_micro = r->cost_micro > 0 ? r->cost_micro : 0;
    if (r->content_us >= 0) {
        s->content_us = r->content_us;
        s->content_n = 1;
    }
}

/* ---- series --------------------------------------------------------------- */

static struct place *series_chunk(const struct series *s, uint32_t ring, int64_t number)
{
    uint32_t slot = (uint32_t)(number % shapes[ring].places);
    return s->chunks[shapes[ring].first + slot / CHUNK];
}

/* NULL: nothing was counted then. */
static const struct census_sum *series_at(const struct series *s, uint32_t ring, int64_t number)
{
    const struct place *p = series_chunk(s, ring, number);

    if (!p)
        return NULL;
    p += number % shapes[ring].places % CHUNK;
    return p->at == number + 1 ? &p->sum : NULL;
}

static void series_free(struct census *c, struct series *s)
{
    for (uint32_t i = 0; i < CHUNKS; i++) {
        c->chunks -= s->chunks[i] != NULL;
        free(s->chunks[i]);
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
    name = str_cut(name, NAME_BYTES);
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
                         const struct census_sum *sum)
{
    struct kind *k = &c->kinds[by];

    if (!name.p && by != CP_BY_NOTHING)
        return;
    struct series *s = kind_series(c, k, name.p ? name : STR(""), at_ms);
    for (uint32_t ring = 0; ring < RINGS; ring++) {
        struct census_sum *to = series_open(c, k, s, ring, at_ms / shapes[ring].step_ms);
        if (to)
            sum_add(to, sum);
    }
}

/* A channel, and its key. */
static void census_path(struct census *c, struct cp_str channel, struct cp_str key,
                        int64_t at_ms, const struct census_sum *sum)
{
    char path[NAME_BYTES];
    size_t n = 0;

    if (!channel.n)
        return;
    census_count(c, CP_BY_CHANNEL, channel, at_ms, sum);
    if (!key.n || channel.n + key.n + 1 > sizeof(path))
        return;
    memcpy(path, channel.p, channel.n);
    n = channel.n;
    path[n++] = '/';
    memcpy(path + n, key.p, key.n);
    census_count(c, CP_BY_UPSTREAM_KEY, str_n(path, n + key.n), at_ms, sum);
}

static const struct cp_try *try_at(const struct cp_record *r, uint32_t i)
{
    const char *base = (const char *)r->tries;
    return (const struct cp_try *)(const void *)(base + (size_t)i * r->try_size);
}

/* Where it was asked; what it brought goes to the last one there that it is told to come from. */
static void census_paths(struct census *c, const struct cp_record *r, int64_t at_ms)
{
    struct census_sum all = { 0 };
    bool is_told = false;

    sum_weigh(&all, r);
    for (uint32_t i = r->tries_n; i--;) {
        const struct cp_try *t = try_at(r, i);
        enum census_outcome o = census_try_outcome(t);
        bool is_it = !is_told && str_eq(t->channel, r->channel) && str_eq(t->key, r->key);
        struct census_sum sum = is_it ? all : (struct census_sum){ 0 };

        if (!o && !is_it)
            continue;
        is_told |= is_it;
        sum_count(&sum, o ? o : census_outcome(r));
        census_path(c, t->channel, t->key, at_ms, &sum);
    }
    if (is_told || !r->channel.n)
        return;
    sum_count(&all, census_outcome(r));
    census_path(c, r->channel, r->key, at_ms, &all);
}

void census_add(struct census *c, const struct cp_record *r)
{
    int64_t at_ms = r->wall_ms + (r->total_us > 0 ? r->total_us / 1000 : 0);
    int64_t now_ms = clock_wall_ms();
    struct census_sum sum = { 0 };

    if (at_ms > now_ms)
        at_ms = now_ms;
    if (at_ms < 0)
        return;
    sum_weigh(&sum, r);
    sum_count(&sum, census_outcome(r));
    pthread_mutex_lock(&c->lock);
    c->now_ms = now_ms;
    census_count(c, CP_BY_NOTHING, STR_NONE, at_ms, &sum);
    census_count(c, CP_BY_FAMILY, r->family, at_ms, &sum);
    census_count(c, CP_BY_MODEL_NAME, r->model.n ? r->model : STR_NONE, at_ms, &sum);
    census_count(c, CP_BY_CLIENT_KEY, r->client.n ? r->client : STR_NONE, at_ms, &sum);
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
        sum_add(to, &sum);
    pthread_mutex_unlock(&c->lock);
}

/* ---- looking -------------------------------------------------------------- */

static struct series *census_find(struct census *c, uint32_t by, struct cp_str name)
{
    if (by >= CENSUS_KINDS)
        return NULL;
    return map_get(c->kinds[by].names, name.p ? str_cut(name, NAME_BYTES) : STR(""));
}

bool census_window(struct census *c, uint32_t by, struct cp_str name, int64_t wall_ms,
                   int64_t span_ms, struct census_sum *out)
{
    uint32_t ring = 0;

    *out = (struct census_sum){ 0 };
    while (ring + 1 < RINGS && shapes[ring].span_ms < span_ms)
        ring++;
    int64_t last = wall_ms / shapes[ring].step_ms, n = span_ms / shapes[ring].step_ms;
    if (n > shapes[ring].places)
        n = shapes[ring].places;
    pthread_mutex_lock(&c->lock);
    const struct series *s = census_find(c, by, name);
    for (int64_t at = last - n + 1; s && at <= last; at++) {
        const struct census_sum *sum = at < 0 ? NULL : series_at(s, ring, at);
        if (sum)
            sum_add(out, sum);
    }
    pthread_mutex_unlock(&c->lock);
    return s != NULL;
}

/* The coarsest that fits: its sums are the fewest. */
static int ring_for(int64_t from_ms, int64_t step_ms)
{
    int64_t now_ms = clock_wall_ms();

    for (int ring = RINGS; ring-- > 0;) {
        const struct shape *s = &shapes[ring];
        if (step_ms % s->step_ms == 0 && from_ms > now_ms - s->step_ms * s->places)
            return ring;
    }
    return -1;
}

int census_steps(struct census *c, uint32_t by, struct cp_str name, int64_t from_ms,
                 int64_t step_ms, uint32_t n, struct census_sum *out)
{
    memset(out, 0, n * sizeof(*out));
    if (step_ms <= 0 || from_ms < 0)
        return E_LIMIT;
    from_ms -= from_ms % step_ms;
    int ring = ring_for(from_ms, step_ms);
    if (ring < 0)
        return E_LIMIT;
    int64_t per = step_ms / shapes[ring].step_ms, at = from_ms / shapes[ring].step_ms;
    pthread_mutex_lock(&c->lock);
    const struct series *s = census_find(c, by, name);
    for (uint32_t i = 0; s && i < n; i++)
        for (int64_t j = 0; j < per && j < shapes[ring].places; j++) {
            const struct census_sum *sum = series_at(s, (uint32_t)ring, at + i * per + j);
            if (sum)
                sum_add(&out[i], sum);
        }
    pthread_mutex_unlock(&c->lock);
    return 0;
}

struct named {
    struct cp_str name;
    int64_t last_ms;
};

/* Copies: fn may look itself, and take its time. */
static struct named *names_copy(struct kind *k, size_t *count)
{
    struct named *all = mem_new(map_count(k->names) + 1, sizeof(*all));
    size_t n = 0;

    for (struct link *l = k->used.prev; l != &k->used; l = l->prev) {
        const struct series *s = LIST_ENTRY(l, struct series, link);
        all[n].name = str_n(mem_dup(s->name.p, s->name.n), s->name.n);
        all[n++].last_ms = s->last_ms;
    }
    *count = n;
    return all;
}

void census_names(struct census *c, uint32_t by,
                  void (*fn)(void *ctx, struct cp_str name, int64_t last_wall_ms), void *ctx)
{
    size_t n = 0;

    if (by >= CENSUS_KINDS)
        return;
    pthread_mutex_lock(&c->lock);
    struct named *all = names_copy(&c->kinds[by], &n);
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < n; i++) {
        fn(ctx, all[i].name, all[i].last_ms);
        free((void *)(uintptr_t)all[i].name.p);
    }
    free(all);
}

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
