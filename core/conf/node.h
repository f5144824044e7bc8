/* SPDX-License-Identifier: MIT */
/*
 * node - a configuration before it means anything: a tree of names, texts and places.
 *
 * Files, .env, environment and command line all become nodes; who wins is decided here, what it
 * means is decided by table.h and channel.c.  Nodes live in an arena; their texts may be keys, so
 * node_wipe() goes over them before the arena dies.  At most NODE_DEPTH levels deep.
 */
#ifndef CONF_NODE_H
#define CONF_NODE_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct arena;
struct conf_report;
struct err;

enum { NODE_DEPTH = 32 };

enum node_kind {
    NODE_GROUP = 1,
    NODE_LIST = 2, /* libconfig's lists and arrays */
    NODE_STRING = 3,
    NODE_INT = 4,
    NODE_BOOL = 5,
    NODE_FLOAT = 6,
    NODE_TEXT = 7 /* from the environment: its option decides what it is */
};

struct node {
    enum node_kind kind;
    struct cp_str name;  /* absent in a list */
    struct cp_str text;  /* of a scalar: "true", "-3", a string without its quotes */
    struct cp_str where; /* "claude-proxy.conf:12", "environment:PORT" */
    struct node *next, *first, *last;
};

#define NODE_EACH(pos, parent) for (struct node *pos = (parent)->first; pos; pos = pos->next)

/* name and text are copied, where is lent for the arena's life. */
struct node *node_new(struct arena *, enum node_kind, struct cp_str name, struct cp_str where);
void node_append(struct node *parent, struct node *child);
struct node *node_get(const struct node *group, const char *name);   /* NULL: not there */
struct node *node_at(const struct node *root, struct cp_str path);   /* "limits.body" */
struct cp_str node_text(const struct node *group, const char *name); /* absent: not there */
void node_drop(struct node *parent, struct node *child);             /* it is in parent */
/* In child's place; child is not wiped. */
void node_replace(struct node *parent, struct node *child, struct node *by);
/* Another of the same, and of all that is in it; the places, too, are copied. */
struct node *node_copy(struct arena *, const struct node *);
bool node_is_scalar(const struct node *);
bool node_grows(const struct node *); /* a list that takes in what a later file has in it */
const char *node_kind_name(enum node_kind); /* "a string" */
/* E_CONFIG: what is wrong with the node, at its place. */
int node_fault(const struct node *, struct err *, const char *what);
/*
 * Moves what from holds into into.  Groups merge; the lists "channels", "client_keys", "families", "routes", "prices" and "switches" grow;
 * of anything else the later one wins, with a warning that names both places.
 */
void node_merge(struct node *into, struct node *from, struct conf_report *);
/*
 * Sets the text at path, making groups on the way, silently over what was there.  A NULL text removes.
 * returns  0, or E_CONFIG if something on the way is no group
 */
int node_set(struct arena *, struct node *root, struct cp_str path, struct cp_str text,
             struct cp_str where);
void node_wipe(struct node *);

/* Overwrites text that was lent as constant but is ours, so that no key stays behind. */
void node_wipe_text(struct cp_str);

#endif
