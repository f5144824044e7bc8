/* SPDX-License-Identifier: MIT */
/*
 * channels_nodes - changes of channels, their keys and switches in the tree of managed.conf: pure, without locks and answers.
 *
 * root is always that tree's root group.  What a file says of a channel is never changed here: what may change of such a
 * channel all the same are its switches.
 */
#ifndef ADMIN_CHANNELS_NODES_H
#define ADMIN_CHANNELS_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;
struct conf_channel;
struct node;

/* The channel's group; NULL: managed.conf has none of this id. */
struct node *channels_node(const struct node *root, struct cp_str id);
/* Its switches' group, made if is_made; NULL: none. */
struct node *channels_switch(struct arena *, struct node *root, struct cp_str id, bool is_made);
/* Switches that say nothing any more go. */
void channels_tidy(struct node *root);
/* The group to say status, promoted_until, priority and weight in: its own, or that of its switches. */
struct node *channels_settable(struct arena *, struct node *root, struct cp_str id);
/* Takes it out of everything there; false: it is not there. */
bool channels_remove(struct node *root, struct cp_str id);
/* Nobody but the channel of this id is promoted any more; absent: nobody at all. */
void channels_unpromote(struct node *root, struct cp_str but);

/* ---- keys ---- */

/*
 * Makes each key a group and says its id in it; what refers to the environment or a file is known by its place among those
 * of conf, which may be NULL.
 */
void channels_name_keys(struct arena *, struct node *keys, struct cp_str install_id,
                        const struct conf_channel *conf);
/* Ids are made, never written. */
void channels_unname_keys(struct node *keys);
/* Those whose ids are named come first, in that order.  E_ABSENT: err.where is the place of an id that nobody has. */
int channels_order_keys(struct node *keys, const struct cp_str *ids, size_t n, struct err *);

#endif
