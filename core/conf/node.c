/* SPDX-License-Identifier: MIT */
/*
 * node - a configuration before it means anything: a tree of names, texts and places.
 *
 * Lists are short and read once, so children are a linked list and looking up is walking.
 */
#include "conf/node.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"

#include <stdint.h>
#include <stdio.h>

struct node *node_new(struct arena *arena, enum node_kind kind, struct cp_str name,
                      struct cp_str where)
{
    struct node *n = arena_need(arena, sizeof(*n));
    n->kind = kind;
    n->name = name.p ? arena_copy(arena, name) : STR_NONE;
    n->where = where;
    return n;
}

void node_append(struct node *parent, struct node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static struct node *node_find(const struct node *group, struct cp_str name)
{
    if (!group || group->kind != NODE_GROUP)
        return NULL;
    NODE_EACH(n, group)
    if (str_eq(n->name, name))
        return n;
    return NULL;
}

struct node *node_get(const struct node *group, const char *name)
{
    return node_find(group, str_of(name));
}

struct node *node_at(const struct node *root, struct cp_str path)
{
    struct node *n = NULL;
    struct cp_str part;
    while (str_split(&path, '.', &part)) {
        n = node_find(root, part);
        if (!n)
            return NULL;
        root = n;
    }
    return n;
}

struct cp_str node_text(const struct node *group, const char *name)
{
    const struct node *n = node_get(group, name);
    return n && node_is_scalar(n) ? n->text : STR_NONE;
}

bool node_is_scalar(const struct node *n)
{
    return n->kind != NODE_GROUP && n->kind != NODE_LIST;
}

const char *node_kind_name(enum node_kind kind)
{
    static const char *const names[] = {
        [NODE_GROUP] = "a group { }", [NODE_LIST] = "a list",        [NODE_STRING] = "a string",
        [NODE_INT] = "an integer",    [NODE_BOOL] = "true or false", [NODE_FLOAT] = "a float",
        [NODE_TEXT] = "text",
    };
    return names[kind];
}

int node_fault(const struct node *n, struct err *err, const char *what)
{
    char where[sizeof(err->where)];

    snprintf(where, sizeof(where), "%.*s", STR_FMT(n->where));
    return err_set(err, E_CONFIG, where, "%s", what);
}

void node_drop(struct node *parent, struct node *child)
{
    struct node *before = NULL;
    for (struct node *n = parent->first; n != child; n = n->next)
        before = n;
    if (before)
        before->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = before;
}

void node_replace(struct node *parent, struct node *child, struct node *by)
{
    struct node **at = &parent->first;
    while (*at != child)
        at = &(*at)->next;
    *at = by;
    by->next = child->next;
    if (parent->last == child)
        parent->last = by;
}

struct node *node_copy(struct arena *arena, const struct node *from)
{
    struct node *n = node_new(arena, from->kind, from->name, STR_NONE);
    n->where = from->where.p ? arena_copy(arena, from->where) : STR_NONE;
    n->text = from->text.p ? arena_copy(arena, from->text) : STR_NONE;
    NODE_EACH(child, from)
    node_append(n, node_copy(arena, child));
    return n;
}

bool node_grows(const struct node *n)
{
    return str_is(n->name, "channels") || str_is(n->name, "client_keys") ||
           str_is(n->name, "families") || str_is(n->name, "routes") ||
           str_is(n->name, "prices") || str_is(n->name, "switches");
}

static void node_move_all(struct node *into, struct node *from)
{
    for (struct node *n = from->first, *next; n; n = next) {
        next = n->next;
        node_append(into, n);
    }
    from->first = from->last = NULL;
}

/* Two of one name meet: old stays, wins over, or takes in what the later one has. */
static void node_meet(struct node *into, struct node *old, struct node *later,
                      struct conf_report *report)
{
    if (old->kind == NODE_GROUP && later->kind == NODE_GROUP) {
        node_merge(old, later, report);
    } else if (old->kind == NODE_LIST && later->kind == NODE_LIST && node_grows(old)) {
        node_move_all(old, later);
    } else {
        conf_complain(report, false, later->where, "\"%.*s\" replaces what %.*s says",
                      STR_FMT(later->name), STR_FMT(old->where));
        node_wipe(old);
        node_drop(into, old);
        node_append(into, later);
    }
}

void node_merge(struct node *into, struct node *from, struct conf_report *report)
{
    for (struct node *n = from->first, *next; n; n = next) {
        next = n->next;
        struct node *old = node_find(into, n->name);
        if (old)
            node_meet(into, old, n, report);
        else
            node_append(into, n);
    }
    from->first = from->last = NULL;
}

int node_set(struct arena *arena, struct node *root, struct cp_str path, struct cp_str text,
             struct cp_str where)
{
    struct node *group = root;
    struct cp_str part;
    while (str_split(&path, '.', &part) && path.p) {
        struct node *n = node_find(group, part);
        if (n && n->kind != NODE_GROUP)
            return E_CONFIG;
        if (!n) {
            n = node_new(arena, NODE_GROUP, part, where);
            node_append(group, n);
        }
        group = n;
    }
    struct node *old = node_find(group, part);
    if (old) {
        node_wipe(old);
        node_drop(group, old);
    }
    if (text.p) {
        struct node *n = node_new(arena, NODE_TEXT, part, where);
        n->text = arena_copy(arena, text);
        node_append(group, n);
    }
    return 0;
}

void node_wipe(struct node *root)
{
    if (root->kind == NODE_STRING || root->kind == NODE_TEXT)
        node_wipe_text(root->text);
    NODE_EACH(n, root)
    node_wipe(n);
}

void node_wipe_text(struct cp_str text)
{
    if (text.n)
        explicit_bzero((void *)(uintptr_t)text.p, text.n);
}
