/* SPDX-License-Identifier: MIT */
/*
 * events - what happens, told to who follows it: GET /api/events.
 */
#ifndef ADMIN_EVENTS_H
#define ADMIN_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/timer.h"

struct arena;
struct flow;
struct office;

enum { EVENTS_FOLLOWERS = 64, EVENTS_QUEUE = 256 << 10, EVENTS_PING_MS = 15 * 1000 };

/* A worker's followers; one timer for them all, that runs while there are any. */
struct events {
    const struct office *office;
    struct flow *flow;
    struct link followers;
    struct timer timer;
    struct arena *arena; /* of one follower's turn */
    bool is_open;
};

void events_close(struct events *); /* when there are no followers any more */

#endif
