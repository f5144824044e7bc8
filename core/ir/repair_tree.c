/* SPDX-License-Identifier: MIT */
/*
 * repair_tree - a request's conversation as nodes that can be moved.
 *
 * What stands behind a block and says more of it (members its dialect has and the tape has no item
 * for, its cache mark) is its trail: it goes where the block goes.  A member that stands before any
 * block is the message's.  Whether a NATIVE is a thing or a member its path tells: things are
 * elements of a list ("messages[3].content[1]").
 */
#include "ir/repair_tree.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

struct growth {
    struct repair *repair;
    struct repair_node
        *around[GRAMMAR_ENCLOSE + 1]; /* the message, and enclosures open in it */
    uint32_t depth;
    struct repair_node *open[GRAMMAR_OPEN_BLOCKS];
    uint32_t open_n;
    struct repair_node *last; /* what a mark or a member would be about */
};

/* ---- nodes ----------------------------------------------------------------------------------- */

struct repair_node *repair_tree_node(struct repair *r, const struct cp_item *it,
                                     const struct cp_item *from)
{
    struct repair_node *node = arena_need(r->arena, sizeof(*node));
    node->it = it;
    node->from = from;
    return node;
}

struct cp_item *repair_tree_edit(struct repair *r, struct repair_node *node)
{
    struct cp_item *copy = arena_need(r->arena, sizeof(*copy));
    *copy = *node->it;
    node->it = copy;
    return copy;
}

struct repair_node *repair_tree_message(struct repair *r, uint32_t role)
{
    struct cp_item *it = arena_need(r->arena, sizeof(*it));
    *it = (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = role };
    return repair_tree_node(r, it, NULL);
}

struct repair_node *repair_tree_text(struct repair *r, struct cp_str text,
                                     const struct cp_item *from)
{
    struct cp_item *it = arena_need(r->arena, sizeof(*it));
    *it = (struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = text };
    return repair_tree_node(r, it, from);
}

bool repair_tree_encloses(const struct repair_node *n)
{
    return n->it->kind == CP_MESSAGE || n->it->kind == CP_TOOL_RESULT ||
           (n->it->kind == CP_MEDIA && n->it->num == CP_FROM_PARTS);
}

void repair_tree_add(struct repair_list *list, struct repair_node *node)
{
    node->next = NULL;
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
}

void repair_tree_insert(struct repair_list *list, struct repair_node *at,
                        struct repair_node *node)
{
    struct repair_node **link = at ? &at->next : &list->first;
    node->next = *link;
    *link = node;
    if (list->last == at)
        list->last = node;
}

void repair_tree_append(struct repair_list *list, struct repair_list more)
{
    if (!more.first)
        return;
    if (list->last)
        list->last->next = more.first;
    else
        list->first = more.first;
    list->last = more.last;
}

static const struct repair_node *mark_of(const struct repair_node *node)
{
    for (const struct repair_node *t = node->trail.first; t; t = t->next)
        if (t->it->kind == CP_CACHE_MARK)
            return t;
    return NULL;
}

void repair_tree_remark(struct repair *r, struct repair_node *from, struct repair_node *to)
{
    const struct repair_node *mark = from == to ? NULL : mark_of(from);
    if (!mark)
        return;
    if (!to)
        repair_tree_tell(r, CP_DROPPED, mark->from, "nothing is left that it could mark");
    else if (!mark_of(to))
        repair_tree_add(&to->trail, repair_tree_node(r, mark->it, mark->from));
}

static bool is_piece_of(const struct repair_node *block, const struct repair_node *piece)
{
    return piece->it->kind == block->it->kind;
}

struct cp_str repair_tree_words(struct repair *r, const struct repair_node *block)
{
    struct cp_str only = block->it->text;
    size_t n = only.n;
    for (const struct repair_node *p = block->inside.first; p; p = p->next) {
        if (!is_piece_of(block, p) || !p->it->text.n)
            continue;
        only = n ? STR_NONE : p->it->text;
        n += p->it->text.n;
    }
    if (only.n == n)
        return only;
    char *all = arena_need(r->to->arena, n), *at = all;
    if (block->it->text.n)
        memcpy(at, block->it->text.p, block->it->text.n);
    at += block->it->text.n;
    for (const struct repair_node *p = block->inside.first; p; p = p->next) {
        if (!is_piece_of(block, p) || !p->it->text.n)
            continue;
        memcpy(at, p->it->text.p, p->it->text.n);
        at += p->it->text.n;
    }
    return str_n(all, n);
}

void repair_tree_tell(struct repair *r, int deed, const struct cp_item *it, const char *why)
{
    if (r->note)
        r->note(r->ctx, deed, it, why);
}

/* ---- growing --------------------------------------------------------------------------------- */

static struct repair_node *here(const struct growth *g)
{
    return g->depth ? g->around[g->depth - 1] : NULL;
}

static struct repair_list *room(const struct growth *g)
{
    return g->depth ? &here(g)->inside : &g->repair->turns;
}

static struct repair_node *plant(struct growth *g, const struct cp_item *it)
{
    struct repair_node *node = repair_tree_node(g->repair, it, it);
    repair_tree_add(room(g), node);
    g->last = node;
    return node;
}

static struct repair_node *find_open(struct growth *g, const struct cp_item *it)
{
    for (uint32_t i = 0; i < g->open_n; i++)
        if (g->open[i]->it->index == it->index)
            return g->open[i];
    return NULL;
}

static void forget_open(struct growth *g, const struct repair_node *node)
{
    for (uint32_t i = 0; i < g->open_n; i++)
        if (g->open[i] == node) {
            g->open[i] = g->open[--g->open_n];
            return;
        }
}

static void grow_block(struct growth *g, const struct cp_item *it)
{
    struct repair_node *node = it->flags & CP_OPEN ? NULL : find_open(g, it);
    if (node) {
        repair_tree_add(&node->inside, repair_tree_node(g->repair, it, it));
        g->last = node;
        if (it->flags & CP_CLOSE)
            forget_open(g, node);
        return;
    }
    node = plant(g, it);
    if (!(it->flags & CP_CLOSE) && g->open_n < GRAMMAR_OPEN_BLOCKS)
        g->open[g->open_n++] = node;
}

static void grow_attached(struct growth *g, const struct cp_item *it)
{
    struct repair_node *node = find_open(g, it);
    if (node)
        repair_tree_add(&node->inside, repair_tree_node(g->repair, it, it));
}

static void grow_enclosure(struct growth *g, const struct cp_item *it)
{
    if (it->flags & CP_OPEN) {
        struct repair_node *node = plant(g, it);
        if (it->kind == CP_TOOL_RESULT)
            node->role = CP_USER;
        g->around[g->depth++] = node;
        g->last = NULL;
    } else if (g->depth) {
        g->last = g->around[--g->depth];
    }
}

/* A NATIVE has no place for a mark. */
static struct repair_node *last_marked(const struct repair_list *list)
{
    struct repair_node *found = NULL;
    for (struct repair_node *n = list->first; n; n = n->next)
        if (n->it->kind != CP_NATIVE)
            found = n;
    return found;
}

static void grow_mark(struct growth *g, const struct cp_item *it)
{
    struct repair_node *node = g->last;
    if (node && node->it->kind == CP_MESSAGE)
        node = last_marked(&node->inside); /* its last word is where the prefix ends */
    if (!node)
        repair_tree_tell(g->repair, CP_DROPPED, it, "nothing is left that it could mark");
    else if (!mark_of(node))
        repair_tree_add(&node->trail, repair_tree_node(g->repair, it, it));
}

static bool is_thing(const struct cp_item *it)
{
    return it->kind == CP_CONTROL || str_ends(it->name, "]");
}

static void grow_native(struct growth *g, const struct cp_item *it)
{
    struct repair_node *node = repair_tree_node(g->repair, it, it);
    node->is_member = !is_thing(it);
    if (node->is_member && g->depth && g->last) {
        repair_tree_add(&g->last->trail, node);
        return;
    }
    bool is_head = !g->depth && (node->is_member || !g->repair->turns.first);
    repair_tree_add(is_head ? &g->repair->head : room(g), node);
    if (it->kind == CP_CONTROL) /* a mark behind a NATIVE is about what stood before */
        g->last = node;
}

static void grow_head(struct growth *g, const struct cp_item *it)
{
    struct repair_node *node = repair_tree_node(g->repair, it, it);
    repair_tree_add(&g->repair->head, node);
    g->last = node;
}

static void grow(struct growth *g, const struct cp_item *it)
{
    switch (it->kind) {
    case CP_AUX:
    case CP_END:
        break;
    case CP_CACHE_MARK:
        grow_mark(g, it);
        break;
    case CP_NATIVE:
    case CP_CONTROL:
        grow_native(g, it);
        break;
    case CP_STATE:
    case CP_CITE:
        grow_attached(g, it);
        break;
    case CP_MESSAGE:
    case CP_TOOL_RESULT:
        grow_enclosure(g, it);
        break;
    case CP_MEDIA:
        if (it->num == CP_FROM_PARTS || (it->flags == CP_CLOSE && !find_open(g, it)))
            grow_enclosure(g, it);
        else
            grow_block(g, it);
        break;
    default:
        if (grammar_is_block(it->kind))
            grow_block(g, it);
        else
            grow_head(g, it);
    }
}

void repair_tree_grow(struct repair *r)
{
    struct growth g = { .repair = r };
    for (uint32_t i = 0; i < r->from->n; i++)
        grow(&g, r->from->items[i]);
}
