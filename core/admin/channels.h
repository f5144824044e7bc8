/* SPDX-License-Identifier: MIT */
/*
 * channels - what the files of the channels' doors share: how a channel looks, and how one is changed.
 *
 *   channels.c        /api/channels and /api/channels/{id}
 *   channels_order.c  their order, status, promotion; resume
 *   channels_show.c   one as JSON
 *   channels_health.c how it is, in that
 *   channels_edit.c   one change, from the handler to the steward and back
 *   channels_fault.c  what the configuration says of a wrong change, as JSON paths
 *   channels_nodes.c  changes of the tree of managed.conf
 *   keys.c, families.c, probe*.c, original*.c
 */
#ifndef ADMIN_CHANNELS_H
#define ADMIN_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct api_call;
struct arena;
struct buf;
struct conf_channel;
struct conf_key;
struct node;
struct roster_channel;
struct setup;
struct tree;

/* ---- channels_show.c ---- */

/* What is shown of a snapshot, at one moment. */
struct channels_view {
    const struct setup *setup;
    struct arena *arena;
    int64_t now_ms, wall_ms;
};

struct channels_view channels_view(const struct api_call *, const struct setup *);
/* The channel as the API shows it; the caller's. */
struct tree *channels_tree(const struct channels_view *, const struct conf_channel *);
/* What a list of many shows of it. */
struct tree *channels_brief(const struct channels_view *, const struct conf_channel *);
/* The members that only say how it is: who sends a channel back need not take them out. */
bool channels_is_told(struct cp_str member);
/*
 * What is said of one of a list's things; NULL: nothing.  What has no id of its own is known by its place; said and where
 * are of one snapshot.
 */
const struct node *channels_said(const struct node *said, const char *list, struct cp_str id,
                                 struct cp_str where);
/* Without quotes: says the same as long as what is said of the channel is the same. */
struct cp_str channels_tag(struct arena *, const struct node *said, struct cp_str id,
                           struct cp_str where);
bool channels_is_managed(const struct conf_channel *);
/* One of its keys, likewise. */
struct tree *channels_key_tree(const struct channels_view *, const struct conf_channel *,
                               size_t key);
/* channels_health.c: "health" of a channel; the members of a key that only say how it is. */
struct tree *channels_health(const struct channels_view *, const struct roster_channel *);
void channels_put_key_health(struct tree *, const struct channels_view *,
                             const struct roster_channel *, size_t key);
const char *channels_key_state(const struct channels_view *, const struct roster_channel *,
                               size_t key);
const char *channels_status_name(const struct conf_channel *);

/* ---- channels_edit.c ---- */

struct channels_fault;

struct channels_edit {
    struct api_call *call;
    /*
     * Changes root.  Not 0: err says why, and nothing happens.  What is there already it sees in setup and said below, not in
     * call->setup, which may be older.
     */
    int (*apply)(struct channels_edit *, struct node *root, struct err *);
    const void *with; /* the handler's */
    struct cp_str id; /* of the channel it is about; absent: none.  A POST sets it */
    /* What If-Match is compared with, without quotes; absent: with nothing.  NULL: the channel's tag. */
    struct cp_str (*tag)(const struct channels_edit *);
    struct cp_str what;   /* for the history and the log */
    struct cp_str result; /* apply's, for the handler; in the call's arena */
    bool is_quiet;
    /* for apply */
    struct arena *arena;
    const struct setup *setup; /* what serves, and goes on to do so until the edit is over */
    const struct node *said;   /* in it */
    const struct node *
        subject; /* apply says which group it has changed: complaints are told by paths in it */
    struct channels_fault *fault;
};

/*
 * Runs the change.  On true *setup is the snapshot that serves now, a reference that goes with the call; else the call has
 * failed.
 */
bool channels_run(struct channels_edit *, const struct setup **setup);
/* The channel in call->setup by its id, or NULL after failing with 404. */
const struct conf_channel *channels_find(struct api_call *, struct cp_str id);
/* E_DENIED: a file says it. */
int channels_deny(struct err *, const struct conf_channel *, const char *member);
/* The call's body as an object; NULL after failing.  Freed with the call. */
struct tree *channels_body(struct api_call *);
/* It was published: for who follows along. */
void channels_tell_news(struct api_call *, struct cp_str id, struct cp_str what);
/* A tree that is freed with the call. */
struct tree *channels_keep(struct api_call *, struct tree *);

/* ---- channels_fault.c ---- */

/* Notes what stands where, under the steward's lock. */
struct channels_fault *channels_fault_new(struct arena *, struct node *root,
                                          const struct node *subject);
/* Fails the call with what a look at the noted text complains of. */
void channels_fault_tell(struct api_call *, struct channels_fault *, struct cp_str report);

/* ---- for several ---- */

/* {"channel"} as it is now, with its tag, as the answer. */
void channels_answer(struct api_call *, const struct setup *, struct cp_str id, int status);
/* A new group for a channel in root, from an object; *id: given, or made of its name. */
int channels_create(struct channels_edit *, struct node *root, const struct tree *body,
                    struct err *);
/* RFC 7396 on a channel wherever it is defined. */
int channels_patch(struct channels_edit *, struct node *root, const struct tree *body,
                   bool is_whole, struct err *);
/* Priorities 1, 2, 3 ... for these, then for the others. */
int channels_reorder(struct channels_edit *, struct node *root, const struct cp_str *ids,
                     size_t n, struct err *);
/* The client API's own order is made anew of these. */
int channels_order_family(struct channels_edit *, struct node *root, struct cp_str family,
                          const struct cp_str *ids, size_t n, struct err *);
/* status: "active", "suspended" or "disabled". */
int channels_set_status(struct channels_edit *, struct node *root, struct cp_str status,
                        struct err *);
/* The managed group of a family, made if needed; NULL, err E_DENIED: a file says it. */
struct node *channels_family(struct channels_edit *, struct node *root, struct cp_str family,
                             struct err *);
/* The array "order" of the body, texts, each once; false after failing. */
bool channels_ids(struct api_call *, const struct tree *body, struct cp_str **ids, size_t *n);

/* ---- keys.c: changes of keys, by id; for the doors of old, too ---- */

/* What is asked of a channel's keys. */
struct keys_ask {
    struct cp_str channel;
    struct cp_str key; /* id */
    const struct tree
        *body; /* of a new key: {"key", "label", ...}; of one that is there: what changes */
    const struct cp_str *ids; /* of an order */
    size_t ids_n;
    int place;   /* of a move: -1 to the top, 1 to the bottom */
    bool is_old; /* the predecessor's ways: a channel that loses its last key is suspended */
};
int keys_add(struct channels_edit *, struct node *root, struct err *);
int keys_change(struct channels_edit *, struct node *root, struct err *);
int keys_remove(struct channels_edit *, struct node *root, struct err *);
int keys_order(struct channels_edit *, struct node *root, struct err *);
/* The key by its id, or by its mask if no other has it; NULL: none. */
const struct conf_key *keys_find(const struct conf_channel *, struct cp_str ref);

#endif
