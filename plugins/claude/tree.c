/* SPDX-License-Identifier: MIT */
/*
 * tree - a tape's messages as nodes, to be repaired and written.
 *
 * Pieces of a block are gathered under the node of its index, so that blocks which grew side by
 * side on the tape stand one after the other here, in the order in which they began.
 */
#include "claude.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH = 6 };

struct growth {
    struct cp_call *call;
    struct tree *tree;
    struct node *inside[DEPTH]; /* the message, and enclosures open in it */
    int depth;
    struct list wholes;    /* system and tools that are kept as they were spelled */
    struct node *open[32]; /* blocks */
    uint32_t open_index[32];
    int open_n;
    struct node *last; /* what a mark or a native member is about */
    int has_noted_choices;
};

/* ---- nodes ------------------------------------------------------------------------ */

struct node *claude_node_new(struct cp_call *call, uint32_t kind)
{
    struct node *node = host->alloc(call, sizeof(*node));

    if (node) {
        node->kind = kind;
        node->mark = -1;
    }
    return node;
}

void claude_list_add(struct list *list, struct node *node)
{
    node->next = NULL;
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
}

void claude_node_add(struct node *parent, struct node *child)
{
    child->next = NULL;
    if (parent->child_last)
        parent->child_last->next = child;
    else
        parent->child = child;
    parent->child_last = child;
}

void claude_refs_add(struct cp_call *call, struct refs *refs, const struct cp_item *it)
{
    struct ref *ref = host->alloc(call, sizeof(*ref));

    if (!ref)
        return;
    ref->it = it;
    if (refs->last)
        refs->last->next = ref;
    else
        refs->first = ref;
    refs->last = ref;
}

struct cp_str claude_param(const struct tree *tree, const char *name)
{
    struct cp_str v = NOTHING;

    for (const struct ref *p = tree->params.first; p; p = p->next)
        if (claude_is(p->it->name, name))
            v = p->it->text;
    return v;
}

struct cp_str claude_node_text(struct cp_call *call, const struct node *node)
{
    size_t n = 0;
    const struct ref *only = NULL;

    if (!node->head)
        return node->text;
    for (const struct ref *p = node->pieces.first; p; p = p->next) {
        if (p->it->kind != node->kind || !p->it->text.n)
            continue;
        only = n ? NULL : p;
        n += p->it->text.n;
    }
    if (n == 0 || only)
        return n ? only->it->text : S("");
    char *s = host->alloc(call, n + 1);
    if (!s)
        return NOTHING;
    n = 0;
    for (const struct ref *p = node->pieces.first; p; p = p->next) {
        if (p->it->kind != node->kind || !p->it->text.n)
            continue;
        memcpy(s + n, p->it->text.p, p->it->text.n);
        n += p->it->text.n;
    }
    return (struct cp_str){ s, n };
}

/* Only white space: the service refuses such text as it refuses none. */
int claude_node_is_empty(const struct node *node)
{
    if (!node->head)
        return claude_is_blank(node->text);
    for (const struct ref *p = node->pieces.first; p; p = p->next)
        if (p->it->kind == node->kind && !claude_is_blank(p->it->text))
            return 0;
    return 1;
}

const struct cp_item *claude_node_state(const struct node *node)
{
    const struct cp_item *state = NULL;

    for (const struct ref *p = node->pieces.first; p; p = p->next)
        if (p->it->kind == CP_STATE)
            state = p->it;
    return state;
}

struct cp_str claude_native_key(const struct cp_item *it)
{
    size_t n = it->name.n;

    while (n && it->name.p[n - 1] != '.')
        n--;
    return (struct cp_str){ it->name.p + n, it->name.n - n };
}

const struct cp_item *claude_node_native(const struct refs *natives, const char *member)
{
    for (const struct ref *n = natives->first; n; n = n->next)
        if (claude_is(claude_native_key(n->it), member))
            return n->it;
    return NULL;
}

/* ---- growing ------------------------------------------------------------------------ */

static struct node *here(struct growth *g)
{
    return g->depth ? g->inside[g->depth - 1] : NULL;
}

static struct node *grow(struct growth *g, const struct cp_item *it)
{
    struct node *node = claude_node_new(g->call, it->kind);

    if (!node)
        return NULL;
    node->head = it;
    node->sub = it->sub;
    node->id = it->id;
    node->name = it->name;
    node->is_error = it->kind == CP_TOOL_RESULT && it->num == 1;
    g->last = node;
    return node;
}

static struct node *find_open(struct growth *g, uint32_t index)
{
    for (int i = 0; i < g->open_n; i++)
        if (g->open_index[i] == index)
            return g->open[i];
    return NULL;
}

static void keep_open(struct growth *g, struct node *node, uint32_t index)
{
    if (g->open_n == 32) { /* the oldest must be done with */
        memmove(g->open, g->open + 1, 31 * sizeof(g->open[0]));
        memmove(g->open_index, g->open_index + 1, 31 * sizeof(g->open_index[0]));
        g->open_n--;
    }
    g->open[g->open_n] = node;
    g->open_index[g->open_n++] = index;
}

static void forget_open(struct growth *g, const struct node *node)
{
    for (int i = 0; i < g->open_n; i++) {
        if (g->open[i] != node)
            continue;
        g->open[i] = g->open[--g->open_n];
        g->open_index[i] = g->open_index[g->open_n];
        return;
    }
}

/* A message for a block that stands at the top, as a compaction may. */
static struct node *need_message(struct growth *g)
{
    struct node *message = here(g);

    if (message)
        return message;
    message = claude_node_new(g->call, CP_MESSAGE);
    if (!message)
        return NULL;
    message->sub = CP_USER;
    claude_list_add(&g->tree->messages, message);
    return message;
}

static void take_block(struct growth *g, const struct cp_item *it)
{
    struct node *node = it->flags & CP_OPEN ? NULL : find_open(g, it->index);

    if (!node) {
        struct node *parent = need_message(g);
        node = parent ? grow(g, it) : NULL;
        if (!node)
            return;
        claude_node_add(parent, node);
        keep_open(g, node, it->index);
    }
    claude_refs_add(g->call, &node->pieces, it);
    g->last = node;
    if (it->flags & CP_CLOSE)
        forget_open(g, node);
}

static void take_enclosure(struct growth *g, const struct cp_item *it)
{
    if (it->flags & CP_CLOSE) {
        g->last = here(g);
        g->depth -= g->depth > 0;
        return;
    }
    struct node *parent = it->kind == CP_MESSAGE ? NULL : need_message(g);
    struct node *node = grow(g, it);
    if (!node || g->depth == DEPTH)
        return;
    if (parent)
        claude_node_add(parent, node);
    else
        claude_list_add(&g->tree->messages, node);
    g->inside[g->depth++] = node;
}

static void take_native(struct growth *g, const struct cp_item *it)
{
    struct cp_str path = it->name;
    int is_inside = claude_begins(path, "messages[") || claude_begins(path, "content[");

    if (!claude_is(it->id, CLAUDE_MAKER) || path.n == 0 || !it->text.p) {
        host->note_item(g->call, CP_DROPPED, it, "only its maker's dialect can say it");
        return;
    }
    if (is_inside && claude_ends(path, "]")) {
        struct node *parent = need_message(g), *node = parent ? grow(g, it) : NULL;
        if (node)
            claude_node_add(parent, node);
    } else if (is_inside) {
        /* "messages[3].output_config" is the message's, "...content[0].caller" the block's */
        size_t n = path.n - claude_native_key(it).n;
        struct cp_str holder = { path.p, n ? n - 1 : 0 };
        struct node *node = claude_has(holder, "content[") ? g->last : here(g);
        if (node)
            claude_refs_add(g->call, &node->natives, it);
    } else if (claude_begins(path, "system[") || claude_begins(path, "tools[")) {
        struct node *node = grow(g, it);
        if (node)
            claude_list_add(&g->wholes, node);
    } else {
        claude_refs_add(g->call, &g->tree->natives, it);
    }
}

static void take_head(struct growth *g, const struct cp_item *it)
{
    struct node *node;

    switch (it->kind) {
    case CP_START:
        g->tree->start = it;
        break;
    case CP_PARAM:
        claude_refs_add(g->call, &g->tree->params, it);
        break;
    case CP_SYSTEM:
    case CP_TOOL:
        node = grow(g, it);
        if (node)
            claude_list_add(it->kind == CP_TOOL ? &g->tree->tools : &g->tree->systems, node);
        break;
    case CP_TOOL_CHOICE:
        claude_refs_add(g->call, &g->tree->choices, it);
        break;
    case CP_STOP:
        g->tree->stop = it;
        break;
    case CP_USAGE:
        claude_refs_add(g->call, &g->tree->usage, it);
        break;
    case CP_ERROR:
        g->tree->error = it;
        break;
    default:
        break;
    }
}

static void take_control(struct growth *g, const struct cp_item *it)
{
    struct node *parent = here(g);

    if (!parent || !claude_is(it->id, CLAUDE_MAKER) || !it->text.p) {
        host->note_item(g->call, CP_DROPPED, it, "only its maker's dialect can say it");
        return;
    }
    struct node *node = grow(g, it);
    if (node)
        claude_node_add(parent, node);
}

static void take(struct growth *g, const struct cp_item *it)
{
    struct node *node;

    switch (it->kind) {
    case CP_MESSAGE:
    case CP_TOOL_RESULT:
        take_enclosure(g, it);
        break;
    case CP_MEDIA:
        if (it->num == CP_FROM_PARTS)
            take_enclosure(g, it);
        else
            take_block(g, it);
        break;
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
    case CP_TOOL_CALL:
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
    case CP_COMPACTION:
        take_block(g, it);
        break;
    case CP_STATE:
    case CP_CITE:
        node = find_open(g, it->index);
        if (node)
            claude_refs_add(g->call, &node->pieces, it);
        break;
    case CP_CACHE_MARK:
        if (g->last)
            g->last->mark = it->num;
        break;
    case CP_NATIVE:
        take_native(g, it);
        break;
    case CP_CONTROL:
        take_control(g, it);
        break;
    default:
        take_head(g, it);
    }
}

/* ---- system and tools that came as they were ------------------------------------------ */

/* The number in "tools[12].x", and whether nothing follows it. */
static size_t place_of(struct cp_str path, int *is_whole)
{
    size_t i = 0, n = 0;

    while (i < path.n && path.p[i] != '[')
        i++;
    for (i++; i < path.n && path.p[i] >= '0' && path.p[i] <= '9' && n < 10000000; i++)
        n = n * 10 + (size_t)(path.p[i] - '0');
    *is_whole = i + 1 == path.n;
    return n;
}

/* The next of those that belong to this list; paths come in the order of their numbers. */
static struct node *next_whole(struct node *w, const char *prefix, int is_whole, size_t *place)
{
    for (; w; w = w->next) {
        int whole;
        *place = place_of(w->head->name, &whole);
        if (claude_begins(w->head->name, prefix) && whole == is_whole)
            return w;
    }
    return NULL;
}

/* Whole ones take the place their path says among the others. */
static void insert_wholes(struct growth *g, struct list *list, const char *prefix)
{
    struct list merged = { NULL, NULL };
    struct node *n = list->first, *next;
    size_t at = 0, place;
    struct node *w = next_whole(g->wholes.first, prefix, 1, &place);

    for (; w || n; at++) {
        if (w && (place <= at || !n)) {
            struct node *copy = claude_node_new(g->call, CP_NATIVE);
            if (!copy)
                break;
            copy->head = w->head;
            claude_list_add(&merged, copy);
            w = next_whole(w->next, prefix, 1, &place);
        } else {
            next = n->next;
            claude_list_add(&merged, n);
            n = next;
        }
    }
    *list = merged;
}

static void attach_members(struct growth *g, struct list *list, const char *prefix)
{
    struct node *n = list->first;
    size_t at = 0, place;

    for (struct node *w = g->wholes.first; (w = next_whole(w, prefix, 0, &place));
         w = w->next) {
        if (place < at) { /* out of order: look from the beginning */
            n = list->first;
            at = 0;
        }
        for (; n && at < place; at++)
            n = n->next;
        if (n)
            claude_refs_add(g->call, &n->natives, w->head);
    }
}

static void settle(struct growth *g)
{
    insert_wholes(g, &g->tree->systems, "system[");
    insert_wholes(g, &g->tree->tools, "tools[");
    attach_members(g, &g->tree->systems, "system[");
    attach_members(g, &g->tree->tools, "tools[");
}

struct tree *claude_tree_grow(struct cp_call *call, const struct cp_tape *tape)
{
    struct growth *g = host->alloc(call, sizeof(*g));
    const struct cp_item *it;

    if (!g)
        return NULL;
    g->call = call;
    g->tree = host->alloc(call, sizeof(*g->tree));
    if (!g->tree)
        return NULL;
    for (size_t i = 0; (it = host->item(tape, i)); i++) {
        if (it->choice == 0) {
            take(g, it);
        } else if (!g->has_noted_choices) {
            claude_note(call, CP_DROPPED, "choices[1]", "one answer is all there is room for");
            g->has_noted_choices = 1;
        }
    }
    settle(g);
    return g->tree;
}
