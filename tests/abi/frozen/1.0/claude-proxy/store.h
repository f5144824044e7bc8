/* SPDX-License-Identifier: MIT */
/*
 * claude-proxy/store.h - everything a store plugin and the gateway know of each other.
 *
 * A store keeps two kinds of things where they outlive the process: HISTORY, one record for each request, only
 * added to and summed up; and THINGS, bytes by (bucket, owner, id) that end by themselves: answers that clients
 * come back to, homes of conversations.
 *
 * The rules of <claude-proxy/plugin.h> hold, with these of its own:
 *  - No function is ever called on the path of a request.  The host writes behind, in batches, and may call as
 *    slow a store as it likes; what a store cannot take is offered again for a while and then lost, never waited for.
 *  - open() is called twice: for CP_STORE_WRITE by the one thread that writes, and for CP_STORE_READ by threads that
 *    read.  One opened store is used by one thread at a time, from any thread; two opened ones, and read_other(),
 *    at the same moment.  Functions may block; one that never comes back is left behind when the process ends.
 *  - Functions return CP_OK or a negative enum cp_rc; `return host->fail(NULL, CP_E_LIMIT, "disk full")` says why.
 *    CP_E_NOMEM and CP_E_BUG: the batch is dropped.  Anything else: the store is closed, opened anew, and the same is
 *    offered again; so a store whose file is gone, or whose server is, says so and need not mend it in the middle.
 *  - Callbacks get what is lent for the call, and return 0 to go on, anything else to stop (which is no failure).  What they
 *    are told carries its size.  A row that lies (no size, more rows than were asked for) is a bug of the store.
 *  - A store keeps history (append, find, sum, trim and measure), things (put, each and prune), or both.
 */
#ifndef CLAUDE_PROXY_STORE_H
#define CLAUDE_PROXY_STORE_H

#include <claude-proxy/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- history -------------------------------------------------------------- */

enum {
    CP_RECORD_STREAM = 1,      /* the client asked for a stream                     */
    CP_RECORD_ESTIMATED = 2,   /* tokens are the gateway's guess                    */
    CP_RECORD_TRANSLATED = 4,  /* the upstream speaks another dialect               */
    CP_RECORD_HEDGED = 8,      /* a second upstream was asked, too                  */
    CP_RECORD_AT_HOME = 16,    /* it went where its conversation had been before    */
    CP_RECORD_IMPORTED = 32    /* of another program's history                      */
};

/* One attempt at an upstream. */
struct cp_try {
    struct cp_str channel, key;     /* ids                                          */
    struct cp_str outcome;          /* "ok", or the word of what went wrong: "rate_limit", "connect" */
    int32_t status;                 /* the upstream's; 0: none came                 */
    uint32_t reserved;
    int64_t began_us, took_us;      /* since the request began; how long            */
    int64_t connect_us, first_us;   /* since it began: connected, and the upstream's first word; 0: not known, or
                                     * an open connection was used */
};

struct cp_record {
    uint32_t size, flags;           /* of this struct; CP_RECORD_*                  */
    struct cp_str id;               /* request id; a client may have given it, and others alike */
    int64_t wall_ms;                /* when the request began, Unix epoch           */
    struct cp_str client;           /* id of the client's key                       */
    struct cp_str family;           /* "messages"                                   */
    struct cp_str op;               /* "chat", "count", "models", "compact", "stored" */
    struct cp_str dialect;          /* the upstream's; absent: none was asked       */
    struct cp_str model, model_up;  /* as the client said it, as it was sent        */
    struct cp_str channel, key;     /* ids of who answered or failed last           */
    struct cp_str session;          /* the conversation's name, hashed; absent: none */
    struct cp_str peer, agent;      /* address; User-Agent, cut                     */
    struct cp_str end;              /* two letters: who ended it and when           */
    struct cp_str why;              /* a sentence if it failed; holds no secret     */
    int32_t status, up_status;      /* told to the client; by the upstream, 0: none */
    uint32_t attempts, tries_n, try_size;
    uint32_t overhead_us;           /* of total_us what the gateway itself took; 0: not measured */
    const struct cp_try *tries;     /* with stride try_size                         */
    int64_t queue_us, connect_us, first_us, content_us, total_us;   /* -1: did not happen */
    int64_t bytes_in, bytes_out;
    int64_t tokens[9];              /* by enum cp_meter; [0] unused; -1: not told   */
    int64_t cost_micro;             /* millionths of the price table's currency; -1: no price */
    uint32_t mapped, approximated, dropped, repaired;   /* the ledger               */
    struct cp_str trace;            /* JSON of why it went there; worth compressing */
};

/* Which records; absent and 0: all.  channel and key: those that were tried there (where there are no tries, where the
 * record says), once each. */
struct cp_filter {
    uint32_t size, outcome;         /* CP_ANY_OUTCOME ...                           */
    int64_t from_ms, until_ms;      /* [from, until)                                */
    struct cp_str client, family, model, channel, key, session, id, end;
    int32_t status_least, status_most;
};
enum { CP_ANY_OUTCOME = 0, CP_SERVED_ONLY = 1, CP_FAILED_ONLY = 2, CP_CANCELLED_ONLY = 3 };

/* A record counts as served (status below 400 and ended by nobody but the client's own leaving late), failed, or
 * cancelled (the client left before it had an answer): end[0] == 'C' and status 499. */
/* By channel or key, or with a filter of these, tries are summed instead of requests: how often who was asked, how that
 * went ("ok", "cancelled", any other word but "given_up", which does not count), and what came to the last try where the
 * record says it came from. */
struct cp_sum {
    uint32_t size, reserved;
    struct cp_str group;            /* what they have in common; absent: grouped by nothing */
    int64_t from_ms;                /* of the time step; 0: there are no steps      */
    int64_t requests, served, failed, cancelled;
    int64_t tokens[9];              /* sums of what was told                        */
    int64_t cost_micro, unpriced;   /* unpriced: records without a price            */
    int64_t total_us, content_us, content_n;    /* sums, and of how many            */
    int64_t attempts, dropped;
};
enum { CP_BY_NOTHING = 0, CP_BY_FAMILY = 1, CP_BY_CHANNEL = 2, CP_BY_UPSTREAM_KEY = 3, /* "CHANNEL/KEY" */
       CP_BY_MODEL_NAME = 4, CP_BY_CLIENT_KEY = 5, CP_BY_END = 6 };

/* ---- things --------------------------------------------------------------- */

struct cp_thing {
    uint32_t size, reserved;        /* of this struct                               */
    struct cp_str bucket;           /* "answers", "homes", "seals"                  */
    struct cp_str owner, id;        /* id is unique under its owner                 */
    struct cp_str under;            /* goes when that id goes; absent: under nothing */
    int64_t wall_ms, until_ms;      /* put when, ends when; 0: by the host's limits only */
    struct cp_str bytes;            /* absent: it is dropped                        */
};

enum { CP_STORE_READ = 1, CP_STORE_WRITE = 2 };

struct cp_store {
    uint32_t size, reserved;
    const char *name, *title;       /* "sqlite": the name used in config            */
    const struct cp_option *options; uint32_t options_n, option_size;
    /* dir: a folder of the host's, 0700.  Makes and upgrades what it needs when for CP_STORE_WRITE, which comes first. */
    int  (*open)(const struct cp_conf *options, const char *dir, int how, void **store);
    void (*close)(void *store);

    /* All or nothing; a record that is there already (id, wall_ms and total_us) is left as it is.  Another one with the id of
     * that moment may be renamed. */
    int (*append)(void *store, const struct cp_record *, uint32_t n, uint32_t record_size);
    /* Newest first, at most n, behind (older than) the newest record of the id after that the filter's times allow; absent,
     * or gone by now: from the newest. */
    int (*find)(void *store, const struct cp_filter *, struct cp_str after, uint32_t n,
                int (*row)(void *ctx, const struct cp_record *), void *ctx);
    /* step_ms: steps from the epoch on, each group's steps in order, empty ones left out; 0: no steps. */
    int (*sum)(void *store, const struct cp_filter *, uint32_t by, int64_t step_ms,
               int (*row)(void *ctx, const struct cp_sum *), void *ctx);
    /* Removes the oldest: those before a time, and as many as make it smaller than most_bytes (0: no limit); at
     * most most_rows in one call.  1: there is more to do. */
    int (*trim)(void *store, int64_t before_ms, int64_t most_bytes, uint32_t most_rows);
    int (*measure)(void *store, int64_t *records, int64_t *bytes);

    /* Puts and drops, all or nothing. */
    int (*put)(void *store, const struct cp_thing *, uint32_t n, uint32_t thing_size);
    /* Newest first, those that have not ended. */
    int (*each)(void *store, struct cp_str bucket, int64_t wall_ms,
                int (*row)(void *ctx, const struct cp_thing *), void *ctx);
    /* Removes what has ended, and the oldest of a bucket until the bytes of the others are no more than most_bytes (0: no
     * limit); at most most_rows in one call.  1: there is more to do. */
    int (*prune)(void *store, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                 uint32_t most_rows);

    /* Optional: reads a history that another program wrote ("claude-proxy-go": the predecessor's metrics.db). */
    int (*read_other)(const char *kind, const char *path,
                      int (*row)(void *ctx, const struct cp_record *), void *ctx);
};

#ifdef __cplusplus
}
#endif
#endif
