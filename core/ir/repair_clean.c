/* SPDX-License-Identifier: MIT */
/*
 * repair_clean - what only other makers could read goes, and what says nothing.
 *
 * Three things cannot just go, because the conversation would go with them: a compaction that says
 * in words what it replaced is told as the user's text; one that does not, and a reference to what
 * another service keeps, are refused.
 *
 * A server's call does not say who made it; its result does.  A call without one (its turn was
 * paused) is of the maker whose dialect it came in.
 */
#include "ir/repair_tree.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"

struct cleaning {
    struct repair *repair;
    struct map *makers;       /* server call's id -> the node of its result; NULL: none */
    struct repair_node *last; /* of the messages before: where a homeless mark may go */
};

static const char summary[] = "Summary of the earlier conversation:\n";

/* ---- makers ---------------------------------------------------------------------------------- */

static bool is_upstreams(const struct repair *r, struct cp_str maker)
{
    return str_eq(maker.n ? maker : r->ends.client, r->ends.upstream);
}

static bool is_read(const struct repair *r, struct cp_str maker)
{
    struct cp_str rest = str_of(r->ends.reads), word;
    if (is_upstreams(r, maker))
        return true;
    while (maker.n && str_split(&rest, ' ', &word))
        if (str_eq(word, maker))
            return true;
    return false;
}

static void list_makers(struct cleaning *c, const struct repair_list *list)
{
    for (struct repair_node *n = list->first; n; n = n->next) {
        if (n->it->kind == CP_MESSAGE)
            list_makers(c, &n->inside);
        else if (n->it->kind == CP_SERVER_RESULT && n->it->id.n)
            map_set(c->makers, n->it->id, n);
    }
}

static bool is_own_server_call(const struct cleaning *c, const struct cp_item *call)
{
    const struct repair_node *result = c->makers ? map_get(c->makers, call->id) : NULL;
    return is_upstreams(c->repair, result ? result->it->meta : STR_NONE);
}

/* ---- what goes ------------------------------------------------------------------------------- */

static const char *why_foreign(const struct cleaning *c, const struct repair_node *n,
                               uint32_t role)
{
    const struct cp_item *it = n->it;
    switch (it->kind) {
    case CP_NATIVE:
    case CP_CONTROL:
        return is_upstreams(c->repair, it->id) ? NULL : "only its maker's dialect can say it";
    case CP_STATE:
        return is_read(c->repair, it->id) ? NULL : "state that only its maker can read";
    case CP_CITE:
        return str_eq(it->id, c->repair->ends.upstream) ? NULL : "another maker's citation";
    case CP_SERVER_CALL:
        return is_own_server_call(c, it) ? NULL : "work of another maker's server tool";
    case CP_SERVER_RESULT:
        return is_upstreams(c->repair, it->meta) ? NULL : "work of another maker's server tool";
    case CP_REASONING:
        return role == CP_ASSISTANT ? NULL : "only the assistant thinks";
    default:
        return NULL;
    }
}

static void clean_list(struct cleaning *, struct repair_list *, struct repair_node *parent,
                       uint32_t role);

static bool has_words(const struct repair_node *block)
{
    bool has = block->it->text.n > 0;
    for (const struct repair_node *p = block->inside.first; p && !has; p = p->next)
        has = p->it->kind == block->it->kind && p->it->text.n > 0;
    return has;
}

static const struct cp_item *state_of(const struct repair_node *block)
{
    for (const struct repair_node *p = block->inside.first; p; p = p->next)
        if (p->it->kind == CP_STATE)
            return p->it;
    return NULL;
}

static bool is_empty(const struct repair_node *n)
{
    switch (n->it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
    case CP_REASONING:
        return !has_words(n) && !state_of(n);
    case CP_MEDIA:
        if (n->it->num == CP_FROM_PARTS) /* a search hit's title and address say something */
            return !n->inside.first && n->it->sub != CP_SEARCH_HIT;
        return !has_words(n);
    default:
        return false;
    }
}

/* ---- compactions and references ---------------------------------------------------------------- */

static void refuse(struct cleaning *c, const struct cp_item *it, const char *what)
{
    struct repair *r = c->repair;
    if (!r->rc)
        r->rc = err_set(&r->to->err, E_UNSUPPORTED, "messages", "%s '%.*s' %s",
                        it->kind == CP_REFERENCE ? "the item" : "the compacted history",
                        STR_FMT(it->id), what);
}

static void clean_reference(struct cleaning *c, const struct cp_item *it)
{
    if (!is_upstreams(c->repair, STR_NONE))
        refuse(c, it, "is stored at another service, and is not known here");
}

static void clean_compaction(struct cleaning *c, struct repair_node *n, bool is_sealed)
{
    struct repair *r = c->repair;
    const struct cp_item *state = state_of(n);
    if (state && is_upstreams(r, state->id))
        return;
    struct cp_str words = repair_tree_words(r, n);
    if (!words.n && is_sealed) {
        refuse(c, n->from, "can be read by its maker alone");
        return;
    }
    repair_tree_tell(r, CP_APPROXIMATED, n->from, "a compacted history is told in words");
    struct cp_item *it = repair_tree_edit(r, n);
    *it = (struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE };
    if (words.n)
        it->text =
            arena_printf(r->to->arena, "%s%.*s", summary, (int)words.n, words.n ? words.p : "");
    n->inside = (struct repair_list){ NULL, NULL };
    n->role = CP_USER;
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Of a block: what is attached to it. */
static void clean_pieces(struct cleaning *c, struct repair_node *block)
{
    struct repair_node *n = block->inside.first, *next;
    block->inside = (struct repair_list){ NULL, NULL };
    for (; n; n = next) {
        next = n->next;
        bool is_attached = n->it->kind == CP_STATE || n->it->kind == CP_CITE;
        const char *why = is_attached ? why_foreign(c, n, 0) : NULL;
        if (why)
            repair_tree_tell(c->repair, CP_DROPPED, n->from, why);
        else
            repair_tree_add(&block->inside, n);
    }
}

/* A node's own content and members; afterwards it may be empty. */
static void clean_node(struct cleaning *c, struct repair_node *n, uint32_t role)
{
    bool is_sealed = n->it->kind == CP_COMPACTION && state_of(n);
    if (n->it->kind == CP_MESSAGE)
        role = n->it->sub;
    if (repair_tree_encloses(n))
        clean_list(c, &n->inside, n, role);
    else
        clean_pieces(c, n);
    clean_list(c, &n->trail, NULL, role);
    if (n->it->kind == CP_REFERENCE)
        clean_reference(c, n->it);
    else if (n->it->kind == CP_COMPACTION)
        clean_compaction(c, n, is_sealed);
    else if (n->it->kind == CP_TOOL_CALL)
        n->role = CP_ASSISTANT;
    else if (n->it->kind == CP_MESSAGE && n->inside.last)
        c->last = n->inside.last;
}

/* Whether it stays; what is lost is told. */
static bool clean_keep(struct cleaning *c, struct repair_node *n, uint32_t role)
{
    const char *why = why_foreign(c, n, role);
    if (why) {
        repair_tree_tell(c->repair, CP_DROPPED, n->from, why);
        return false;
    }
    clean_node(c, n, role);
    if (!is_empty(n))
        return true;
    repair_tree_tell(c->repair, n->it->kind == CP_MEDIA ? CP_DROPPED : CP_MAPPED, n->from,
                     "it is empty");
    return false;
}

/* Where the mark of what goes from parent's content belongs; prev stays and stood before it. */
static struct repair_node *mark_home(const struct cleaning *c, struct repair_node *parent,
                                     struct repair_node *prev)
{
    if (prev || !parent)
        return prev;
    return parent->it->kind == CP_MESSAGE ? c->last : parent;
}

/* "messages[3].audio" stood behind a block, but is the message's. */
static bool is_of_message(const struct repair *r, const struct repair_node *n)
{
    size_t brackets = 0;
    for (size_t i = 0; i < n->it->name.n; i++)
        brackets += n->it->name.p[i] == '[';
    return n->is_member && brackets == 1 && is_upstreams(r, n->it->id);
}

static void keep_members(const struct repair *r, struct repair_list *list,
                         const struct repair_node *gone)
{
    struct repair_node *n = gone->trail.first, *next;
    for (; n; n = next) {
        next = n->next;
        if (is_of_message(r, n))
            repair_tree_add(list, n);
    }
}

static void clean_list(struct cleaning *c, struct repair_list *list, struct repair_node *parent,
                       uint32_t role)
{
    struct repair_node *n = list->first, *next, *prev = NULL;
    *list = (struct repair_list){ NULL, NULL };
    for (; n; n = next) {
        next = n->next;
        if (clean_keep(c, n, role)) {
            repair_tree_add(list, n);
            prev = n->is_member ? prev : n;
        } else if (parent) {
            repair_tree_remark(c->repair, n, mark_home(c, parent, prev));
            keep_members(c->repair, list, n);
        }
    }
}

static void clean_head(struct cleaning *c)
{
    struct repair_list *list = &c->repair->head;
    struct repair_node *n = list->first, *next;
    *list = (struct repair_list){ NULL, NULL };
    for (; n; n = next) {
        next = n->next;
        const char *why = why_foreign(c, n, 0);
        if (why)
            repair_tree_tell(c->repair, CP_DROPPED, n->from, why);
        else
            repair_tree_add(list, n);
        clean_list(c, &n->trail, NULL, 0);
    }
}

void repair_clean(struct repair *r)
{
    struct cleaning c = { .repair = r };
    if (r->from->kinds & CP_BIT(CP_SERVER_RESULT)) {
        c.makers = map_new();
        list_makers(&c, &r->turns);
    }
    clean_head(&c);
    clean_list(&c, &r->turns, NULL, 0);
    if (c.makers)
        map_free(c.makers);
}
