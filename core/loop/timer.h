/* SPDX-License-Identifier: MIT */
/*
 * timer - a heap of deadlines.
 */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in what it serves; zeroed before first use. */
struct timer {
    size_t place;   /* 1-based in the heap; 0: not set */
    int64_t due_ms; /* monotonic */
    void (*fire)(struct timer *);
};

struct timer_slot {
    int64_t due_ms; /* the timer's, again: comparing needs no look at the timer */
    struct timer *timer;
};

struct timer_heap {
    struct timer_slot *at;
    size_t n, cap;
};

void timer_heap_init(struct timer_heap *);
void timer_heap_fini(struct timer_heap *);
void timer_set(struct timer_heap *, struct timer *, int64_t due_ms); /* sets or moves */
void timer_stop(struct timer_heap *, struct timer *);
/* The earliest deadline, or -1. */
int64_t timer_next(const struct timer_heap *);
/* Takes out and returns one timer due at now_ms, or NULL. */
struct timer *timer_pop(struct timer_heap *, int64_t now_ms);

#endif
