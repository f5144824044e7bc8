/* SPDX-License-Identifier: MIT */
/*
 * repair_write - the tree as a tape: every block in one piece, or in one for each segment.
 */
#include "ir/repair_tree.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

struct block {
    const struct repair_node *node;
    struct cp_item head; /* what its pieces say of it together */
    bool is_attached;    /* STATE or CITE: it cannot be one item */
};

static void put(struct repair *r, const struct cp_item *it)
{
    if (!r->rc)
        r->rc = tape_share(r->to, it);
}

static bool is_piece(const struct block *b, const struct repair_node *p)
{
    return p->it->kind == b->head.kind;
}

static struct block read_block(const struct repair_node *node)
{
    struct block b = { .node = node, .head = *node->it };
    for (const struct repair_node *p = node->inside.first; p; p = p->next) {
        const struct cp_item *it = p->it;
        if (!is_piece(&b, p)) {
            b.is_attached = true;
            continue;
        }
        if (!b.head.name.n)
            b.head.name = it->name;
        if (!b.head.id.n)
            b.head.id = it->id;
        if (it->meta.p)
            b.head.meta = it->meta;
        if (!b.head.sub)
            b.head.sub = it->sub;
        if (!b.head.num)
            b.head.num = it->num;
    }
    b.head.index = 0;
    return b;
}

/* The pieces from *at to the next segment (NULL: the end) as one text; first: the block's head is
 * one of them. */
static struct cp_str join_segment(struct repair *r, const struct block *b, bool is_first,
                                  const struct repair_node **at)
{
    struct cp_str head = is_first ? b->node->it->text : STR_NONE, only = head;
    const struct repair_node *begin = *at, *p;
    size_t n = head.n;

    for (p = begin; p; p = p->next) {
        if (!is_piece(b, p))
            continue;
        if (p->it->flags & CP_SEGMENT && (is_first || p != begin))
            break;
        if (p->it->text.n)
            only = p->it->text;
        n += p->it->text.n;
    }
    *at = p;
    if (n == only.n)
        return only;
    char *all = arena_need(r->to->arena, n), *to = all;
    if (head.n)
        memcpy(to, head.p, head.n);
    to += head.n;
    for (const struct repair_node *q = begin; q != p; q = q->next)
        if (is_piece(b, q) && q->it->text.n) {
            memcpy(to, q->it->text.p, q->it->text.n);
            to += q->it->text.n;
        }
    return str_n(all, n);
}

static void write_attached(struct repair *r, const struct block *b)
{
    for (const struct repair_node *p = b->node->inside.first; p; p = p->next) {
        if (is_piece(b, p))
            continue;
        struct cp_item it = *p->it;
        it.index = 0;
        put(r, &it);
    }
    put(r, &(struct cp_item){
               .size = sizeof(struct cp_item), .kind = b->head.kind, .flags = CP_CLOSE });
}

static void write_block(struct repair *r, const struct repair_node *node)
{
    struct block b = read_block(node);
    const struct repair_node *at = node->inside.first;
    bool is_first = true;
    do {
        struct cp_item it = b.head;
        it.text = join_segment(r, &b, is_first, &at);
        it.flags = is_first ? CP_OPEN : CP_SEGMENT;
        if (!at && !b.is_attached)
            it.flags |= CP_CLOSE;
        put(r, &it);
        is_first = false;
    } while (at);
    if (b.is_attached)
        write_attached(r, &b);
}

static void write_node(struct repair *r, const struct repair_node *n);

static void write_list(struct repair *r, const struct repair_list *list)
{
    for (const struct repair_node *n = list->first; n; n = n->next)
        write_node(r, n);
}

static void write_node(struct repair *r, const struct repair_node *n)
{
    if (repair_tree_encloses(n)) {
        struct cp_item it = *n->it;
        it.flags = CP_OPEN;
        put(r, &it);
        write_list(r, &n->inside);
        put(r, &(struct cp_item){ .size = sizeof(it),
                                  .kind = it.kind,
                                  .flags = CP_CLOSE,
                                  .num = it.kind == CP_MEDIA ? CP_FROM_PARTS : 0 });
    } else if (grammar_is_block(n->it->kind)) {
        write_block(r, n);
    } else {
        put(r, n->it);
    }
    write_list(r, &n->trail);
}

void repair_write(struct repair *r)
{
    write_list(r, &r->head);
    write_list(r, &r->turns);
    put(r, &(struct cp_item){ CP_ITEM(END) });
}
