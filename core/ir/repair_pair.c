/* SPDX-License-Identifier: MIT */
/*
 * repair_pair - every call has its result, directly behind the message that made it.
 *
 * A result belongs to the last message before it that made a call of its id; there the first
 * result answers the first such call, the second the second, and of more than there are calls the
 * last one counts.  Agents that number their calls anew in each turn are understood so.
 *
 * Ids are made unique in the order of the conversation, by what stands before only: a turn that
 * is added changes nothing of those before it.
 */
#include "ir/repair_tree.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

#include <inttypes.h>

/* A call. */
struct pair_call {
    struct repair_node *node;
    const struct repair_node *message;
    uint32_t place;         /* among its message's calls */
    struct pair_call *same; /* the next of its id in its message */
};

/* All calls that said one id. */
struct pair_id {
    const struct repair_node *message; /* the last that made one */
    struct pair_call *last, *waiting;  /* of that message; without a result */
    struct pair_call *answered;        /* the last that got one */
    uint64_t suffix;                   /* the last that was tried */
};

struct pairing {
    struct repair *repair;
    struct map *ids;  /* as it was said -> struct pair_id */
    struct map *used; /* as it is said now */
};

/* ---- calls ----------------------------------------------------------------------------------- */

static struct cp_str said_id(const struct repair_node *node)
{
    return node->it->id.n ? node->it->id : STR("");
}

static void name_call(struct pairing *p, struct pair_id *id, struct repair_node *call)
{
    struct cp_str said = call->it->id, base = said.n ? said : STR("call"), name = base;
    while (map_get(p->used, name)) {
        id->suffix += id->suffix ? 1 : 2;
        name = arena_printf(p->repair->to->arena, "%.*s_%" PRIu64, (int)base.n, base.p,
                            id->suffix);
    }
    map_set(p->used, name, call);
    if (said.n && str_eq(said, name))
        return;
    repair_tree_edit(p->repair, call)->id = name;
    repair_tree_tell(p->repair, CP_REPAIRED, call->from,
                     said.n ? "another call has the same id" : "a call without an id");
}

static struct pair_id *find_id(struct pairing *p, struct cp_str said)
{
    struct pair_id *id = map_get(p->ids, said);
    if (!id) {
        id = arena_need(p->repair->arena, sizeof(*id));
        map_set(p->ids, said, id);
    }
    return id;
}

static void take_call(struct pairing *p, const struct repair_node *message,
                      struct repair_node *node, uint32_t place)
{
    struct pair_id *id = find_id(p, said_id(node));
    struct pair_call *call = arena_need(p->repair->arena, sizeof(*call));
    *call = (struct pair_call){ .node = node, .message = message, .place = place };
    if (id->message != message)
        id->waiting = NULL;
    else
        id->last->same = call;
    if (!id->waiting)
        id->waiting = call;
    id->last = call;
    id->message = message;
    name_call(p, id, node);
}

/* ---- results --------------------------------------------------------------------------------- */

static bool is_in_place(const struct pair_call *call, const struct repair_node *message,
                        uint32_t place)
{
    return call->message->next == message && call->place == place;
}

static void take_result(struct pairing *p, struct pair_id *id, struct repair_node *result,
                        const struct repair_node *message, uint32_t place)
{
    struct pair_call *call = id->waiting ? id->waiting : id->answered;
    if (id->waiting) {
        id->waiting = call->same;
        id->answered = call;
    } else {
        repair_tree_tell(p->repair, CP_REPAIRED, call->node->answer->from,
                         "another result of the same call came later");
        repair_tree_remark(p->repair, call->node->answer, result);
    }
    call->node->answer = result;
    if (!is_in_place(call, message, place))
        repair_tree_tell(p->repair, CP_REPAIRED, result->from,
                         "a result belongs directly behind its call");
}

/* JSON that stood for a result is but text outside of one. */
static void make_plain(struct repair *r, struct repair_node *n)
{
    if (n->it->kind == CP_TEXT && n->it->sub)
        repair_tree_edit(r, n)->sub = 0;
}

/* A result nobody asked for is told as text, for what it says may matter. */
static void make_orphan(struct repair *r, struct repair_list *into, struct repair_node *result)
{
    struct repair_node *first = result->inside.first, *next;
    bool has_text = first && first->it->kind == CP_TEXT;
    struct cp_str words = has_text ? repair_tree_words(r, first) : STR_NONE;
    struct cp_str text = arena_printf(r->to->arena, "[result of unknown tool call %.*s]%s%.*s",
                                      STR_FMT(result->it->id), words.n ? " " : "", (int)words.n,
                                      words.n ? words.p : "");
    struct repair_node *told = repair_tree_text(r, text, result->from);

    repair_tree_tell(r, CP_REPAIRED, result->from, "a result without its call became text");
    repair_tree_add(into, told);
    if (has_text) {
        told->trail = first->trail;
        first = first->next;
    }
    for (; first; first = next) {
        next = first->next;
        make_plain(r, first);
        repair_tree_add(into, first);
    }
    repair_tree_remark(r, result, into->last);
}

static void match_message(struct pairing *p, struct repair_node *message)
{
    struct repair_node *n = message->inside.first, *next;
    uint32_t calls = 0, place = 0;

    message->inside = (struct repair_list){ NULL, NULL };
    for (; n; n = next, place++) {
        next = n->next;
        if (n->it->kind != CP_TOOL_RESULT) {
            repair_tree_add(&message->inside, n);
            if (n->it->kind == CP_TOOL_CALL)
                take_call(p, message, n, calls++);
            continue;
        }
        struct pair_id *id = map_get(p->ids, said_id(n));
        if (id)
            take_result(p, id, n, message, place);
        else
            make_orphan(p->repair, &message->inside, n);
    }
}

void repair_pair_match(struct repair *r)
{
    if (!(r->from->kinds & (CP_BIT(CP_TOOL_CALL) | CP_BIT(CP_TOOL_RESULT))))
        return;
    struct pairing p = { .repair = r, .ids = map_new(), .used = map_new() };
    for (struct repair_node *m = r->turns.first; m; m = m->next)
        if (m->it->kind == CP_MESSAGE)
            match_message(&p, m);
    map_free(p.ids);
    map_free(p.used);
}

/* ---- places ---------------------------------------------------------------------------------- */

static struct repair_node *make_up(struct repair *r, const struct repair_node *call)
{
    struct cp_item *it = arena_need(r->arena, sizeof(*it));
    *it = (struct cp_item){ CP_ITEM(TOOL_RESULT), .flags = CP_OPEN, .num = 1 };
    struct repair_node *result = repair_tree_node(r, it, call->from);

    repair_tree_tell(r, CP_REPAIRED, call->from, "a call without its result");
    repair_tree_add(&result->inside,
                    repair_tree_text(r, STR("[no result recorded for this call]"), call->from));
    return result;
}

/* What the call says of itself holds for its result. */
static struct repair_node *agree(struct repair *r, const struct repair_node *call,
                                 struct repair_node *result)
{
    const struct cp_item *c = call->it, *it = result->it;
    struct cp_str name = it->name.n ? it->name : c->name;
    if (str_eq(it->id, c->id) && str_eq(it->name, name) && it->sub == c->sub)
        return result;
    struct cp_item *edit = repair_tree_edit(r, result);
    edit->id = c->id;
    edit->name = name;
    edit->sub = c->sub;
    return result;
}

static struct repair_node *place_results(struct repair *r, struct repair_node *message)
{
    struct repair_node *results = NULL;
    for (struct repair_node *n = message->inside.first; n; n = n->next) {
        if (n->it->kind != CP_TOOL_CALL || (!n->answer && n->it->sub == CP_TOOL_HOSTED))
            continue;
        if (!results) {
            results = repair_tree_message(r, CP_USER);
            repair_tree_insert(&r->turns, message, results);
        }
        struct repair_node *result = n->answer ? n->answer : make_up(r, n);
        repair_tree_add(&results->inside, agree(r, n, result));
    }
    return results ? results : message;
}

void repair_pair_place(struct repair *r)
{
    for (struct repair_node *m = r->turns.first; m; m = m->next)
        if (m->it->kind == CP_MESSAGE)
            m = place_results(r, m);
}
