/* SPDX-License-Identifier: MIT */
/*
 * capture - what administrators want to see of requests for a while, and what was seen on its way to their files.
 *
 * A hall has a few captures.  Workers ask it which of them want a request, leave pieces (a head, a body, some bytes of a
 * stream) and never wait: when the hall is full, a piece is counted and lost.  One thread fetches the pieces and writes.
 * While nobody captures, all that it costs is capture_is_on(): one load.
 */
#ifndef STATE_CAPTURE_H
#define STATE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/list.h"

enum { CAPTURES_MOST = 4, CAPTURE_ID_BYTES = 32, CAPTURE_NAME_BYTES = 128 };

struct capture_hall;

/* What is wanted.  Texts are cut to CAPTURE_NAME_BYTES - 1. */
struct capture_rules {
    struct cp_str channel, client; /* absent: any; ids */
    int64_t end_ms;                /* monotonic */
    bool has_bodies;
    size_t body_bytes;   /* of each body so much */
    uint64_t file_bytes; /* of all so much */
    uint32_t requests;   /* so many */
};

/* Which captures want a request; all zero: none.  A place is used again: its turn says by which of them. */
struct capture_who {
    uint32_t places; /* bits */
    uint32_t turn[CAPTURES_MOST];
    bool has_bodies;
    size_t body_bytes;
};

enum capture_what {
    CAPTURE_CLIENT_REQUEST = 1,
    CAPTURE_UPSTREAM_REQUEST,
    CAPTURE_UPSTREAM_HEAD,
    CAPTURE_UPSTREAM_DATA,
    CAPTURE_UPSTREAM_END,
    CAPTURE_CLIENT_HEAD,
    CAPTURE_CLIENT_DATA,
    CAPTURE_END /* of the request: its last piece */
};

/* Strings may be absent.  Values of headers that are credentials are not in it; other secrets are hidden by who writes. */
struct capture_piece {
    enum capture_what what;
    struct capture_who who;
    int64_t wall_us;
    struct cp_str request;      /* its id */
    struct cp_str channel, key; /* of upstream pieces; ids */
    uint32_t attempt;
    int status;            /* of heads; -1: none */
    struct cp_str line;    /* "POST /v1/messages", "POST https://..."; of ends: why */
    struct cp_str headers; /* "name: value\n" each */
    struct cp_str body;
    int64_t body_bytes; /* of which body is the beginning; -1: there is none */
};

struct capture_entry {
    struct link link;
    struct capture_piece piece; /* with its texts behind it */
    size_t bytes;
};

struct capture_hall *capture_hall_new(size_t most_bytes);
void capture_hall_free(struct capture_hall *);

/* ---- workers ---- */

/* NULL is off. */
bool capture_is_on(const struct capture_hall *);
/* channel: absent where none was chosen yet.  A capture whose number of requests is used up wants no more. */
void capture_match(struct capture_hall *, struct cp_str channel, struct cp_str client,
                   struct capture_who *);
void capture_add(struct capture_hall *, const struct capture_piece *);

/* ---- the thread that writes, and who tells it ---- */

/* The place, or -1: all are taken. */
int capture_begin(struct capture_hall *, const struct capture_rules *);
void capture_finish(struct capture_hall *, int place);
/* Whether a piece is of the capture that has this place now. */
bool capture_is_of(struct capture_hall *, const struct capture_who *, int place);
/* So many requests may still be taken; so many pieces were lost since this was asked last. */
uint32_t capture_left(struct capture_hall *, int place);
uint64_t capture_lost(struct capture_hall *, int place);
/* Appends what is there; waits so long for the first, < 0: until there is something or capture_wake(). */
void capture_take(struct capture_hall *, struct link *entries, int64_t wait_ms);
void capture_entry_free(struct capture_entry *);
void capture_wake(struct capture_hall *);

#endif
