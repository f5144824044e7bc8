/* SPDX-License-Identifier: MIT */
/*
 * admin - what is asked of the gateway itself: health, readiness, the front page, the API.
 *
 * Never on the path of an LLM request; answers at once, in the server's head(), or in ready() where there is a body.
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

/* True if the request is ours: it has been answered, or waits for its body. */
bool admin_head(struct admin *, struct request *);
/* Its body is there.  False: not ours. */
bool admin_ready(struct admin *, struct request *);
/* The server refuses it.  False: not ours. */
bool admin_refuse(struct admin *, struct request *, int status, const char *why);

#endif
