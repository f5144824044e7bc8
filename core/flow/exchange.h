/* SPDX-License-Identifier: MIT */
/*
 * exchange - the request on its way; one birth, one death.
 *
 * Born in the server's head(), dead in its done(): both on the worker's thread, which alone touches it.  All its
 * memory is the request's arena, except the buffers below, which exchange_free() gives back.
 */
#ifndef FLOW_EXCHANGE_H
#define FLOW_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "balance/pick.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "flow/best.h"
#include "flow/usage.h"
#include "ir/tape.h"
#include "loop/client.h"
#include "loop/frames.h"
#include "loop/timer.h"
#include "plugin/host.h"
#include "plugin/loader.h"
#include "state/affinity.h"

struct allowed;
struct conf_client;
struct cutter;
struct flow;
struct hedge;
struct outgoing;
struct recall;
struct relay;
struct request;
struct setup;
struct setup_channel;
struct snap;
struct trace;
struct tries;

/* What a step answers; flow/pipeline.c acts on it. */
enum step {
    STEP_NEXT = 1, /* go on with the next one */
    STEP_WAIT,     /* something will call pipeline_run() again */
    STEP_ANSWER,   /* the reply is on its way: nothing more to do but account */
    STEP_RETRY     /* the attempt failed: ask retry */
};

/* Who ended it and when, in two letters: see account.c. */
struct end_code {
    char who, when;
};

/* What a request follows on: flow/chain.c. */
struct chain {
    bool is_tied;    /* it may refer to something kept: only then it is looked at */
    bool is_learned; /* it was looked at */
    struct cp_tape
        *tape; /* the decoded request; NULL: it was not, or it could not be decoded */
    struct ledger ledger; /* what the decoding changed */
    bool is_unkept;       /* the client wants nothing kept */
    bool is_expanded;     /* the decoder put in what we had kept */
    bool is_bound;        /* it names something that only who made it knows */
    bool is_foreign;      /* another client key's */
    bool is_lost;         /* who made it does not know it any more */
    struct cp_str named;  /* the answer it names and we do not have; or absent */
    struct cp_str maker;  /* id of the channel that made what it follows; or absent */
    uint32_t maker_rank;  /* recalls so far: only the first one says who the maker is */
};

/* One try at one upstream.  Overwritten by the next one. */
struct attempt {
    const struct setup_channel *channel;
    struct pick pick;    /* settled exactly once: settle.h */
    uint32_t key, url;   /* ordinals in the channel */
    struct cp_str model; /* as the upstream knows it */
    struct host_call call;
    bool is_call_open;
    bool is_pass;              /* same dialect: bytes go through */
    bool is_stream;            /* the upstream is asked for a stream */
    struct outgoing *outgoing; /* what the transfer lends; in the arena */
    struct transfer *transfer; /* NULL: none running */
    int status;                /* HTTP status, 0: none yet */
    struct transfer_end end;
    bool has_head, has_end;
    const struct relay
        *relay;    /* how the answer is brought over; NULL until the head is there */
    void *rx, *tx; /* the adapters' stream states */
    bool is_rx_open, is_tx_open, is_tap_off;
    struct frames frames;
    uint32_t framing; /* of what it answers: frames_form() */
    bool is_frames_open;
    struct cp_tape tape; /* what rx says */
    struct usage usage;  /* what it tells of tokens */
    /* What passes, while its bytes are read: they; how many came before; whether a frame in them got other numbers, so
     * that they are in x->held already. */
    struct cp_str feeding;
    uint64_t fed;
    bool is_spliced;
    struct buf body;   /* a whole answer, or an error's first 64 KiB */
    struct buf mended; /* a frame or answer whose broken UTF-8 was replaced */
    /* why it failed */
    int net; /* enum cp_net */
    char why[384];
    bool has_end_item; /* the upstream said END */
    uint32_t
        unsaid; /* enum cp_trouble: our side could not say it, nobody there is charged; 0: no */
    bool is_judged;              /* retry has looked at it */
    bool is_noted;               /* it is among the exchange's tries: record.h */
    bool is_summary;             /* a chat that is asked for a summary (flow/summary.c) */
    bool is_cut_wanted;          /* its adapter cannot say stop sequences (flow/cut.c) */
    struct cutter *cutter;       /* NULL: none */
    struct cp_tape *cut_to;      /* where a whole answer's items go */
    size_t cut_bytes;            /* said so far */
    bool is_cut;                 /* the client has its end */
    struct cp_str made_id;       /* what passes: the answer's id, as its maker gave it */
    struct cp_item passed_start; /* how it began */
    struct buf passed;           /* its last whole frame */
    struct session seal;         /* the last state that it sealed; source NULL: none */
    struct recall *recall; /* what is thought, for the next request; NULL: nobody asks for it */
    bool has_trouble;      /* an error inside a 200: below */
    struct cp_item trouble;                         /* the ERROR item; strings in the arena */
    int64_t start_us, sent_us, head_us, content_us; /* monotonic; 0: not yet */
};

struct exchange {
    struct link link; /* in flow->exchanges; who does not have the request is not there */
    struct flow *flow;
    struct setup *setup;       /* reference */
    struct request *request;   /* NULL after done() */
    struct arena *arena;       /* the request's */
    _Atomic int32_t *inflight; /* where it is counted as under way; NULL: nowhere */
    uint32_t step;             /* place in the pipeline's table */
    bool is_running;           /* pipeline_run() is on the stack */
    bool is_ready;             /* the body is there */
    bool is_answered;          /* a reply was given or a stream opened and ended */
    bool is_gone;              /* the client left */
    bool is_ending;            /* account has run */

    /* accept, auth, route */
    struct cp_str id;             /* request id */
    const struct adapter *client; /* the dialect it came in by; NULL: none (404) */
    void *client_instance;
    const struct cp_endpoint *endpoint;
    const char *allow;    /* for a 405's Allow header; NULL otherwise */
    uint32_t op;          /* enum cp_op */
    bool is_body;         /* the operation has a request body */
    bool is_stream;       /* the client asked for a stream */
    struct cp_str stored; /* the answer that a STORED operation is about; absent: none */
    struct cp_str model;  /* as the client says it, unescaped */
    struct cp_str
        model_slice; /* where it stands in the body, without quotes; absent: not spliceable */
    struct cp_str client_key_id;     /* id of the client's key */
    const struct conf_client *owner; /* whose it is; NULL: the access key's */
    struct allowed *allowed; /* what it took of its client key; shared with the twin: allow.h */
    struct cp_str credential_query; /* query without key= */
    struct host_call call;          /* client-side hooks */
    bool is_call_open;
    struct ledger ledger;
    struct cp_tape *request_tape; /* decoded once, when an attempt needs it */
    struct ledger_mark decoded;   /* the ledger's lines that say what the decoding changed */

    struct chain chain;
    bool is_restored; /* request_tape has what its turns had thought */

    /* schedule, upstream, retry */
    struct attempt attempt;
    uint32_t attempts;
    struct trace *trace;    /* in the arena; NULL: nothing was chosen yet */
    struct tries *tries;    /* attempts that are over; shared with the twin; NULL likewise */
    struct snap *snap;      /* it is captured; NULL: it is not */
    struct session session; /* which conversation it is; flow/session.h */
    bool is_session_looked; /* it was looked for */
    bool has_session;       /* and found */
    struct session seal;    /* by what the sealed state it brings is known; flow/sealed.h */
    bool is_seal_looked;    /* it was looked for */
    struct tried *tried;    /* where not to ask again; in the arena */
    bool *tried_later;      /* of each: it only has to wait */
    uint32_t tried_n, tried_cap;
    uint32_t degraded;   /* resting paths that were asked all the same */
    uint64_t learned[8]; /* what upstreams have refused of this request: flow/learn.c */
    uint32_t learned_n;
    bool is_again;             /* the same path is asked once more, with the slot it has */
    struct cp_verdict verdict; /* of the last failed attempt */
    uint32_t wait_source;      /* of verdict.wait_ms: enum cooldown_source */
    struct cp_failure failure; /* its facts */
    struct best best;          /* of all failures, what the client is told */
    uint32_t waits;            /* how often it has waited for somebody who said "later" */
    int64_t later_ms; /* monotonic: when the first of those may be asked; 0: nobody said so */
    int64_t fit_ms;   /* when nobody was left: until the first is fit again; -1: unknown */
    int64_t least_wait_ms;   /* the soonest that a failed path said it would serve again; -1 */
    int64_t retry_after_ms;  /* what the answer at hand tells the client; -1: nothing */
    int64_t refill_wall_s;   /* its budget is used up until then; 0: it is not, or for ever */
    struct cp_str overdraft; /* its budget is used up, in a sentence; absent: it is not */
    struct link line;        /* in flow->line.waiting */
    bool is_lined;           /* it waits there for a cap */
    int64_t line_ms;     /* monotonic: since when it has waited for a cap; 0: it never has */
    struct hedge *hedge; /* of it and its twin; NULL: it is not asked twice.  flow/hedge.h */

    /* relay */
    bool is_committed;   /* bytes went to the client */
    struct buf held;     /* what waits for the gate; later what one event writes */
    struct cp_out out;   /* over held */
    struct timer timer;  /* first content before commitment, ping after it */
    int64_t last_out_ms; /* when the client last got bytes */
    bool is_paused;      /* the upstream waits for the client */
    bool has_terminal;   /* END or ERROR went to the client */
    bool has_error_out;  /* an error event went to the client */
    int64_t tokens[9];   /* by enum cp_meter; -1: not told */
    struct cp_str stop_word;
    bool is_estimated; /* tokens are ours, not the upstream's */

    /* account */
    int status; /* told to the client */
    struct end_code end;
    int64_t start_us, ready_us, sched_us; /* ready: the request was read */
    int64_t upstream_us; /* spent with upstreams by the attempts that are over */
    struct cp_str note;  /* a sentence for the log: why it failed */
};

struct exchange *exchange_new(struct flow *, struct request *);
/* Another one over the same request and arena, as if nothing had been asked yet.  The request stays the first one's;
 * exchange_free() of either. */
struct exchange *exchange_twin(const struct exchange *);
/* The request, and its place in flow->exchanges, go from the one to the other. */
void exchange_hand_over(struct exchange *from, struct exchange *to);
void exchange_free(struct exchange *);
/* Ends the attempt at hand: settles its pick if nobody has, cancels its transfer, closes hooks, frees buffers.  rc for the
 * hooks' close. */
void attempt_close(struct exchange *, int rc);
void attempt_fail(struct exchange *, int net, const char *fmt, ...) CP_PRINTF(3, 4);
/* How long upstreams have been waited for, all attempts together. */
int64_t exchange_upstream_us(const struct exchange *);
/* Where not to ask again; is_later: unless it has waited. */
void exchange_mark_tried(struct exchange *, struct tried, bool is_later);
/* Who only had to wait may be asked again. */
void exchange_pardon(struct exchange *);
/* The text, or a copy in the arena in which every secret this process knows is "***". */
struct cp_str exchange_scrub(struct exchange *, struct cp_str);
/* retry_after_ms in whole seconds, rounded up. */
struct cp_str exchange_wait(const struct exchange *);
/* refill_wall_s, as x-budget-reset says it. */
struct cp_str exchange_refill(const struct exchange *);
/* A header of the client's request or the upstream's response, for host_call; once the answer is
 * known to tell a wait, retry-after is that one. */
struct cp_str exchange_header(void *exchange, int phase, const char *name);

#endif
