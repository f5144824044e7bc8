/* SPDX-License-Identifier: MIT */
/*
 * repair_turns - messages: one role each, none empty, no two neighbours of one role.
 */
#include "ir/repair_tree.h"

#include "base/str.h"

static bool is_message(const struct repair_node *n)
{
    return n->it->kind == CP_MESSAGE;
}

static bool is_misplaced(const struct repair_node *message, const struct repair_node *block)
{
    return block->role && block->role != message->it->sub;
}

static struct repair_node *open_turn(struct repair *r, uint32_t role)
{
    struct repair_node *turn = repair_tree_message(r, role);
    repair_tree_add(&r->turns, turn);
    return turn;
}

/* The rest of the message behind a block that left it is a message like it. */
static struct repair_node *open_rest(struct repair *r, const struct repair_node *message)
{
    struct repair_node *rest = repair_tree_node(r, message->it, message->from);
    repair_tree_add(&r->turns, rest);
    return rest;
}

static void split_message(struct repair *r, struct repair_node *message)
{
    struct repair_node *n = message->inside.first, *next, *into = message;
    message->inside = (struct repair_list){ NULL, NULL };
    repair_tree_add(&r->turns, message);
    for (; n; n = next) {
        next = n->next;
        uint32_t role = is_misplaced(message, n) ? n->role : message->it->sub;
        if (into->it->sub != role && role == message->it->sub)
            into = open_rest(r, message);
        else if (into->it->sub != role)
            into = open_turn(r, role);
        repair_tree_add(&into->inside, n);
    }
}

static bool needs_split(const struct repair_node *message)
{
    for (const struct repair_node *n = message->inside.first; n; n = n->next)
        if (is_misplaced(message, n))
            return true;
    return false;
}

void repair_turns_split(struct repair *r)
{
    struct repair_node *n = r->turns.first, *next;
    r->turns = (struct repair_list){ NULL, NULL };
    for (; n; n = next) {
        next = n->next;
        if (is_message(n) && needs_split(n))
            split_message(r, n);
        else if (n->role && !is_message(n)) /* a compaction that stood between messages */
            repair_tree_add(&open_turn(r, n->role)->inside, n);
        else
            repair_tree_add(&r->turns, n);
    }
}

static bool is_empty(const struct repair_node *message)
{
    for (const struct repair_node *n = message->inside.first; n; n = n->next)
        if (!n->is_member)
            return false;
    return true;
}

static void tell_members(struct repair *r, const struct repair_node *message)
{
    if (message->from && message->it->name.n)
        repair_tree_tell(r, CP_DROPPED, message->from, "an empty message");
    for (const struct repair_node *n = message->inside.first; n; n = n->next)
        repair_tree_tell(r, CP_DROPPED, n->from, "a member of an empty message");
}

/* Names that two messages do not share are neither's. */
static void merge_heads(struct repair *r, struct repair_node *to,
                        const struct repair_node *from)
{
    static const char why[] = "the author's name of one of two messages that became one";
    bool has_name = str_eq(to->it->name, from->it->name);
    bool has_id = str_eq(to->it->id, from->it->id);
    if (!has_name && to->it->name.n)
        repair_tree_tell(r, CP_DROPPED, to->from, why);
    if (!has_name && from->it->name.n)
        repair_tree_tell(r, CP_DROPPED, from->from, why);
    if (!has_name || !has_id) {
        struct cp_item *it = repair_tree_edit(r, to);
        it->name = has_name ? it->name : STR_NONE;
        it->id = has_id ? it->id : STR_NONE;
    }
    if (from->from != to->from)
        repair_tree_tell(r, CP_MAPPED, from->from, "two messages of one role became one");
}

static void merge_into(struct repair *r, struct repair_node *to, struct repair_node *from)
{
    if (!to->from) { /* made here: it was always the other's */
        to->it = from->it;
        to->from = from->from;
    } else if (from->from) {
        merge_heads(r, to, from);
    }
    repair_tree_append(&to->inside, from->inside);
}

void repair_turns_merge(struct repair *r)
{
    struct repair_node *n = r->turns.first, *next;
    r->turns = (struct repair_list){ NULL, NULL };
    for (; n; n = next) {
        next = n->next;
        if (!is_message(n)) {
            repair_tree_add(&r->turns, n);
            continue;
        }
        if (is_empty(n)) {
            tell_members(r, n);
            continue;
        }
        struct repair_node *last = r->turns.last;
        if (last && is_message(last) && last->it->sub == n->it->sub)
            merge_into(r, last, n);
        else
            repair_tree_add(&r->turns, n);
    }
}
