/* SPDX-License-Identifier: MIT */
/*
 * plan - where a request would go now, worked out without sending anything or changing anything.
 */
#ifndef FLOW_PLAN_H
#define FLOW_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/pick.h"
#include "balance/trace.h"
#include "flow/explain.h"
#include "flow/route.h"
#include "state/affinity.h"

struct arena;
struct setup;

/* What becomes of the request's bytes on a path. */
enum plan_way {
    PLAN_PASS = 1,  /* as they are */
    PLAN_SPLICE,    /* as they are, but for the model's name */
    PLAN_REWRITE,   /* read and written anew in the same dialect */
    PLAN_TRANSLATE, /* into another dialect */
    PLAN_ESTIMATE,  /* nowhere: tokens are counted here, as well as can be */
};

struct plan_path {
    struct pick pick;
    struct cp_str model; /* as the upstream is asked for it */
    enum plan_way way;
};

enum { PLAN_PATHS = 40, PLAN_OUTS = 64 };

/* What would follow, were the first path and each after it to fail in this way. */
struct plan_line {
    uint32_t fault; /* enum cp_fault */
    struct plan_path paths[PLAN_PATHS];
    uint32_t n;
    bool is_more; /* paths are left, but no attempts */
};

struct plan {
    const struct setup *setup;
    const struct explain_ask *ask;
    struct arena *arena;
    struct cp_str path, query;
    const struct adapter *client;
    const struct cp_endpoint *endpoint;
    struct route route;
    const struct conf_route *rule; /* NULL: none applies */
    const struct strategy *strategy;
    struct session session;    /* source NULL: it has none */
    struct session seal;       /* likewise: of the sealed state it brings */
    bool has_affinity;         /* switched on for this request */
    bool has_home;             /* it was served lately */
    struct affinity_home home; /* there */
    struct cp_str refused;     /* why the client key may not, in a sentence; absent: it may */
    enum pick_result result;
    int64_t wait_ms; /* see pick_choose() */
    struct plan_path first;
    struct plan_line by_key, by_upstream;
    struct trace trace;                /* of the first choice */
    struct trace_step outs[PLAN_OUTS]; /* who is not asked at all */
    uint32_t outs_n, outs_left;
};

/* The plan's strings live in the arena, the ask and the setup.  0, or as explain_request(). */
int plan_make(struct plan *, const struct setup *, const struct explain_ask *, struct arena *,
              struct err *);

#endif
