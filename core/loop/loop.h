/* SPDX-License-Identifier: MIT */
/*
 * loop - epoll, timers, wake-ups; one per worker.
 *
 * The only file that includes <sys/epoll.h>.  Everything here is for the worker's own thread, except
 * loop_post() and loop_stop().  Callbacks may watch, unwatch, set and stop anything, also themselves.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/timer.h"

struct loop;

enum {
    LOOP_IN = 1,
    LOOP_OUT = 4,
    LOOP_RDHUP = 0x2000,
    LOOP_HUP = 0x10,
    LOOP_ERR = 8,
    LOOP_EXCLUSIVE = 1 << 28
}; /* a descriptor of several loops wakes one of them; not for loop_rewatch() */

/* Embedded in what it serves; must be unwatched before its memory goes. */
struct watch {
    int fd;          /* -1 while not watched */
    uint32_t events; /* LOOP_IN | LOOP_OUT | LOOP_RDHUP */
    void (*ready)(struct watch *, uint32_t events);
};

/* A deferred call. */
struct task {
    struct link link; /* list_init() it before first use */
    void (*run)(struct task *);
};

/* Called before each wait; returns how long the loop may sleep at most, ms; -1: no opinion; 0: call me again now. */
struct prepare {
    struct link link;
    int64_t (*run)(struct prepare *);
};

int loop_open(struct loop **);
void loop_close(struct loop *);
int loop_watch(struct loop *, struct watch *, int fd, uint32_t events);
int loop_rewatch(struct loop *, struct watch *, uint32_t events);
void loop_unwatch(struct loop *, struct watch *);
void loop_timer(struct loop *, struct timer *, int64_t delay_ms); /* sets or moves */
void loop_timer_stop(struct loop *, struct timer *);
void loop_defer(struct loop *,
                struct task *); /* later in this turn; once, however often deferred */
void loop_cancel(struct task *);
void loop_prepare(struct loop *, struct prepare *);
void loop_unprepare(struct prepare *);
/* From any thread: run the task on the loop's thread.  The task must not be queued already. */
void loop_post(struct loop *, struct task *);
void loop_stop(struct loop *); /* any thread; async-signal-safe */
int loop_run(struct loop *);   /* until loop_stop(); 0 or E_IO */
/* Runs what was posted too late for loop_run(), and nothing else; on whatever thread, when nobody posts any more. */
void loop_finish(struct loop *);
int64_t loop_now_ms(const struct loop *); /* of this turn; monotonic */

#endif
