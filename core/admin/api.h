/* SPDX-License-Identifier: MIT */
/*
 * api - the doors below /api: who comes in, which function answers, and how its answer looks.
 *
 * All answers are JSON; an error is {"error": "a sentence", "path": "the member that is wrong"}.  A handler runs on the
 * worker's thread and answers at once: what takes longer than a few milliseconds has no place here.
 */
#ifndef ADMIN_API_H
#define ADMIN_API_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct buf;
struct json_writer;
struct request;
struct roster;
struct setup;

/* What a handler gets; lent for the call. */
struct api_call {
    struct request *request;
    const struct setup *setup;
    const struct roster *roster; /* the setup's */
    struct arena *arena;
    struct cp_str body;        /* as it came; unread */
    struct json_writer *out;   /* the answer's one value */
    struct buf *text;          /* below out: for who writes whole JSON himself */
    int64_t now_ms, wall_ms;   /* monotonic; epoch */
    int status;                /* 200 until somebody fails */
    struct cp_str path, error; /* of the failure */
};

/* The first failure counts; where: "seconds", "query.limit", or "". */
void api_fail(struct api_call *, int status, const char *where, const char *fmt, ...)
    CP_PRINTF(4, 5);

/* True if it is ours: it has been answered, or its body is waited for. */
bool api_head(const struct setup *, struct request *);
/* One of ours, whose body is there. */
void api_ready(const struct setup *, struct request *);
/* The server refuses a request for one of these doors, before or while it reads.  False: it is for none of them. */
bool api_refuse(struct request *, int status, const char *why);

#endif
