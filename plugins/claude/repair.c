/* SPDX-License-Identifier: MIT */
/*
 * repair - makes of any conversation one that the service accepts.
 *
 * The service enforces: the first turn is the user's; every tool_use is answered in the next
 * user turn, results before all else there; no result without its call; no two calls of one id;
 * no empty text; newer models also that the user speaks last.  Other dialects enforce less, so
 * conversations arrive that must be put right, and must be put right the same way each time, or
 * the prompt cache would miss.
 * source: Messages API reference and its 400 texts, read 2026-08-22
 */
#include "claude.h"

#include <string.h>

static struct node *text_new(struct cp_call *call, struct cp_str text)
{
    struct node *node = claude_node_new(call, CP_TEXT);

    if (node)
        node->text = text;
    return node;
}

static struct node *turn_new(struct cp_call *call, uint32_t role)
{
    struct node *node = claude_node_new(call, CP_MESSAGE);

    if (node)
        node->sub = role;
    return node;
}

/* ---- what cannot be sent ----------------------------------------------------------- */

/* Its result says who made it; it stands close by.  A turn that paused in the service's loop
 * ends in a call without one. */
static int is_known_server_call(const struct node *call)
{
    const struct node *b = call->next;

    for (int i = 0; b && i < 8; i++, b = b->next)
        if (b->kind == CP_SERVER_RESULT && claude_equal(b->id, call->id))
            return claude_is(b->head->meta, CLAUDE_MAKER);
    return claude_begins(call->id, "srvtoolu") || claude_begins(call->id, "mcptoolu");
}

static const char *why_not(const struct node *b)
{
    const struct cp_item *state = claude_node_state(b);

    switch (b->kind) {
    case CP_REASONING:
        if (!state)
            return "thought without a signature is refused";
        return claude_is(state->id, CLAUDE_MAKER) ? NULL : "another maker's thought";
    case CP_SERVER_CALL:
        return is_known_server_call(b) ? NULL : "another maker's server tool";
    case CP_SERVER_RESULT:
        return claude_is(b->head->meta, CLAUDE_MAKER) ? NULL : "another maker's server tool";
    case CP_REFERENCE:
        return "a stored item of another maker";
    default:
        return NULL;
    }
}

/* Another maker's summary of what was said before: only its readable text can go on. */
static int read_compaction(struct writing *w, struct node *b)
{
    const struct cp_item *state = claude_node_state(b);

    if (b->kind != CP_COMPACTION || (state && claude_is(state->id, CLAUDE_MAKER)))
        return CP_OK;
    struct cp_str text = claude_node_text(w->call, b);
    if (claude_is_blank(text))
        return host->fail(w->call, CP_E_UNSUPPORTED,
                          "a compacted history can be read by its maker alone");
    b->text = claude_format(w->call, "Summary of the earlier conversation:\n%.*s", (int)text.n,
                            text.p);
    b->kind = CP_TEXT;
    b->head = NULL;
    return CP_OK;
}

static int drop_blocks(struct writing *w)
{
    int rc = CP_OK;

    for (struct node *m = w->tree->messages.first; m; m = m->next) {
        struct node **link = &m->child;
        m->child_last = NULL;
        if (m->head && m->head->name.n)
            claude_note(w->call, CP_DROPPED, "messages", "an author's name");
        while (*link) {
            struct node *b = *link;
            rc = rc == CP_OK ? read_compaction(w, b) : rc;
            const char *why = why_not(b);
            int is_empty =
                (b->kind == CP_TEXT || b->kind == CP_REFUSAL) && claude_node_is_empty(b);
            if (why)
                claude_note(w->call, CP_DROPPED, "messages", why);
            if (why || is_empty) {
                *link = b->next;
                continue;
            }
            m->child_last = b;
            link = &b->next;
        }
    }
    return rc;
}

/* ---- instructions inside the conversation -------------------------------------------- */

static int is_system(const struct node *m)
{
    return m && (m->sub == CP_SYS || m->sub == CP_DEVELOPER);
}

static int may_be_native(const struct writing *w, const struct node *before,
                         const struct node *m)
{
    int way = w->conf->mid_system;
    int can = way == SYSTEM_NATIVE || (way == WAY_AUTO && (w->caps->can & CAN_SYSTEM_INSIDE));

    if (!can || !before)
        return 0;
    if (before->sub == CP_ASSISTANT &&
        !(before->child_last && before->child_last->kind == CP_SERVER_CALL))
        return 0;
    if (before->sub != CP_USER && before->sub != CP_ASSISTANT)
        return 0;
    return !m->next || m->next->sub == CP_ASSISTANT;
}

static void remind(struct writing *w, struct node *m)
{
    for (struct node *b = m->child; b; b = b->next) {
        if (b->kind != CP_TEXT)
            continue;
        struct cp_str text = claude_node_text(w->call, b);
        b->text = claude_format(w->call, "<system-reminder>\n%.*s\n</system-reminder>",
                                (int)text.n, text.n ? text.p : "");
        b->head = NULL;
    }
    m->sub = CP_USER;
    m->natives = (struct refs){ NULL, NULL };
    claude_note(w->call, CP_APPROXIMATED, "messages",
                "instructions inside the conversation became text of the user");
}

static void place_systems(struct writing *w)
{
    struct node *before = NULL;

    for (struct node *m = w->tree->messages.first; m; before = m, m = m->next) {
        if (!is_system(m))
            continue;
        if (may_be_native(w, before, m))
            m->sub = CP_SYS;
        else
            remind(w, m);
    }
}

/* ---- turns ----------------------------------------------------------------------------- */

/* Turns without a block go; neighbours of one role become one. */
static void merge_turns(struct writing *w)
{
    struct list *turns = &w->tree->messages;
    struct node *next, *m = turns->first;

    turns->first = turns->last = NULL;
    for (; m; m = next) {
        next = m->next;
        if (!m->child)
            continue;
        struct node *last = turns->last;
        if (!last || last->sub != m->sub) {
            claude_list_add(turns, m);
            continue;
        }
        last->child_last->next = m->child;
        last->child_last = m->child_last;
        for (const struct ref *n = m->natives.first; n; n = n->next)
            claude_refs_add(w->call, &last->natives, n->it);
    }
}

static void need_first_turn(struct writing *w)
{
    struct list *turns = &w->tree->messages;

    if (turns->first && turns->first->sub == CP_USER)
        return;
    struct node *turn = turn_new(w->call, CP_USER);
    if (!turn)
        return;
    if (!turns->first &&
        w->tree->systems.first) { /* instructions alone: they are the question */
        for (struct node *s = w->tree->systems.first; s; s = s->next) {
            int is_said = s->kind == CP_SYSTEM && !claude_is_blank(s->head->text);
            struct node *text = is_said ? text_new(w->call, s->head->text) : NULL;
            if (text)
                claude_node_add(turn, text);
        }
        w->tree->systems.first = w->tree->systems.last = NULL;
        if (turn->child)
            claude_list_add(turns, turn);
        return;
    }
    if (!turns->first)
        return;
    claude_node_add(turn, text_new(w->call, S("(continued)")));
    claude_note(w->call, CP_REPAIRED, "messages[0]", "the first turn must be the user's");
    turn->next = turns->first;
    turns->first = turn;
}

/* ---- calls and their results ---------------------------------------------------------------- */

struct entry {
    struct node *block, *turn;
    struct entry *next;   /* with the same hash */
    struct entry *answer; /* of a call          */
};
struct pairing {
    struct entry **slots;
    struct entry *all;
    size_t n, mask;
};

static size_t count_tools(const struct tree *tree)
{
    size_t n = 0;

    for (const struct node *m = tree->messages.first; m; m = m->next)
        for (const struct node *b = m->child; b; b = b->next)
            n += b->kind == CP_TOOL_CALL || b->kind == CP_TOOL_RESULT;
    return n;
}

static int pairing_init(struct writing *w, struct pairing *p)
{
    size_t n = count_tools(w->tree), slots = 8;

    while (slots < n * 2)
        slots *= 2;
    p->n = 0;
    p->mask = slots - 1;
    p->all = host->alloc(w->call, (n + 1) * sizeof(*p->all));
    p->slots = host->alloc(w->call, slots * sizeof(struct entry *));
    return p->all && p->slots ? CP_OK : CP_E_NOMEM;
}

/* The call with this id that was made last before; NULL: there is none. */
static struct entry *find_call(const struct writing *w, const struct pairing *p,
                               struct cp_str id)
{
    for (struct entry *e = p->slots[claude_hash(w->call, id) & p->mask]; e; e = e->next)
        if (claude_equal(e->block->head->id, id))
            return e;
    return NULL;
}

static void add_call(struct writing *w, struct pairing *p, struct node *turn, struct node *b)
{
    struct entry *e = &p->all[p->n], *same = find_call(w, p, b->head->id);
    struct cp_str name = claude_node_text(w->call, b);

    e->block = b;
    e->turn = turn;
    p->n++;
    b->id = claude_legal_id(w->call, b->head->id, name);
    if (same && b->head->id.n) {
        b->id = claude_format(w->call, "%.*s_2", (int)same->block->id.n, same->block->id.p);
        claude_note(w->call, CP_REPAIRED, "messages", "two calls had the same id");
    }
    struct entry **slot = &p->slots[claude_hash(w->call, b->head->id) & p->mask];
    e->next = *slot;
    *slot = e;
}

/* A result nobody asked for is told as text, for what it says may matter. */
static void make_orphan(struct writing *w, struct node *b)
{
    struct cp_str id = b->head->id;
    struct node *note =
        text_new(w->call, claude_format(w->call, "[result of unknown tool call %.*s]",
                                        (int)id.n, id.n ? id.p : ""));

    claude_note(w->call, CP_REPAIRED, "messages", "a result without its call became text");
    if (!note)
        return;
    /* the node itself becomes the remark, its content follows it */
    note->next = b->child;
    if (b->child_last)
        b->child_last->next = b->next;
    else
        note->next = b->next;
    struct node *next = note->next;
    *b = *note;
    b->next = next;
}

static void match_results(struct writing *w, struct pairing *p)
{
    for (struct node *m = w->tree->messages.first; m; m = m->next)
        for (struct node *b = m->child; b; b = b->next) {
            if (b->kind == CP_TOOL_CALL && m->sub == CP_ASSISTANT)
                add_call(w, p, m, b);
            if (b->kind != CP_TOOL_RESULT)
                continue;
            struct entry *call = find_call(w, p, b->head->id);
            if (!call) {
                make_orphan(w, b);
                continue;
            }
            if (!call->answer)
                call->answer = host->alloc(w->call, sizeof(*call->answer));
            else
                claude_note(w->call, CP_REPAIRED, "messages", "two results of one call");
            if (call->answer)
                call->answer->block = b;
            b->is_dropped = 1; /* it leaves its place here */
        }
}

static void sweep(struct node *turn)
{
    struct node **link = &turn->child;

    turn->child_last = NULL;
    while (*link) {
        if ((*link)->is_dropped) {
            *link = (*link)->next;
            continue;
        }
        turn->child_last = *link;
        link = &(*link)->next;
    }
}

static struct node *missing_result(struct writing *w)
{
    struct node *node = claude_node_new(w->call, CP_TOOL_RESULT);
    struct node *text = text_new(w->call, S("[no result recorded for this call]"));

    claude_note(w->call, CP_REPAIRED, "messages", "a call without its result");
    if (!node || !text)
        return NULL;
    claude_node_add(node, text);
    node->is_error = 1;
    return node;
}

/* The turn after this one, the user's; made if it is not there. */
static struct node *answer_turn(struct writing *w, struct node *turn)
{
    struct node *next = turn->next;

    if (next && next->sub == CP_USER)
        return next;
    struct node *made = turn_new(w->call, CP_USER);
    if (!made)
        return NULL;
    made->next = next;
    turn->next = made;
    if (!next)
        w->tree->messages.last = made;
    return made;
}

static void place_answers(struct writing *w, struct pairing *p)
{
    size_t i = 0;

    while (i < p->n) {
        struct node *turn = p->all[i].turn, *into = answer_turn(w, turn);
        struct list results = { NULL, NULL };
        for (; i < p->n && p->all[i].turn == turn; i++) {
            struct entry *e = &p->all[i];
            struct node *b = e->answer ? e->answer->block : missing_result(w);
            if (!b)
                continue;
            b->is_dropped = 0;
            b->id = e->block->id;
            claude_list_add(&results, b);
        }
        if (!into || !results.first)
            continue;
        results.last->next = into->child;
        into->child = results.first;
        if (!into->child_last)
            into->child_last = results.last;
    }
}

static int pair_tools(struct writing *w)
{
    struct pairing p;
    int rc = pairing_init(w, &p);

    if (rc != CP_OK)
        return rc;
    match_results(w, &p);
    for (struct node *m = w->tree->messages.first; m; m = m->next)
        sweep(m);
    place_answers(w, &p);
    return CP_OK;
}

/* ---- the last turn ------------------------------------------------------------------------- */

static void trim_last_text(struct writing *w, struct node *turn)
{
    struct node *b = turn->child_last;

    if (!b || b->kind != CP_TEXT)
        return;
    struct cp_str text = claude_node_text(w->call, b);
    size_t n = text.n;
    while (n && strchr(" \t\r\n", text.p[n - 1]))
        n--;
    if (n == text.n)
        return;
    b->text = (struct cp_str){ text.p, n };
    b->head = NULL;
}

static void end_with_user(struct writing *w)
{
    struct node *last = w->tree->messages.last;
    int way = w->conf->prefill;
    int can = way == PREFILL_KEEP || (way == WAY_AUTO && (w->caps->can & CAN_PREFILL));

    if (!last || last->sub != CP_ASSISTANT)
        return;
    if (last->child_last && last->child_last->kind == CP_SERVER_CALL)
        return; /* a paused turn is sent back as it was */
    if (can) {
        w->has_prefill = 1;
        trim_last_text(w, last);
        return;
    }
    struct node *turn = turn_new(w->call, CP_USER);
    struct node *text = text_new(
        w->call, S("Continue exactly where your last message stopped; do not repeat it."));
    if (!turn || !text)
        return;
    claude_node_add(turn, text);
    claude_list_add(&w->tree->messages, turn);
    claude_note(w->call, CP_APPROXIMATED, "messages",
                "this model takes no beginning of its answer");
}

int claude_repair(struct writing *w)
{
    int rc = drop_blocks(w);
    if (rc != CP_OK)
        return rc;
    merge_turns(w);
    place_systems(w);
    merge_turns(w);
    rc = pair_tools(w);
    if (rc != CP_OK)
        return rc;
    merge_turns(w);
    place_systems(w); /* a turn before one may be gone now */
    merge_turns(w);
    need_first_turn(w);
    end_with_user(w);
    if (!w->tree->messages.first)
        return host->fail(w->call, CP_E_SYNTAX, "messages: at least one message is required");
    return CP_OK;
}
