/* SPDX-License-Identifier: MIT */
/*
 * marks - which blocks of a request carry cache_control: at most four, longer lived ones first.
 *
 * A client of this dialect sets its own; those of others know nothing of them, and without any
 * the service caches nothing.  Marks sit where the prompt of the next turn will still be the
 * same: after the tools, after the system prompt, after the last two turns of the user.
 * source: "Prompt caching", read 2026-08-22
 */
#include "claude.h"

enum { MOST = 4 };

static int can_carry(const struct node *b)
{
    switch (b->kind) {
    case CP_TEXT:
        return !claude_node_is_empty(b);
    case CP_MEDIA:
    case CP_TOOL_CALL:
    case CP_TOOL_RESULT:
        return 1;
    default:
        return 0;
    }
}

static int count_list(const struct node *n)
{
    int marks = 0;

    for (; n; n = n->next)
        marks += (n->mark >= 0) + count_list(n->child);
    return marks;
}

static int count_all(const struct tree *tree)
{
    return count_list(tree->systems.first) + count_list(tree->tools.first) +
           count_list(tree->messages.first);
}

/* ---- too many ---------------------------------------------------------------------------- */

static void keep_last(struct list *list, int *left)
{
    struct node *last = NULL;

    for (struct node *n = list->first; n; n = n->next) {
        if (n->mark < 0)
            continue;
        if (last) {
            last->mark = -1;
            --*left;
        }
        last = n;
    }
}

static void drop_first(struct node *n, int *left)
{
    for (; n && *left > MOST; n = n->next) {
        if (n->mark >= 0) {
            n->mark = -1;
            --*left;
        }
        drop_first(n->child, left);
    }
}

static void strip(struct node *n)
{
    for (; n; n = n->next) {
        if (n->kind == CP_REASONING || n->kind == CP_MESSAGE)
            n->mark = -1;
        strip(n->child);
    }
}

static void clear(struct node *n)
{
    for (; n; n = n->next) {
        n->mark = -1;
        clear(n->child);
    }
}

/* ---- none -------------------------------------------------------------------------------- */

static void mark_turn(struct node *turn, int64_t ttl)
{
    struct node *found = NULL;

    for (struct node *b = turn->child; b; b = b->next)
        if (can_carry(b))
            found = b;
    if (found)
        found->mark = ttl;
}

static void add_marks(struct tree *tree, int64_t ttl)
{
    struct node *last = NULL, *before = NULL;

    if (tree->tools.last && tree->tools.last->kind == CP_TOOL)
        tree->tools.last->mark = ttl;
    if (tree->systems.last && tree->systems.last->kind == CP_SYSTEM)
        tree->systems.last->mark = ttl;
    for (struct node *m = tree->messages.first; m; m = m->next) {
        if (m->sub != CP_USER)
            continue;
        before = last;
        last = m;
    }
    if (before)
        mark_turn(before, ttl);
    if (last)
        mark_turn(last, ttl);
}

static int64_t ttl_of(const struct tree *tree)
{
    struct cp_str said = claude_param(tree, "cache_retention");

    if (json->is(said, "1h") || json->is(said, "24h"))
        return 3600;
    return 0;
}

void claude_marks_choose(struct writing *w)
{
    struct tree *tree = w->tree;
    int is_auto = json->kind(claude_param(tree, "cache_auto")) == 't';

    if (w->conf->cache_marks == MARKS_OFF && !w->is_from_claude) {
        clear(tree->systems.first);
        clear(tree->tools.first);
        clear(tree->messages.first);
        return;
    }
    strip(tree->messages.first);
    int marks = count_all(tree) + is_auto;
    if (marks == 0 && w->conf->cache_marks == WAY_AUTO && !w->is_from_claude && !w->is_count)
        add_marks(tree, ttl_of(tree));
    if (marks <= MOST)
        return;
    claude_note(w->call, CP_REPAIRED, "cache_control", "the service takes four");
    keep_last(&tree->tools, &marks);
    keep_last(&tree->systems, &marks);
    drop_first(tree->messages.first, &marks);
}
