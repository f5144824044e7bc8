/* SPDX-License-Identifier: MIT */
/*
 * allow - what a client key may: which models, how many at once and in a minute, and what it may spend.
 *
 * A request takes its place in its key's gate, and the most it can cost out of its purse, before anybody is asked; it gives
 * both back once, when it is over, and pays what it has really cost.  Only what makes a model work takes anything: counts
 * of tokens, lists of models and kept answers are free.  A hedged request is one request.
 */
#ifndef FLOW_ALLOW_H
#define FLOW_ALLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "flow/exchange.h"

struct buf;
struct conf_client;
struct setup;

/* The exchange is over: what it took goes back, what it cost is paid.  Tokens that nobody told are estimated then. */
void allow_settle(struct exchange *);

/* What one would be told who asked now. */
struct allow_ask {
    const struct conf_client *client;
    struct cp_str family;
    struct cp_str model; /* absent: none is meant */
    uint32_t op;
    size_t body_bytes;
    int64_t now_ms, wall_ms;
};
/* False: refused, and why says so in a sentence.  Takes nothing. */
bool allow_look(const struct setup *, const struct allow_ask *, struct buf *why);

#endif
