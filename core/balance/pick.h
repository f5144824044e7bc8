/* SPDX-License-Identifier: MIT */
/*
 * pick - the scheduler's one decision: which channel, key and base URL is asked next.
 *
 *   1  who can        family, status, adapter, operation, model map and routes, what the request follows on
 *   2  who is meant   provenance, then promotion, then affinity: the first of them that is fit
 *   3  who is fit     not tried for this fault, no cool-down, breaker closed (or a probe is due), caps not reached
 *   4  which of them  the strategy (of the route, the family, or all); a session without a home by rendezvous
 *   5  key and URL    affinity's key if it is fit; else in order, exhausted keys last; URLs in order, the failed ones last
 *   6  nobody is fit  waiting for a cap if that is all; else the one that is fit soonest: the last usable path is never closed
 *
 * Pure but for the shared tables: no clock, no I/O, no allocation.  So the simulator of the tests runs this very code
 * over a million histories.
 *
 * Every pick is settled exactly once (charge.h), or its slot is never given back.
 */
#ifndef BALANCE_PICK_H
#define BALANCE_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "balance/roster.h"
#include "state/affinity.h"
#include "state/breaker.h"

struct trace;

/* Somewhere this request has failed; ANY stands for all of them. */
enum { TRIED_ANY = -1 };
struct tried {
    int32_t channel, key, url;
};

struct pick_ask {
    struct cp_str family, model;
    uint32_t op;
    bool any_model; /* the model does not matter: a list of models, a kept answer */
    const struct session *session; /* NULL: none */
    struct cp_str maker; /* id of the channel that made what the request follows; or absent */
    const struct session *sealed; /* state it brings that only its maker can open; NULL: none */
    /* What else may exclude a channel; NULL: nothing. */
    bool (*may)(void *ctx, uint32_t channel);
    void *ctx;
    const struct tried *tried;
    uint32_t tried_n;
    uint32_t degraded; /* resting paths this request has asked already */
    bool is_dry;       /* claims nothing: explain, and where a count of tokens would go */
    bool is_last;      /* no other attempt will follow this one */
    bool is_hedge;     /* only another channel or key that is well, nothing else */
    int64_t tokens;    /* about how many it will take, for caps */
    const struct roster *caps; /* of a newer snapshot: its caps count; NULL: one's own do */
    uint64_t random;
    int64_t now_ms, wall_ms; /* monotonic; epoch */
    struct trace *trace;     /* or NULL */
};

enum { PICK_DEGRADED_MOST = 2 }; /* resting paths a request may ask */

struct pick {
    uint32_t channel, key, url;
    uint32_t why;     /* enum trace_why: TRACE_AFFINITY, TRACE_STRATEGY, ... */
    bool is_open;     /* charge_settle() is due */
    bool has_slot;    /* its gates were entered */
    bool is_degraded; /* it rests, and was asked all the same */
    bool is_detour;   /* its conversation's home is away for a moment, and stays its home */
    uint32_t op;      /* what is asked */
    int64_t at_ms;    /* when it was chosen: its success is no news of what rests since later */
    int64_t tokens;   /* taken from its gates, */
    struct gate_rules channel_rules, key_rules; /* by these rules */
    struct breaker_pass channel_pass, path_pass;
};

enum pick_result {
    PICK_FOUND = 1,
    PICK_WAIT, /* all that is fit is at its caps: *wait_ms until one may not be (-1: when a request ends) */
    PICK_NOBODY, /* no channel serves this at all */
    PICK_EXHAUSTED /* all were tried, or rest; *wait_ms: until the first is fit again, -1 unknown */
};

/* count of tokens and lists of models (op) take no slot, pass no breaker. */
enum pick_result pick_choose(const struct roster *, const struct pick_ask *, struct pick *,
                             int64_t *wait_ms);

#endif
