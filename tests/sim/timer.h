/* SPDX-License-Identifier: MIT */
/*
 * timer - a heap of moments, one for each thread.
 */
#ifndef SIM_TIMER_H
#define SIM_TIMER_H

#include <stdint.h>

struct timer {
    int64_t at_us; /* CLOCK_MONOTONIC */
    int place;     /* in the heap, from 1; 0: not armed */
};

struct timers {
    struct timer **heap; /* heap[1..n] */
    int n, cap;
};

int64_t clock_us(void);
void timer_set(struct timers *t, struct timer *timer, int64_t at_us);
void timer_stop(struct timers *t, struct timer *timer);
struct timer *timer_due(struct timers *t, int64_t now_us); /* taken out; NULL: none is due */
int timer_wait_ms(const struct timers *t, int64_t now_us); /* for epoll_wait */
void timers_fini(struct timers *t);

#endif
