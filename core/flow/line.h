/* SPDX-License-Identifier: MIT */
/*
 * line - requests that wait for a path: for a cap to have room, or for an upstream that said "later".
 *
 * First come, first served, per worker; bounded in length and time.  A slot that is given back on any worker wakes the
 * first of each worker that has somebody waiting, first of all whose has waited longest; a wait that has a known end is a timer.
 *
 * All functions: the worker's thread.
 */
#ifndef FLOW_LINE_H
#define FLOW_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct exchange;
struct flow;
struct line_hall;

/* What all workers share: who has somebody waiting. */
struct line_hall *line_hall_new(void);
void line_hall_free(struct line_hall *); /* after the last line_close() */

/* A worker's line; in struct flow. */
struct line {
    struct link waiting;    /* for a cap, by how long they have waited */
    struct link paused;     /* for a time */
    uint32_t n;             /* in both */
    struct line_hall *hall; /* NULL: it is closed, and nobody may wait */
    uint32_t seat;          /* its place in the hall */
};

void line_open(struct flow *, struct line_hall *);
/* Whoever waits is told to come back. */
void line_close(struct flow *);
/*
 * Waits for a cap: at most wait_ms (-1: until woken), never longer than the queue's time over all its waits, and then runs
 * the pipeline again.  Who waits already only has its clock set.
 *
 * returns  false: the line is full or closed, or the request has waited or would wait too long
 */
bool line_join(struct exchange *, int64_t wait_ms);
/* Waits for a time, whatever slots are given back, and then runs the pipeline again.  Likewise. */
bool line_pause(struct exchange *, int64_t wait_ms);
bool line_has(const struct exchange *);
void line_leave(struct exchange *); /* also when it does not wait */
/* A slot was given back.  Where nobody waits it costs a load. */
void line_wake(struct flow *);
/* The same for all; any thread.  NULL does nothing. */
void line_hall_wake(struct line_hall *);
/* Caps may be others now: whoever waits here asks again, in turn. */
void line_renew(struct flow *);
/* Slots were given back and those who wait have not been asked yet: they go before who comes now. */
void line_catch_up(struct flow *);

#endif
