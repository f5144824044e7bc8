/* SPDX-License-Identifier: MIT */
/*
 * flow - a worker's side of the flow: what all its exchanges share, and the door the server knocks at.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "flow/line.h"
#include "loop/server.h"

struct capture_hall;
struct client;
struct diary;
struct loop;
struct pass_mint;
struct ratio_table;
struct setup;
struct store;

struct flow {
    struct loop *loop;
    struct client *client;
    struct setup *setup; /* the newest; exchanges hold their own reference */
    struct store *kept; /* answers that clients may come back to; shared by all workers, lent */
    struct store *recalled;     /* reasoning for the next request; likewise */
    struct ratio_table *ratios; /* what estimates are off by; likewise */
    struct pass_mint *passes;   /* knows the panel's keys; likewise; NULL: there are none */
    struct diary *diary; /* where records of requests are left; likewise; NULL: nowhere */
    _Atomic int32_t *
        inflight; /* requests under way by adapter, of all workers; likewise; NULL: not counted */
    struct capture_hall *captures; /* who wants to see requests; likewise; NULL: nobody */
    struct link exchanges;         /* all alive */
    uint32_t exchanges_n;
    struct line line;   /* those who wait for a path */
    uint64_t random;    /* of what strategies choose by */
    int64_t hedge_owed; /* percent of a request that second attempts have overdrawn: hedge.c */
    bool is_draining;
    bool is_retired; /* another process takes what is new: who only follows goes there */
    uint64_t served; /* since start */
};

void flow_init(struct flow *, struct loop *, struct client *, struct setup *);
void flow_fini(struct flow *);
/* No new requests: what is under way goes on, who still waits for a path is told to come back. */
void flow_drain(struct flow *);
/* Requests go on as ever, also those that wait for their turn. */
void flow_retire(struct flow *);
uint64_t flow_random(struct flow *);                /* fresh bits, not for secrets */
void flow_set_setup(struct flow *, struct setup *); /* takes the reference */
/* Ends every exchange now: an error event for each stream, a 503 for the rest. */
void flow_kill(struct flow *);

/* The server's handler for everything that is an LLM request (ctx: struct flow). */
void flow_head(void *ctx, struct request *);
void flow_ready(void *ctx, struct request *);
void flow_refuse(void *ctx, struct request *, int status, uint32_t trouble, const char *why);
void flow_writable(void *ctx, struct request *);
void flow_gone(void *ctx, struct request *);
void flow_done(void *ctx, struct request *, enum request_end);

#endif
