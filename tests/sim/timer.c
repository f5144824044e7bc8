/* SPDX-License-Identifier: MIT */
/*
 * timer - a heap of moments, one for each thread.
 */
#include "timer.h"

#include <stdlib.h>
#include <time.h>

int64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void put(struct timers *t, int place, struct timer *timer)
{
    t->heap[place] = timer;
    timer->place = place;
}

static void rise(struct timers *t, int place)
{
    struct timer *timer = t->heap[place];

    for (; place > 1 && t->heap[place / 2]->at_us > timer->at_us; place /= 2)
        put(t, place, t->heap[place / 2]);
    put(t, place, timer);
}

static void sink(struct timers *t, int place)
{
    struct timer *timer = t->heap[place];

    for (;;) {
        int child = place * 2;
        if (child < t->n && t->heap[child + 1]->at_us < t->heap[child]->at_us)
            child++;
        if (child > t->n || t->heap[child]->at_us >= timer->at_us)
            break;
        put(t, place, t->heap[child]);
        place = child;
    }
    put(t, place, timer);
}

void timer_set(struct timers *t, struct timer *timer, int64_t at_us)
{
    timer->at_us = at_us;
    if (!timer->place) {
        if (t->n + 1 >= t->cap) {
            t->cap = t->cap ? t->cap * 2 : 64;
            t->heap = realloc(t->heap, (size_t)t->cap * sizeof(struct timer *));
            if (!t->heap)
                abort();
        }
        put(t, ++t->n, timer);
    }
    rise(t, timer->place);
    sink(t, timer->place);
}

void timer_stop(struct timers *t, struct timer *timer)
{
    int place = timer->place;
    struct timer *last;

    if (!place)
        return;
    timer->place = 0;
    last = t->heap[t->n--];
    if (last == timer)
        return;
    put(t, place, last);
    rise(t, place);
    sink(t, last->place);
}

struct timer *timer_due(struct timers *t, int64_t now_us)
{
    struct timer *first = t->n ? t->heap[1] : NULL;

    if (!first || first->at_us > now_us)
        return NULL;
    timer_stop(t, first);
    return first;
}

int timer_wait_ms(const struct timers *t, int64_t now_us)
{
    int64_t us;

    if (!t->n)
        return -1;
    us = t->heap[1]->at_us - now_us;
    if (us <= 0)
        return 0;
    return us > 60000000 ? 60000 : (int)((us + 999) / 1000);
}

void timers_fini(struct timers *t)
{
    free(t->heap);
    *t = (struct timers){ 0 };
}
