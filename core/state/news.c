/* SPDX-License-Identifier: MIT */
/*
 * news - what has happened lately, numbered: a ring that many read at their own pace.
 *
 * An item is one piece of memory: its kind, then its JSON.  The oldest go when there are too many or too many bytes.  Numbers
 * have no gaps, so an item's place follows from its number, and who comes back is answered without a search.
 *
 * Kinds are known to nobody beforehand: a table counts who follows each, and has no others.
 */
#include "state/news.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 1 << 20 }; /* more than the other process has still to tell */

struct item {
    size_t kind_n, json_n;
    char text[];
};

struct news {
    atomic_uint followed; /* how many kinds somebody follows */
    atomic_uint all;      /* who follows all kinds */
    atomic_uint_fast64_t last;
    pthread_mutex_t lock;
    struct map *kinds; /* how many follow it; under lock, like all that follows */
    size_t most_items, most_bytes, bytes, n;
    struct item **ring; /* the item with number i stands at i % most_items */
};

struct news *news_new(size_t most_items, size_t most_bytes)
{
    struct news *w = mem_new(1, sizeof(*w));

    w->most_items = most_items ? most_items : 1;
    w->most_bytes = most_bytes;
    w->ring = mem_new(w->most_items, sizeof(*w->ring));
    w->kinds = map_new();
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

void news_free(struct news *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->most_items; i++)
        free(w->ring[i]);
    free(w->ring);
    map_free(w->kinds);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* ---- who follows what ---- */

static void kind_count(struct news *w, struct cp_str kinds, int step)
{
    struct cp_str name;

    pthread_mutex_lock(&w->lock);
    while (str_split(&kinds, '|', &name)) {
        intptr_t n = (intptr_t)map_get(w->kinds, name) + step;
        if (name.n && n >= 0)
            map_set(w->kinds, name, (void *)n);
    }
    atomic_store_explicit(&w->followed, (unsigned)map_count(w->kinds), memory_order_relaxed);
    pthread_mutex_unlock(&w->lock);
}

void news_follow(struct news *w, struct cp_str kinds)
{
    if (kinds.p)
        kind_count(w, kinds, 1);
    else
        atomic_fetch_add(&w->all, 1);
}

void news_leave(struct news *w, struct cp_str kinds)
{
    if (kinds.p)
        kind_count(w, kinds, -1);
    else
        atomic_fetch_sub(&w->all, 1);
}

bool news_is_followed(const struct news *w, const char *kind)
{
    struct news *shared = (struct news *)(uintptr_t)w;

    if (atomic_load_explicit(&shared->all, memory_order_relaxed))
        return true;
    if (!atomic_load_explicit(&shared->followed, memory_order_relaxed))
        return false;
    pthread_mutex_lock(&shared->lock);
    bool is_followed = map_get(w->kinds, str_of(kind)) != NULL;
    pthread_mutex_unlock(&shared->lock);
    return is_followed;
}

/* ---- items ---- */

static size_t item_bytes(const struct item *item)
{
    return sizeof(*item) + item->kind_n + item->json_n;
}

/* The oldest goes. */
static void news_drop(struct news *w)
{
    uint64_t last = atomic_load_explicit(&w->last, memory_order_relaxed);
    struct item **oldest = &w->ring[(last - w->n + 1) % w->most_items];

    w->bytes -= item_bytes(*oldest);
    free(*oldest);
    *oldest = NULL;
    w->n--;
}

void news_add(struct news *w, const char *kind, struct cp_str json, bool is_kept)
{
    size_t kind_n = strlen(kind);

    if (!is_kept && !news_is_followed(w, kind))
        return;
    struct item *item = mem_new(1, sizeof(*item) + kind_n + json.n);
    item->kind_n = kind_n;
    item->json_n = json.n;
    memcpy(item->text, kind, kind_n);
    if (json.n)
        memcpy(item->text + kind_n, json.p, json.n);
    pthread_mutex_lock(&w->lock);
    while (w->n && (w->n == w->most_items || w->bytes + item_bytes(item) > w->most_bytes))
        news_drop(w);
    uint64_t number = atomic_load_explicit(&w->last, memory_order_relaxed) + 1;
    w->ring[number % w->most_items] = item;
    w->bytes += item_bytes(item);
    w->n++;
    atomic_store_explicit(&w->last, number, memory_order_release);
    pthread_mutex_unlock(&w->lock);
}

void news_follow_on(struct news *w, uint64_t last_of_other)
{
    struct item **ring = mem_new(w->most_items, sizeof(*ring));

    pthread_mutex_lock(&w->lock);
    uint64_t last = atomic_load_explicit(&w->last, memory_order_relaxed);
    for (uint64_t i = last - w->n + 1; i <= last; i++)
        ring[(i + last_of_other + GAP) % w->most_items] = w->ring[i % w->most_items];
    struct item **before = w->ring;
    w->ring = ring;
    atomic_store_explicit(&w->last, last + last_of_other + GAP, memory_order_release);
    pthread_mutex_unlock(&w->lock);
    free(before);
}

uint64_t news_last(const struct news *w)
{
    return atomic_load_explicit(&((struct news *)(uintptr_t)w)->last, memory_order_acquire);
}

static bool is_wanted(const struct item *item, struct cp_str kinds)
{
    struct cp_str name;

    if (!kinds.p)
        return true;
    while (str_split(&kinds, '|', &name))
        if (str_eq(name, str_n(item->text, item->kind_n)))
            return true;
    return false;
}

static struct news_item *item_copy(const struct item *item, uint64_t number, struct arena *a)
{
    struct news_item *out = arena_need(a, sizeof(*out));

    out->number = number;
    out->kind = arena_copy(a, str_n(item->text, item->kind_n));
    out->json = arena_copy(a, str_n(item->text + item->kind_n, item->json_n));
    return out;
}

struct news_item *news_since(struct news *w, uint64_t after, struct cp_str kinds, uint32_t n,
                             struct arena *a, bool *is_missing)
{
    struct news_item *first = NULL, **next = &first;

    *is_missing = false;
    if (after == news_last(w))
        return NULL; /* the usual case, without the lock */
    pthread_mutex_lock(&w->lock);
    uint64_t last = atomic_load_explicit(&w->last, memory_order_relaxed);
    uint64_t oldest = last - w->n + 1;
    /* A number of the future is one of another life of this process: he knows nothing of ours. */
    if (after > last || after + 1 < oldest) {
        *is_missing = true;
        after = oldest - 1;
    }
    for (uint64_t i = after + 1; i <= last && n; i++) {
        const struct item *item = w->ring[i % w->most_items];
        if (!is_wanted(item, kinds))
            continue;
        *next = item_copy(item, i, a);
        next = &(*next)->next;
        n--;
    }
    pthread_mutex_unlock(&w->lock);
    return first;
}
