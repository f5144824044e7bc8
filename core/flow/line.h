/* SPDX-License-Identifier: MIT */
/*
 * line - requests that wait for a path: for a cap to have room, or for an upstream that said "later".
 *
 * First come, first served, per worker; bounded in length and time.  A slot that is given back on any worker wakes the
 * first of each worker that has somebody waiting; a wait that has a known end is a timer.
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
void line_hall_free(struct line_hall *);

/* A worker's line; in struct flow. */
struct line {
    struct link waiting;
    uint32_t n;
    struct line_hall *hall; /* NULL: nobody else has a line */
    uint32_t seat;          /* its place in the hall */
};

void line_open(struct flow *, struct line_hall *);
void line_close(struct flow *);
/* Waits at most wait_ms (-1: until woken, within the channel's time) and then runs the pipeline again.  False: the line is
 * full or the request has waited long enough. */
bool line_join(struct exchange *, int64_t wait_ms);
void line_leave(struct exchange *); /* also when it does not wait */
/* A slot was given back. */
void line_wake(struct flow *);

#endif
