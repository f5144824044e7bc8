/* SPDX-License-Identifier: MIT */
/*
 * admin - what is asked of the gateway itself: health, readiness, the front page.
 *
 * Never on the path of an LLM request; answers at once, in the server's head().
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct page;
struct request;

struct admin {
    struct flow *flow;       /* of the same worker */
    const struct page *page; /* the front page; NULL: none */
    int64_t started_ms;      /* wall: the process's start */
};

/* True if the request was ours, and has been answered. */
bool admin_head(struct admin *, struct request *);

#endif
