/* SPDX-License-Identifier: MIT */
/*
 * transfer - one request to an upstream, and the client it belongs to; internal to the client.
 *
 * transfer.c is the part that callers see and no HTTP library: checks, the queue of what handlers asked for, the
 * pool.  answer.c turns what the engine sees into head(), bytes() and end(), within limits and
 * deadlines.  client.c is the engine: libcurl.
 */
#ifndef LOOP_TRANSFER_H
#define LOOP_TRANSFER_H

#include "base/buf.h"
#include "base/list.h"
#include "loop/client.h"
#include "loop/fields.h"
#include "loop/loop.h"
#include "loop/pieces.h"
#include "loop/url.h"

struct inflate;
struct profile;
struct trust;

struct client {
    struct loop *loop;
    struct client_config config;
    struct trust *trust;
    struct link profiles;
    struct link pool;  /* of idle transfers, by queue */
    struct link asked; /* transfers, by queue: to be added, woken or buried */
    struct link mark;  /* in asked: where this turn's work ends */
    struct task tidy;  /* does it, later in the same turn */
    uint32_t pool_n, transfers;
    bool has_http2;
    int depth; /* > 0: inside the engine, which must not be entered again */
};

enum transfer_phase { TRANSFER_CONNECT, TRANSFER_HEAD, TRANSFER_BODY };

struct transfer {
    /* the engine's */
    struct link link;  /* among all of its profile */
    struct link queue; /* in asked or pool */
    struct client *client;
    struct profile *profile;
    void *easy;  /* stays with the transfer when it is pooled */
    void *block; /* the request's header list and small body; wiped as soon as it is sent */
    size_t block_bytes;
    const char *denied; /* why an address was refused; static */
    bool is_opened;     /* another address was allowed */
    bool is_again;      /* sent a second time: the first went into a dead connection */
    bool is_added;      /* known to the engine */
    bool is_stalled;    /* the engine was told to hold bytes back */

    /* the request's */
    struct transfer_spec spec;
    struct url url;
    struct pieces body;

    /* the answer's */
    struct transfer_handler handler;
    void *ctx;
    struct fields head;
    struct timer timer;
    enum transfer_phase phase;
    int status, interims;
    bool is_dead;    /* cancelled: no callback any more */
    bool is_paused;  /* by the handler */
    bool is_ending;  /* inside end() */
    bool is_touched; /* transfer_touch() was used: bytes alone are no life */
    bool is_http2;
    int net; /* set, with why, before the engine is told to give up */
    int64_t start_ms;
    int64_t phase_ms; /* loop time at which the phase, or the last life, began */
    int64_t start_us, connected_us, first_byte_us; /* monotonic; 0: not yet */
    uint64_t bytes_in;
    struct inflate *inflate; /* its body is compressed, though nobody asked for it; NULL: no */
    struct buf plain;        /* what the last bytes of it were */
    char why[160];
    char error[256]; /* libcurl's words (CURL_ERROR_SIZE) */
};

/* ---- transfer.c ---- */
void transfer_tidy(struct task *); /* the client's */

/* ---- client.c: the engine; not to be entered while depth > 0 ---- */
void client_engine_open(struct profile *);
void client_engine_size(struct profile *); /* its number of transfers changed */
void client_engine_close(struct profile *);
struct transfer *client_lend(struct client *); /* zeroed but for easy; from the pool or new */
void client_prepare(struct transfer *);        /* finds its profile, says the request */
void client_add(struct transfer *);
void client_wake(struct transfer *); /* resumed: deliver what was held back */
void client_bury(struct transfer *); /* forget it, no callback */
void client_expire(
    struct transfer *); /* a deadline passed: net and why are set; end() follows */

#endif
