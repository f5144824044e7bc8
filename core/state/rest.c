/* SPDX-License-Identifier: MIT */
/*
 * rest - who is resting until when: cool-downs of keys and channels that survive a reload.
 *
 * The numbers are advice, not truth: two workers may charge at the same moment and one of the two
 * rests is then the shorter.  What matters is that no path is closed for good by accident, so
 * every rest has an end, except one that needs a human (a revoked key).
 */
#include "state/rest.h"

#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>

enum { REST_DOUBLINGS = 6 };
static const int64_t rest_longest_ms = 3600 * 1000;
static const int64_t rest_own_longest_ms = 600 * 1000;

struct rest_table {
    pthread_mutex_t lock;
    struct map *records;
};

struct rest_table *rest_table_new(void)
{
    struct rest_table *t = calloc(1, sizeof(*t));

    if (!t)
        abort();
    pthread_mutex_init(&t->lock, NULL);
    t->records = map_new();
    return t;
}

void rest_table_free(struct rest_table *t)
{
    struct cp_str key;
    void *value;

    if (!t)
        return;
    for (size_t at = 0; map_each(t->records, &at, &key, &value);)
        free(value);
    map_free(t->records);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

struct rest *rest_record(struct rest_table *t, struct cp_str name)
{
    pthread_mutex_lock(&t->lock);
    struct rest *r = map_get(t->records, name);
    if (!r) {
        r = calloc(1, sizeof(*r));
        if (!r)
            abort();
        map_set(t->records, name, r);
    }
    pthread_mutex_unlock(&t->lock);
    return r;
}

void rest_table_pardon(struct rest_table *t)
{
    struct cp_str key;
    void *value;

    pthread_mutex_lock(&t->lock);
    for (size_t at = 0; map_each(t->records, &at, &key, &value);) {
        struct rest *r = value;
        int64_t forever = INT64_MAX;
        atomic_compare_exchange_strong_explicit(&r->until_ms, &forever, 0, memory_order_relaxed,
                                                memory_order_relaxed);
    }
    pthread_mutex_unlock(&t->lock);
}

int64_t rest_until(const struct rest *r)
{
    return atomic_load_explicit(&r->until_ms, memory_order_relaxed);
}

int rest_is_resting(const struct rest *r, int64_t now_ms)
{
    return rest_until(r) > now_ms;
}

static void rest_extend(struct rest *r, int64_t until_ms)
{
    int64_t old = rest_until(r);

    while (old < until_ms &&
           !atomic_compare_exchange_weak_explicit(&r->until_ms, &old, until_ms,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

static void rest_note(struct rest *r, uint32_t fault, uint32_t trouble)
{
    atomic_store_explicit(&r->fault, fault, memory_order_relaxed);
    atomic_store_explicit(&r->trouble, trouble, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->failed, 1, memory_order_relaxed);
}

void rest_charge(struct rest *r, uint32_t fault, uint32_t trouble, int64_t wait_ms,
                 int64_t preset_ms, int64_t now_ms)
{
    uint32_t before = atomic_fetch_add_explicit(&r->charges, 1, memory_order_relaxed);

    rest_note(r, fault, trouble);
    if (wait_ms < 0) {
        wait_ms = preset_ms << (before < REST_DOUBLINGS ? before : REST_DOUBLINGS);
        if (wait_ms > rest_own_longest_ms)
            wait_ms = rest_own_longest_ms;
    }
    if (wait_ms > rest_longest_ms)
        wait_ms = rest_longest_ms;
    if (wait_ms > 0)
        rest_extend(r, now_ms + wait_ms);
}

void rest_disable(struct rest *r, uint32_t fault, uint32_t trouble)
{
    rest_note(r, fault, trouble);
    atomic_store_explicit(&r->until_ms, INT64_MAX, memory_order_relaxed);
}

/* Reads first: on a healthy path nobody's cache line is written but the counter's. */
void rest_success(struct rest *r)
{
    if (atomic_load_explicit(&r->charges, memory_order_relaxed))
        atomic_store_explicit(&r->charges, 0, memory_order_relaxed);
    if (rest_until(r))
        atomic_store_explicit(&r->until_ms, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->served, 1, memory_order_relaxed);
}
