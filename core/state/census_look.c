/* SPDX-License-Identifier: MIT */
/*
 * census_look - sums and spreads of windows and steps, and who there is.
 */
#include "state/census_private.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

enum { RINGS = CENSUS_RINGS };
static const struct census_shape *const shapes = census_shapes;

struct series *census_find(struct census *c, uint32_t by, struct cp_str name)
{
    if (by >= CENSUS_KINDS)
        return NULL;
    return map_get(c->kinds[by].names, name.p ? str_cut(name, CENSUS_NAME_BYTES) : STR(""));
}

/* Places of one ring, from first to last. */
struct reach {
    uint32_t ring;
    int64_t first, last;
};

static struct reach reach_window(int64_t wall_ms, int64_t span_ms, uint32_t least)
{
    struct reach r = { .ring = least };

    while (r.ring + 1 < RINGS && shapes[r.ring].span_ms < span_ms)
        r.ring++;
    int64_t step_ms = shapes[r.ring].step_ms;
    r.last = wall_ms / step_ms;
    r.first = wall_ms > span_ms ? (wall_ms - span_ms) / step_ms : 0;
    r.first += span_ms % step_ms == 0;
    if (r.last - r.first >= shapes[r.ring].places)
        r.first = r.last - shapes[r.ring].places + 1;
    return r;
}

static void reach_sum(const struct series *s, const struct reach *r, struct census_sum *out)
{
    for (int64_t at = r->first; at <= r->last; at++) {
        const struct place *p = census_place(s, r->ring, at);
        if (p)
            census_sum_add(out, &p->sum);
    }
}

static void reach_spread(const struct series *s, uint32_t by, const struct reach *r,
                         struct census_spread *out)
{
    for (int64_t at = r->first; at <= r->last; at++) {
        const struct spread *content, *total;
        if (!census_place(s, r->ring, at))
            continue;
        content = census_place_spread(s, by, r->ring, at, 0);
        total = census_place_spread(s, by, r->ring, at, 1);
        if (content)
            spread_collect(&out->content, content);
        if (total)
            spread_collect(&out->total, total);
    }
}

bool census_window(struct census *c, uint32_t by, struct cp_str name, int64_t wall_ms,
                   int64_t span_ms, struct census_sum *out)
{
    struct reach r = reach_window(wall_ms, span_ms, 0);

    *out = (struct census_sum){ 0 };
    pthread_mutex_lock(&c->lock);
    const struct series *s = census_find(c, by, name);
    if (s)
        reach_sum(s, &r, out);
    pthread_mutex_unlock(&c->lock);
    return s != NULL;
}

void census_window_spread(struct census *c, uint32_t by, struct cp_str name, int64_t wall_ms,
                          int64_t span_ms, struct census_spread *out)
{
    struct reach r = reach_window(wall_ms, span_ms, 1);

    *out = (struct census_spread){ { 0 }, { 0 } };
    pthread_mutex_lock(&c->lock);
    const struct series *s = census_find(c, by, name);
    if (s)
        reach_spread(s, by, &r, out);
    pthread_mutex_unlock(&c->lock);
}

/* The coarsest that fits: its sums are the fewest. */
static int ring_for(int64_t from_ms, int64_t step_ms)
{
    int64_t now_ms = clock_wall_ms();

    for (int ring = RINGS; ring-- > 0;) {
        const struct census_shape *s = &shapes[ring];
        if (step_ms % s->step_ms == 0 && from_ms > now_ms - s->step_ms * s->places)
            return ring;
    }
    return -1;
}

/* Step i of those from from_ms on. */
static struct reach reach_step(uint32_t ring, int64_t from_ms, int64_t step_ms, uint32_t i)
{
    int64_t per = step_ms / shapes[ring].step_ms;
    struct reach r = { .ring = ring,
                       .first =
                           (from_ms - from_ms % step_ms) / shapes[ring].step_ms + i * per };

    r.last = r.first + (per < shapes[ring].places ? per : shapes[ring].places) - 1;
    return r;
}

int census_steps(struct census *c, uint32_t by, struct cp_str name, int64_t from_ms,
                 int64_t step_ms, uint32_t n, struct census_sum *out)
{
    memset(out, 0, n * sizeof(*out));
    if (step_ms <= 0 || from_ms < 0)
        return E_LIMIT;
    int ring = ring_for(from_ms - from_ms % step_ms, step_ms);
    if (ring < 0)
        return E_LIMIT;
    pthread_mutex_lock(&c->lock);
    const struct series *s = census_find(c, by, name);
    for (uint32_t i = 0; s && i < n; i++) {
        struct reach r = reach_step((uint32_t)ring, from_ms, step_ms, i);
        reach_sum(s, &r, &out[i]);
    }
    pthread_mutex_unlock(&c->lock);
    return 0;
}

void census_step_spreads(struct census *c, uint32_t by, struct cp_str name, int64_t from_ms,
                         int64_t step_ms, uint32_t n, struct census_spread *out)
{
    memset(out, 0, n * sizeof(*out));
    if (step_ms <= 0 || from_ms < 0)
        return;
    int ring = ring_for(from_ms - from_ms % step_ms, step_ms);
    if (ring < 1)
        return;
    pthread_mutex_lock(&c->lock);
    const struct series *s = census_find(c, by, name);
    for (uint32_t i = 0; s && i < n; i++) {
        struct reach r = reach_step((uint32_t)ring, from_ms, step_ms, i);
        reach_spread(s, by, &r, &out[i]);
    }
    pthread_mutex_unlock(&c->lock);
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
