/* SPDX-License-Identifier: MIT */
/*
 * timer - a heap of deadlines.
 *
 * Each timer knows its place, so that it can be moved or taken out without a search: most deadlines are moved or
 * stopped long before they are due.  Four children a node and the due times in the heap itself: with thousands
 * of streams a turn's cost is cache misses, and this halves them.
 */
#include "loop/timer.h"

#include "base/mem.h"

#include <stdlib.h>

enum { FIRST_CAP = 64, CHILDREN = 4 };

void timer_heap_init(struct timer_heap *h)
{
    h->at = NULL;
    h->n = h->cap = 0;
}

void timer_heap_fini(struct timer_heap *h)
{
    for (size_t i = 0; i < h->n; i++)
        h->at[i].timer->place = 0;
    free(h->at);
    timer_heap_init(h);
}

static void put(struct timer_heap *h, size_t i, struct timer_slot slot)
{
    h->at[i] = slot;
    slot.timer->place = i + 1;
}

static void rise(struct timer_heap *h, size_t i, struct timer *t)
{
    struct timer_slot slot = { t->due_ms, t };
    while (i > 0) {
        size_t up = (i - 1) / CHILDREN;
        if (h->at[up].due_ms <= slot.due_ms)
            break;
        put(h, i, h->at[up]);
        i = up;
    }
    put(h, i, slot);
}

static size_t first_child(const struct timer_heap *h, size_t i)
{
    size_t from = CHILDREN * i + 1, best = from;
    for (size_t at = from + 1; at < from + CHILDREN && at < h->n; at++)
        if (h->at[at].due_ms < h->at[best].due_ms)
            best = at;
    return best;
}

static void sink(struct timer_heap *h, size_t i, struct timer *t)
{
    struct timer_slot slot = { t->due_ms, t };
    for (;;) {
        size_t down = first_child(h, i);
        if (down >= h->n || slot.due_ms <= h->at[down].due_ms)
            break;
        put(h, i, h->at[down]);
        i = down;
    }
    put(h, i, slot);
}

void timer_set(struct timer_heap *h, struct timer *t, int64_t due_ms)
{
    if (t->place) {
        int64_t was_ms = t->due_ms;
        t->due_ms = due_ms;
        if (due_ms < was_ms)
            rise(h, t->place - 1, t);
        else
            sink(h, t->place - 1, t);
        return;
    }
    if (h->n == h->cap) {
        h->cap = h->cap ? 2 * h->cap : FIRST_CAP;
        h->at = mem_grow(h->at, h->cap * sizeof *h->at);
    }
    t->due_ms = due_ms;
    rise(h, h->n++, t);
}

void timer_stop(struct timer_heap *h, struct timer *t)
{
    if (!t->place)
        return;
    size_t i = t->place - 1;
    struct timer *last = h->at[--h->n].timer;
    t->place = 0;
    if (last == t)
        return;
    if (last->due_ms < t->due_ms)
        rise(h, i, last);
    else
        sink(h, i, last);
}

int64_t timer_next(const struct timer_heap *h)
{
    return h->n ? h->at[0].due_ms : -1;
}

struct timer *timer_pop(struct timer_heap *h, int64_t now_ms)
{
    if (!h->n || h->at[0].due_ms > now_ms)
        return NULL;
    struct timer *t = h->at[0].timer;
    timer_stop(h, t);
    return t;
}
