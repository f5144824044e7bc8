/* SPDX-License-Identifier: MIT */
/*
 * twig - small changes of a tree of configuration nodes: cut off, put on, copy.
 */
#include "admin/twig.h"

#include "base/arena.h"
#include "base/str.h"

bool twig_drop(struct node *group, const char *name)
{
    struct node *n = node_get(group, name);

    if (n)
        node_drop(group, n);
    return n != NULL;
}

void twig_put(struct node *group, struct node *node)
{
    struct node *before = NULL;

    NODE_EACH(n, group)
    {
        if (str_eq(n->name, node->name)) {
            node->next = n->next;
            if (before)
                before->next = node;
            else
                group->first = node;
            if (group->last == n)
                group->last = node;
            return;
        }
        before = n;
    }
    node_append(group, node);
}

static struct node *twig_new(struct arena *arena, const struct node *parent,
                             enum node_kind kind, const char *name, struct cp_str text)
{
    struct node *n = node_new(arena, kind, str_of(name), parent->where);

    if (text.p)
        n->text = arena_copy(arena, text);
    return n;
}

void twig_put_text(struct arena *arena, struct node *group, const char *name,
                   struct cp_str text)
{
    twig_put(group, twig_new(arena, group, NODE_STRING, name, text));
}

void twig_put_int(struct arena *arena, struct node *group, const char *name, int64_t value)
{
    twig_put(group, twig_new(arena, group, NODE_INT, name,
                             arena_printf(arena, "%lld", (long long)value)));
}

void twig_put_bool(struct arena *arena, struct node *group, const char *name, bool value)
{
    twig_put(group,
             twig_new(arena, group, NODE_BOOL, name, value ? STR("true") : STR("false")));
}

/* The member of that name and kind, made if it is not there. */
static struct node *twig_need(struct arena *arena, struct node *group, enum node_kind kind,
                              const char *name)
{
    struct node *n = node_get(group, name);

    if (n && n->kind == kind)
        return n;
    n = twig_new(arena, group, kind, name, STR_NONE);
    twig_put(group, n);
    return n;
}

struct node *twig_list(struct arena *arena, struct node *group, const char *name)
{
    return twig_need(arena, group, NODE_LIST, name);
}

struct node *twig_group(struct arena *arena, struct node *group, const char *name)
{
    return twig_need(arena, group, NODE_GROUP, name);
}

struct node *twig_add_group(struct arena *arena, struct node *list)
{
    struct node *n = twig_new(arena, list, NODE_GROUP, NULL, STR_NONE);

    node_append(list, n);
    return n;
}

void twig_add_text(struct arena *arena, struct node *list, struct cp_str text)
{
    node_append(list, twig_new(arena, list, NODE_STRING, NULL, text));
}

struct node *twig_find(const struct node *list, const char *member, struct cp_str text)
{
    if (!list || list->kind != NODE_LIST || !text.p)
        return NULL;
    NODE_EACH(n, list)
    if (n->kind == NODE_GROUP && str_eq(node_text(n, member), text))
        return n;
    return NULL;
}

size_t twig_drop_text(struct node *list, struct cp_str text)
{
    size_t dropped = 0;

    for (struct node *n = list ? list->first : NULL, *next; n; n = next) {
        next = n->next;
        if (node_is_scalar(n) && str_eq(n->text, text)) {
            node_drop(list, n);
            dropped++;
        }
    }
    return dropped;
}

bool twig_has_text(const struct node *list, struct cp_str text)
{
    NODE_EACH(n, list)
    if (node_is_scalar(n) && str_eq(n->text, text))
        return true;
    return false;
}

size_t twig_count(const struct node *list)
{
    size_t count = 0;

    if (list)
        NODE_EACH(n, list)
    count++;
    return count;
}
