/* SPDX-License-Identifier: MIT */
/*
 * convert - a piece of configuration as JSON and back: what the API shows and takes, by the table of options.
 *
 * The members are the options' names, groups are objects, lists are arrays; sizes and times are texts with their units, as in
 * the files.  No secret ever comes out: where one stands, its object has "id", "mask" and "fingerprint" instead of "key".
 * One that comes in and is the mask, the id or the fingerprint of one that is there means that one, unchanged.  (An id
 * is found where the old group says it: who patches managed.conf puts them there, and takes them away again.)
 */
#ifndef ADMIN_CONVERT_H
#define ADMIN_CONVERT_H

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;
struct node;
struct tree;

/*
 * A group or list of the tree of what is said (struct conf.said), or of managed.conf.
 *
 * prefix  of its options: "channels.", "" for the root
 */
struct tree *convert_out(const char *prefix, const struct node *);
/*
 * An object to a group with these members, checked against the table as far as names and kinds go; the rest is the
 * steward's to check.
 *
 * E_CONFIG  err.where is the JSON path
 */
int convert_in(const char *prefix, const struct tree *, struct arena *, struct node **group,
               struct err *);
/* RFC 7396 on nodes: members of patch replace those of group, null removes; lists are replaced whole. */
int convert_patch(const char *prefix, const struct tree *patch, struct arena *,
                  struct node *group, struct err *);

/* "sha256:" and 16 hex digits: a key people have twice is the same twice, and nobody can make the key of it. */
void convert_fingerprint(struct cp_str clear, char out[32]);

#endif
