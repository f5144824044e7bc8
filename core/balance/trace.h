/* SPDX-License-Identifier: MIT */
/*
 * trace - why this path: each step of each choice and each attempt of an exchange, a few words of memory a step.
 *
 * Written while deciding, so it cannot disagree with what was decided; put into sentences only when somebody reads it.
 * A full trace goes on counting what it leaves out.
 */
#ifndef BALANCE_TRACE_H
#define BALANCE_TRACE_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct buf;
struct json_writer;
struct roster;
struct roster_channel;
struct vitals;

enum trace_kind {
    TRACE_ROUTE = 1,   /* value: place of the route */
    TRACE_OUT = 2,     /* a channel, key, URL or path is not asked: why, until */
    TRACE_FIT = 3,     /* a channel that may be asked; value: the strategy's score */
    TRACE_PREFER = 4,  /* who is asked first, and why */
    TRACE_CHOSEN = 5,  /* the path */
    TRACE_ATTEMPT = 6, /* how it ended: why = enum cp_fault, value = status */
    TRACE_WAIT = 7,    /* nobody may be asked for value ms */
    TRACE_HEDGE = 8,   /* a second attempt beside the first after value ms */
    TRACE_NOBODY = 9
};

/* Why somebody is left out or preferred. */
enum trace_why {
    TRACE_WHY_NONE = 0,
    TRACE_FAMILY,      /* does not serve this client API */
    TRACE_STATUS,      /* suspended or disabled */
    TRACE_ADAPTER,     /* its dialect is not loaded */
    TRACE_OP,          /* its dialect cannot do this operation */
    TRACE_MODEL,       /* does not serve this model */
    TRACE_FORBIDDEN,   /* what the request follows on belongs elsewhere (flow/chain.c) */
    TRACE_TRIED,       /* it has failed this request */
    TRACE_COOLDOWN,    /* it rests */
    TRACE_BREAKER,     /* its breaker is open */
    TRACE_PROBING,     /* half-open, and somebody is looking already */
    TRACE_CONCURRENCY, /* as many are under way as may be */
    TRACE_RPM,
    TRACE_TPM,
    TRACE_MODEL_REST, /* this model rests there */
    TRACE_KEY_OFF,    /* switched off in the configuration */
    TRACE_PROVENANCE, /* it made what the request follows on */
    TRACE_PROMOTION,
    TRACE_AFFINITY,   /* it had this conversation last */
    TRACE_RENDEZVOUS, /* where a conversation without a home belongs */
    TRACE_STRATEGY,
    TRACE_PROBE,    /* to see whether it is well again */
    TRACE_DEGRADED, /* nobody is well: who is well soonest */
    TRACE_ROUTED,   /* out: the route for this model names others */
    TRACE_LATELY, /* it failed last time, and no other attempt is left; or all others did, later */
    TRACE_WHYS
};

enum { TRACE_ANY = 0xFFFFFFFF };

struct trace_step {
    uint16_t kind, why;
    uint32_t channel, key, url; /* TRACE_ANY: the channel as a whole, all of its keys, ... */
    int64_t at_us;              /* monotonic */
    int64_t value;
    union {
        int64_t until_ms;         /* monotonic; of who is left out */
        int64_t first_content_us; /* of TRACE_ATTEMPT; -1: none came */
    };
};

/* The last ones are kept for what was done: a crowd of candidates does not push it out. */
enum { TRACE_STEPS = 48, TRACE_DEEDS = 16, TRACE_LINE_BYTES = 400 };

struct trace {
    uint32_t n, left_out;
    struct trace_step at[TRACE_STEPS];
};

/* What a step is about, in names; strings of the snapshot. */
struct trace_place {
    const struct roster_channel *channel; /* NULL: no single one */
    struct cp_str id, key, url; /* absent: the channel as a whole, all of its keys, ... */
    struct vitals *vitals;      /* of the smallest thing that is named; NULL: it has none */
};

/* NULL trace: nothing is noted.  at_us is the caller's. */
void trace_add(struct trace *, const struct trace_step *);
/* A sentence and a newline each, for people.  now_ms, to say "for 12 s". */
void trace_text(const struct trace *, const struct roster *, int64_t now_ms, struct buf *);
/* An array of objects, for the API; at_us in it counts from the first step. */
void trace_json(const struct trace *, const struct roster *, int64_t now_ms,
                struct json_writer *);
/* One step as an object; at_us in it counts from from_us. */
void trace_json_step(const struct trace_step *, const struct roster *, int64_t now_ms,
                     int64_t from_us, struct json_writer *);
/* Only what was done, in at most TRACE_LINE_BYTES printable bytes: "a/ab12 429 key 0.2s; b/cd34 ok affinity". */
void trace_line(const struct trace *, const struct roster *, struct buf *);
void trace_place(const struct roster *, const struct trace_step *, struct trace_place *);
/* The choice that the attempt at this place carried out; or NULL. */
const struct trace_step *trace_begun(const struct trace *, uint32_t at);
const char *trace_kind_name(uint32_t kind); /* "out", "chosen", ... */
const char *trace_why_name(uint32_t why);   /* "cooldown", "breaker", ... */
const char *trace_because(
    uint32_t why); /* "it had this conversation last"; NULL: no preference */

#endif
