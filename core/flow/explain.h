/* SPDX-License-Identifier: MIT */
/*
 * explain - a dry run: where a request would go now and why, without sending anything or changing anything.
 */
#ifndef FLOW_EXPLAIN_H
#define FLOW_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct buf;
struct setup;

struct explain_ask {
    const char *method; /* "POST" */
    struct cp_str path; /* "/v1/messages?beta=true" */
    struct cp_str (*header)(void *ctx, const char *name);
    void *ctx;
    struct cp_str body;
    struct cp_str client_key_id;
    int64_t now_ms, wall_ms;
    bool *is_served; /* not NULL: is told whether anybody would serve it */
};

/*
 * as_json  else a page for people
 * returns  0, also if nobody would serve it; or err says what is wrong with the request (E_SYNTAX: a bad one; E_ABSENT: no
 *          such door; E_UNSUPPORTED: not by this method, or nothing is chosen for it)
 */
int explain_request(const struct setup *, const struct explain_ask *, bool as_json,
                    struct buf *, struct err *);

#endif
