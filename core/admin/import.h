/* SPDX-License-Identifier: MIT */
/*
 * import - the predecessor's .env and config.json as configuration of ours.
 *
 * Reads texts, never files, and changes nothing by itself: what comes out is what managed.conf would say, and a report in
 * three lists.  What the predecessor did is kept where it did no harm; where ours is different the report says so in a
 * sentence that a user of the predecessor understands.  Both texts are taken or none is.
 */
#ifndef ADMIN_IMPORT_H
#define ADMIN_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;
struct node;
struct tree;

struct import_source {
    struct cp_str env;    /* the text of .env; absent: there is none */
    struct cp_str config; /* the text of config.json; absent: there is none */
    int64_t wall_ms;      /* now: a promotion that is over is left */
};

struct import {
    struct arena *arena; /* lent: what is laid lives there */
    struct node *
        root; /* settings, families and channels, as in managed.conf; holds keys in clear: import_fini() */
    struct cp_str access_key; /* of its clients; absent: none, or one that everybody knows */
    /* Lists of sentences: "taken", "changed", "not_supported".  No secret is in them. */
    struct tree *report;
    size_t channels_n, keys_n; /* in root */
};

/* E_SYNTAX: err says in which text, where and why, and nothing came out of either. */
int import_read(struct import *, struct arena *, const struct import_source *, struct err *);
/*
 * Lays it over a tree of managed.conf.  What is there already, by base URL and key, is left, so it can be done again;
 * what a file says (said) is left to the file.
 *
 * has_access_key  somebody has said one: the predecessor's becomes a client key instead
 */
void import_lay(struct import *, struct node *managed, const struct node *said,
                bool has_access_key);
/* Wipes the keys that were not laid, and frees all but the report, which becomes the caller's. */
struct tree *import_fini(struct import *);

#endif
