/* SPDX-License-Identifier: MIT */
/*
 * admin - what is asked of the gateway itself: health, readiness, the panel, the API.
 *
 * Never on the path of an LLM request.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/events.h"

struct flow;
struct office;
struct panel;
struct request;

struct admin {
    struct flow *flow;           /* of the same worker */
    struct panel *panel;         /* a reference of its own; NULL: none */
    int64_t started_ms;          /* wall: the process's start */
    const struct office *office; /* shared by all workers; NULL: there is none (tests) */
    struct events events;        /* who follows what happens, on this worker */
};

/* True if the request is ours: it has been answered, or waits for its body. */
bool admin_head(struct admin *, struct request *);
/* It was said to be ours. */
bool admin_owns(const struct admin *, const struct request *);
/* The body of one of ours is there; its client has left; it is over. */
void admin_ready(struct admin *, struct request *);
void admin_gone(struct admin *, struct request *);
void admin_done(struct admin *, struct request *);
/* What is asked for from now on; takes a reference of its own. */
void admin_set_panel(struct admin *, struct panel *);
/* When no request of ours is left. */
void admin_fini(struct admin *);
/* The server refuses it.  False: not ours. */
bool admin_refuse(struct admin *, struct request *, int status, const char *why);

#endif
