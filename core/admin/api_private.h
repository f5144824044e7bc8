/* SPDX-License-Identifier: MIT */
/*
 * api_private - what the files of the API share; nobody else includes it.
 */
#ifndef ADMIN_API_PRIVATE_H
#define ADMIN_API_PRIVATE_H

#include "admin/api.h"
#include "admin/gatehouse.h"
#include "base/buf.h"
#include "loop/pool.h"
#include "json/write.h"

struct admin;

/* ---- door.c ---- */
struct door {
    const struct api_route *route; /* NULL: there is none */
    struct cp_str allow; /* but of other methods: "GET, HEAD"; absent: the path is nobody's */
};
/* A HEAD is a GET.  The more literal pattern wins: /api/channels/reorder before /api/channels/{id}. */
struct door door_find(struct arena *, struct cp_str method, struct cp_str path);
/* What stands in the place of each {}, decoded. */
void door_params(struct arena *, const struct api_route *, struct cp_str path,
                 struct cp_str param[API_PARAMS]);

/* ---- call.c ---- */
/* What a request of ours is to us: its user, in its arena. */
struct visit {
    struct gatehouse_answer guest;
    struct call *call; /* NULL: not yet, or it is over */
};

struct call {
    struct api_call api; /* first: a handler's call is ours */
    struct admin *admin;
    const struct api_route *route;
    struct visit *visit;
    struct request *request; /* NULL: the client is gone for good */
    struct pool_job job;
    struct json_writer writer;
    struct buf text;
    bool is_running;  /* inside the handler */
    bool is_answered; /* said so by a parked handler, or sent */
    bool is_pooled;   /* a thread of the pool has it */
    bool is_gone;     /* the handler has been told */
};
/* By what the gatehouse said.  The arena is the call's own. */
struct call *call_new(struct admin *, struct request *, const struct api_route *,
                      struct visit *);
void call_run(struct call *);
/* The request ends, or the client has left: the handler is told; with is_last the request is forgotten, too. */
void call_leave(struct call *, bool is_last);

/* ---- reply.c ---- */
struct failure {
    int status;
    struct cp_str path, error, details; /* details: lines */
    const char *allow;                  /* of a 405 */
    int64_t retry_after_s;
    bool is_old; /* in the predecessor's shape */
};
void reply_failure(struct request *, const struct failure *, uint32_t flags);
/* What a call came to. */
void reply_call(struct call *);

#endif
