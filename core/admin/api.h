/* SPDX-License-Identifier: MIT */
/*
 * api - the doors below /api: who comes in, which function answers, on which thread, and how its answer looks.
 *
 * All answers are JSON unless a handler says otherwise; an error is {"error": "a sentence", "path": "the member that is
 * wrong", "details": ["..."]}.  Each resource has a file with a table of its doors; door.c joins the tables.  A
 * handler runs where its door says: API_HERE on the worker's thread, at once; API_POOL on a thread that may block for
 * as long as a disk or a hash takes; API_PARK on the worker's thread, to be answered later.
 *
 *   api.c      what the server tells: a head, a body, an end
 *   door.c     the table of tables: which door a method and a path mean
 *   call.c     the life of a call: on the worker's thread, on the pool, parked
 *   reply.c    what goes out: headers, failures, tags
 */
#ifndef ADMIN_API_H
#define ADMIN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct buf;
struct flow;
struct json_writer;
struct office;
struct request;
struct roster;
struct setup;
struct tree;

enum api_where { API_HERE = 0, API_POOL = 1, API_PARK = 2 };

enum {
    API_PUBLIC = 1, /* anybody, without a key: login */
    API_OLD = 2,    /* a door of the predecessor: its shapes, its errors {"error": "..."} */
    API_NO_DOCUMENT = 4, /* not in the API's document */
    API_METRICS = 8,     /* the option metrics says who comes in, and whether it is there */
    API_WELCOME = 16     /* a stranger is told something, too: how to come in */
};

/* How somebody came in. */
enum api_by { API_BY_NOBODY = 0, API_BY_KEY = 1, API_BY_SESSION = 2, API_BY_SOCKET = 3 };

enum { API_PARAMS = 4 };

struct api_field {
    struct cp_str name, value;
};

/* What a handler gets; lent for the call. */
struct api_call {
    const struct office *office;
    const struct setup *setup;           /* a reference for the call's life */
    const struct roster *roster;         /* the setup's */
    struct arena *arena;                 /* the call's own */
    struct cp_str method, target, query; /* target: the path */
    struct cp_str param[API_PARAMS];     /* of the pattern's {}, in order, unescaped */
    struct cp_str body;                  /* as it came; unread */
    struct cp_str peer;                  /* address of who asks */
    struct cp_str who; /* for logs and histories: "key", "session of admin", "uid 1000" */
    enum api_by by;
    struct cp_str session;          /* id of the session; API_BY_SESSION only */
    bool is_tls;                    /* it came by https, also if a trusted proxy says so */
    const struct api_field *fields; /* the request's headers: api_header() */
    size_t fields_n;
    struct json_writer *out; /* the answer's one value */
    struct buf *text; /* below out: for who writes whole JSON, or something else, himself */
    const char *type; /* the answer's Content-Type; application/json */
    int64_t now_ms, wall_ms; /* monotonic; epoch */
    int status; /* 200 until somebody fails; a handler may set 201, 202, 204 as its last act */
    struct cp_str path, error; /* of the failure */
    struct cp_str details;     /* lines: api_detail() */
    struct cp_str etag;        /* of the answer, with its quotes; absent: none */
    /* The answer also says how it goes now, of which the tag knows nothing: it is never "not modified". */
    bool is_live;
    int64_t retry_after_s;   /* told with a failure; 0: not */
    struct cp_str cookie;    /* a Set-Cookie of the answer; absent: none */
    struct cp_str file_name; /* answer is offered as a download by this name; absent: no */
    /* Only API_HERE and API_PARK: */
    struct request *request; /* NULL on the pool */
    struct flow *flow; /* of this worker: its loop, its upstream client; NULL on the pool */
    void *user;        /* API_PARK: the handler's */
    void (*gone)(
        struct api_call *); /* API_PARK: the client left, or a stream of the handler's own
                                        ended: give back what user holds.  The call goes after it */
};

struct api_route {
    const char *method,
        *pattern; /* "PATCH", "/api/channels/{id}"; {} matches one segment, not "" */
    void (*run)(struct api_call *);
    size_t body_bytes; /* most; 0: there is none */
    enum api_where where;
    uint32_t flags;
    const char *summary; /* one line for the document */
};

enum { API_SMALL = 64 << 10, API_BODY = 4 << 20 }; /* body_bytes */
#define API_REQUEST SIZE_MAX /* as long as the requests it is about: the server's own limit */

/* A resource's doors; ended by one whose method is NULL. */
extern const struct api_route scheduler_routes[], session_routes[], channel_routes[],
    key_routes[], family_routes[], client_routes[], config_routes[], history_routes[],
    statistics_routes[], event_routes[], system_routes[], import_routes[], original_routes[],
    original_statistics_routes[], probe_routes[], log_routes[], capture_routes[], try_routes[],
    upgrade_routes[], plugin_routes[];

/* The first failure counts; where: "seconds", "query.limit", or "". */
void api_fail(struct api_call *, int status, const char *where, const char *fmt, ...)
    CP_PRINTF(4, 5);
/* More of "details", one for each line; after api_fail(). */
void api_detail(struct api_call *, struct cp_str lines);
bool api_has_failed(const struct api_call *);
/* A header of the request, the first of that name; absent: not there.  On every thread. */
struct cp_str api_header(const struct api_call *, const char *name);
/* The status of what the steward and the like return: E_ABSENT 404, E_AGAIN and E_DENIED 409, E_CONFIG 422 ... */
int api_status(int rc);
/* Compares If-Match with the tag of what is there now; 409 and false if it is another.  No If-Match: true. */
bool api_is_match(struct api_call *, struct cp_str etag);
/* A strong tag, with quotes, of a text that says the state; in the arena. */
struct cp_str api_etag(struct api_call *, struct cp_str state);
/* Any text as a tag; absent if it is. */
struct cp_str api_quote(struct arena *, struct cp_str text);
/* Writes a tree as the answer and frees it. */
void api_tell(struct api_call *, struct tree *);
/* API_PARK: the answer is there, as out, status and so on say.  The call goes after it.  A handler that fails the call
 * before it returns need not say so. */
void api_answer(struct api_call *);

struct admin;

/* True if it is ours: it has been answered, or its body is waited for. */
bool api_head(struct admin *, struct request *);
/* One of ours, whose body is there. */
void api_ready(struct admin *, struct request *);
/* The client of one of ours has left, while it was parked or on the pool. */
void api_gone(struct request *);
/* The last of a request of ours. */
void api_done(struct request *);
/* The server refuses a request for one of these doors, before or while it reads.  False: it is for none of them. */
bool api_refuse(struct admin *, struct request *, int status, const char *why);
/* The door that may be asked while another process takes over: it says that one does. */
bool api_is_upgrade(const struct api_route *);
/* All doors, one after the other; *at starts at 0; NULL: no more. */
const struct api_route *api_each(size_t *at);

#endif
