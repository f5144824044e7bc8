/* SPDX-License-Identifier: MIT */
/*
 * twig - small changes of a tree of configuration nodes: cut off, put on, copy.
 *
 * Who changes managed.conf does it on nodes (conf/node.h) in an arena; nothing here knows what an option means.
 */
#ifndef ADMIN_TWIG_H
#define ADMIN_TWIG_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "conf/node.h"

/* Cuts the member of that name off; false: there is none. */
bool twig_drop(struct node *group, const char *name);
/* The node, which hangs nowhere and has a name, in the place of the member of that name, or last. */
void twig_put(struct node *group, struct node *);
/* A scalar of that name, likewise. */
void twig_put_text(struct arena *, struct node *group, const char *name, struct cp_str text);
void twig_put_int(struct arena *, struct node *group, const char *name, int64_t);
void twig_put_bool(struct arena *, struct node *group, const char *name, bool);
/* The list of that name, made if it is not there; what is no list is replaced. */
struct node *twig_list(struct arena *, struct node *group, const char *name);
/* Likewise the group of that name. */
struct node *twig_group(struct arena *, struct node *group, const char *name);
/* A new group at the end of a list. */
struct node *twig_add_group(struct arena *, struct node *list);
void twig_add_text(struct arena *, struct node *list, struct cp_str text);
/* The group of the list whose member says that text; NULL list: NULL. */
struct node *twig_find(const struct node *list, const char *member, struct cp_str text);
/* Takes strings that are this text out of a list; returns how many. */
size_t twig_drop_text(struct node *list, struct cp_str text);
bool twig_has_text(const struct node *list, struct cp_str text);
size_t twig_count(const struct node *); /* NULL: 0 */

#endif
