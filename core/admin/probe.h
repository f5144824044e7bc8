/* SPDX-License-Identifier: MIT */
/*
 * probe - asks an upstream as a channel would, and tells how far it came: address, connection, TLS, HTTP, key, content.
 *
 * A probe is nobody's request: it is charged to nobody's health, takes no slot, and goes through the same doors as one
 * (proxy, authorities, addresses that are not allowed).  It runs on the worker whose connection the question came in
 * by, on connections of its own.  What an upstream says is scrubbed of every secret before it is told.
 *
 *   probe.c            the doors
 *   probe_candidate.c  a channel that is not saved
 *   probe_head.c       where they go, and with which headers
 *   probe_send.c       the requests: a list of models, a chat of one word
 *   probe_tell.c       the stages, as JSON
 *   probe_preview.c    the URLs that requests would go to
 */
#ifndef ADMIN_PROBE_H
#define ADMIN_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/buf.h"
#include "base/err.h"
#include "ir/tape.h"
#include "loop/client.h"
#include "loop/frames.h"
#include "plugin/host.h"

struct adapter;
struct api_call;
struct conf;
struct conf_channel;
struct setup;
struct tree;

enum { PROBE_MS = 15 * 1000, PROBE_KEEP_MS = 5 * 60 * 1000, PROBE_BODY_BYTES = 8 << 20 };

/* A channel to be asked; lives as long as the call. */
struct probe_target {
    const struct conf_channel *conf;
    const struct adapter *adapter;
    void *instance;
};

/* One request and what came of it. */
struct probe_try {
    struct transfer_end end;
    bool is_sent, has_end;
    int status;
    int64_t start_us, content_us; /* monotonic; 0: not yet */
    struct cp_str url;            /* without its query, where keys may stand */
    struct buf body;              /* at most PROBE_BODY_BYTES */
    char why[512];           /* it could not be sent, or what came is no answer; scrubbed */
    uint32_t fault, trouble; /* of a failure: enum cp_fault, cp_trouble */
    struct cp_str said;      /* the upstream's words; scrubbed */
};

struct probe {
    struct api_call *call;
    struct arena *arena; /* the call's */
    struct probe_target target;
    size_t key; /* index of conf->keys; meaningless where there is none */
    size_t url;
    struct cp_str model; /* as clients say it; absent: the first of the list */
    bool is_chat_wanted, is_models_wanted;
    bool is_chat; /* what is under way */
    bool is_stream;
    struct probe_try list, chat;
    struct cp_str *models; /* ids that the upstream has told of */
    size_t models_n;
    struct transfer *transfer; /* NULL: none */
    struct host_call hc;
    bool is_hc_open, is_rx_open, is_frames_open;
    struct ledger ledger;
    struct cp_tape tape;
    struct frames frames;
    void *rx;
    struct cp_str shelf_name; /* under which the list of models is kept; absent: it is not */
    void (*done)(struct probe *); /* answers the call */
};

/* ---- probe_send.c ---- */
/* Sends the first request; the rest follows by itself, and done() at the end. */
void probe_begin(struct probe *);
/* The client left, or all is told: nothing is under way any more. */
void probe_end(struct probe *);
/* The same text, or a copy with *** for each secret that this process knows. */
struct cp_str probe_scrub(struct arena *, struct cp_str);

/* ---- probe_head.c ---- */
/* URL, headers and limits of a request; false: p's try says why. */
bool probe_spec(struct probe *, struct probe_try *, uint32_t op, const char *method,
                struct transfer_spec *);
/* Where an operation would go: "https://.../v1/messages"; with is_key_shown "***" in the key's place. */
int probe_url(struct host_call *, const struct probe_target *, size_t url, struct cp_str model,
              struct cp_head *, struct buf *out);

/* ---- probe_candidate.c ---- */
/* The channel that the body describes, made ready; false after failing the call. */
bool probe_candidate(struct api_call *, const struct tree *body, struct probe_target *);

/* ---- probe_tell.c ---- */
/* {"ok", "channel", "key", "url", "stages": [...]} as the answer. */
void probe_tell(struct probe *);
/* {"models": [...]}, or the failure. */
void probe_tell_models(struct probe *);

/* ---- probe_preview.c ---- */
/* POST /api/channels/preview */
void probe_preview(struct api_call *);

#endif
