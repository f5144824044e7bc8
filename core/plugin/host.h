/* SPDX-License-Identifier: MIT */
/*
 * host - the services table that plugins call, and what stands behind its opaque types.
 *
 * A struct host_call is what every hook gets as struct cp_call: it begins with the public part.
 * It belongs to one exchange (one attempt of it) and one thread.
 */
#ifndef PLUGIN_HOST_H
#define PLUGIN_HOST_H

#include <stdbool.h>

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "ir/tape.h"
#include "json/write.h"

struct json_paths;
struct map;

/* One line of the ledger. */
struct ledger_line {
    struct ledger_line *next;
    uint32_t deed; /* enum cp_deed */
    struct cp_str path, why;
};

/* A string of the client's body that was unescaped. */
struct ledger_copy {
    struct ledger_copy *next;
    struct cp_str copy, source;
};

/* What a translation kept, changed, dropped.  Lives in the exchange's arena. */
struct ledger {
    struct ledger_line *first, **tail;
    uint32_t counts[5]; /* by enum cp_deed; the same deed, path and reason count once */
    uint32_t lines;     /* kept lines: at most 256, counts go on */
    /* The request's tape as decoded and as repaired, each NULL until it is there: whose neighbour
     * an item is. */
    const struct cp_tape *tapes[2];
    struct json_paths *paths;      /* of the client's body; NULL until asked */
    struct cp_str paths_of;        /* that body */
    uint32_t found_tape, found_at; /* where the last item was found: the next one is near */
    struct ledger_copy *copies;    /* the last first */
};

/* Where a ledger stood. */
struct ledger_mark {
    struct ledger_line **tail;
    uint32_t counts[5], lines;
};

/* Text that was copied out of the client's body, because it had escapes: where it came from. */
void ledger_copied(struct cp_call *, struct cp_str copy, struct cp_str source);
void ledger_init(struct ledger *); /* host_ledger.c */
/* All lines of the one behind those of the other; from is empty then. */
void ledger_join(struct ledger *to, struct ledger *from);
struct ledger_mark ledger_mark(const struct ledger *);
/* Forgets what was noted since: an attempt that failed has lost nothing. */
void ledger_back(struct ledger *, const struct ledger_mark *);

/* What the flow does for a call and a test does without: each may be NULL. */
struct host_desk {
    int (*emulate)(void *ctx, const char *param);
    int (*remember)(void *ctx, struct cp_str id, struct cp_str under, struct cp_str bytes);
    struct cp_str (*recall)(void *ctx, struct cp_str id);
    int (*forget)(void *ctx, struct cp_str id);
};

struct host_call {
    struct cp_call call;   /* first: hooks get a pointer to it */
    struct arena *arena;   /* the exchange's; lent */
    struct arena *scratch; /* a stream's: what was lent for one event; NULL: none */
    struct err err;        /* set by fail(), and by guard.c when a hook broke a rule */
    struct ledger *ledger; /* lent; NULL: notes are dropped */
    struct cp_str
        checked; /* known to be JSON: the json service need not look again; absent: none */
    struct map *renamed; /* new name -> original (struct cp_str in the arena); NULL: none yet */
    size_t used, budget; /* bytes given by alloc(); most (default 64 MiB) */
    bool is_starved;     /* alloc() has refused: what is missing now is no broken rule */
    /* Finds a header of the client's request or the upstream's response (phase). */
    struct cp_str (*header)(void *ctx, int phase, const char *name);
    void *header_ctx;
    const struct host_desk *desk; /* NULL: nobody is there */
    void *desk_ctx;
    struct cp_str client_body; /* of the request: where note_item() looks for an item's place */
};

/* What a plugin handed over as text: it has bytes, and no more of them than anything that was ever read. */
bool host_is_text(struct cp_str);

void host_call_init(struct host_call *, struct arena *, struct ledger *);
void host_call_fini(struct host_call *); /* frees the map and the scratch; not the arena */
/* For streams: from now on what the json service decodes lives until host_call_next(). */
void host_call_stream(struct host_call *);
void host_call_next(struct host_call *);

/* The ledger: host_ledger.c. */
void ledger_note(struct cp_call *, int deed, struct cp_str path, const char *why);
void ledger_note_item(struct cp_call *, int deed, const struct cp_item *, const char *why);
/* Where in the client's body the item stood, as well as it can be told; in the call's arena. */
struct cp_str ledger_path_item(struct cp_call *, const struct cp_item *);

/* What a plugin writes: bytes, or SSE frames. */
struct cp_out {
    struct buf *buf; /* lent */
    struct json_writer json;
    int status; /* set_status(); 0: not set */
    bool in_frame;
    bool crlf;     /* frames end lines with CRLF */
    bool is_array; /* frames are the elements of one JSON array, their events are not told */
    bool is_lines; /* frames are lines, or (is_raw) nothing but their data; the same */
    bool is_raw;
    bool is_ended;   /* the array is closed */
    uint32_t frames; /* complete ones written */
    size_t frame_at; /* in_frame: where its data begins in buf */
    bool failed;
};

void out_init(struct cp_out *, struct buf *);
/* Frames will be written as framing (enum cp_framing) says. */
void out_framing(struct cp_out *, uint32_t framing);
/* After a failure: the same framing at the same frame, whatever was half written is taken back. */
void out_renew(struct cp_out *);
/* At a stream's end, however it came: what the framing still wants. */
void out_end(struct cp_out *);
/* 0, or E_BUG / E_LIMIT: an open bracket or frame, a ceiling hit. */
int out_done(const struct cp_out *);

/* The services of the same name in struct cp_host. */
int out_write(struct cp_out *, struct cp_str);
int out_frame(struct cp_out *, struct cp_str event, struct cp_str data);
int out_frame_open(struct cp_out *, const char *event);
int out_frame_close(struct cp_out *);
int out_set_status(struct cp_out *, int status);
/* For every call of the json writer: a failure of it is one of out. */
int out_wrote(struct cp_out *, int rc);

/* Where an upstream request goes.  Filled by target(); strings live in the arena. */
enum { HEAD_HEADERS = 32, HEAD_QUERIES = 8 };
struct head_pair {
    struct cp_str name, value;
};
struct cp_head {
    struct arena *arena;
    struct cp_str model;   /* for {model} */
    struct cp_str key;     /* the clear key: only for key_begins(); lent */
    struct cp_str version; /* "v1"; "" if the adapter wants none */
    struct cp_str path;    /* "/messages", {model} filled in and escaped */
    struct head_pair headers[HEAD_HEADERS];
    struct head_pair queries[HEAD_QUERIES]; /* names and values percent-encoded already */
    uint32_t headers_n, queries_n;
    struct {
        int where; /* CP_IN_HEADER, CP_IN_QUERY; 0: nowhere */
        struct cp_str name, prefix;
    } key_place[2]; /* at most two places */
    uint32_t key_places_n;
    bool failed;
    struct err err;
};

void head_init(struct cp_head *, struct arena *, struct cp_str model, struct cp_str key);

/* The services of the same name in struct cp_host. */
int head_set_path(struct cp_head *, const char *version, const char *pattern);
int head_add_query(struct cp_head *, const char *name, struct cp_str value);
int head_add_header(struct cp_head *, const char *name, struct cp_str value);
int head_place_key(struct cp_head *, int where, const char *name, const char *prefix);
int head_key_begins(const struct cp_head *, const char *prefix);
/* Headers that carry a credential, on either side; plugins neither read nor write them. */
bool head_is_credential(struct cp_str name);

/* The same for names and opaque state: host_names.c. */
struct cp_str names_rename(struct cp_call *, struct cp_str name, size_t longest, int flags);
struct cp_str names_original(struct cp_call *, struct cp_str name);
struct cp_str names_digest(struct cp_call *, struct cp_str bytes);
struct cp_str names_wrap(struct cp_call *, const struct cp_item *state);
int names_unwrap(struct cp_call *, struct cp_str word, struct cp_item *state);
/* Does a client's body bear what only an answer that was translated has: state of another maker
 * that was wrapped here (in whichever spelling), or thoughts without a signature?  No service
 * takes them back as they are; who does not know (they may stand in somebody's text) says yes. */
bool names_are_wrapped(struct cp_str body);

/* Values of one channel for one adapter's option table (plugin/options.h). */
struct cp_conf;

const struct cp_host *host_table(void);
const struct cp_json *host_json(void);

#endif
