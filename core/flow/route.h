/* SPDX-License-Identifier: MIT */
/*
 * route - what a request asks for, of which model, as a stream or whole; for step 3 and for the dry run.
 */
#ifndef FLOW_ROUTE_H
#define FLOW_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct adapter;
struct arena;
struct host_call;

/* A request at its door. */
struct route_ask {
    const struct adapter *client;
    void *instance;
    const struct cp_endpoint *endpoint;
    struct cp_str in_path; /* what {model} or {id} stands for, unescaped; or absent */
    struct cp_str body;
    struct host_call *call; /* the client's side, open; call.want and the models are set here */
    struct arena *arena;
};

struct route {
    struct cp_str model;       /* as the client says it, unescaped; absent: it needs none */
    struct cp_str model_slice; /* where it stands in the body; absent: not spliceable */
    struct cp_str stored;      /* the answer that a STORED operation is about; or absent */
    uint32_t ties;             /* enum cp_ties */
    bool is_body, is_stream;
};

/* Whether requests through this door bring a body. */
bool route_has_body(const struct cp_endpoint *);
/*
 * Checks the body in one pass, so that reading it cannot fail afterwards.
 *
 * returns  0; E_SYNTAX or the like: a bad request; E_UNSUPPORTED: its dialect does not offer that; E_ABSENT: no such answer
 *          can be.  err->what is for the client
 */
int route_read(const struct route_ask *, struct route *, struct err *);

#endif
