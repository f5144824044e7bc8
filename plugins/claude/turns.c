/* SPDX-License-Identifier: MIT */
/*
 * turns - what this service alone wants of a conversation.
 *
 * The host repaired it: calls have their results, roles alternate, nothing is empty.  Left are the
 * service's own wishes: the first turn is the user's; a thought has its signature; a text is not
 * only white space; models differ in whether instructions may stand inside the conversation, and
 * whether the assistant may speak last.
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

static const char *why_not(const struct node *b)
{
    if (b->kind == CP_REASONING && !claude_node_state(b))
        return "a thought without a signature is refused";
    if (b->kind == CP_REFERENCE)
        return "nothing is stored at this service";
    if ((b->kind == CP_TEXT || b->kind == CP_REFUSAL) && claude_node_is_empty(b))
        return "white space alone is refused";
    return NULL;
}

/* The service refuses media in a turn of the assistant's. */
static void omit_media(struct writing *w, struct node *b)
{
    claude_note_node(w->call, CP_DROPPED, b, "the assistant's turns hold no media here");
    b->text = b->sub == CP_IMAGE ? S("[image omitted]") : S("[attachment omitted]");
    b->kind = CP_TEXT;
    b->head = NULL;
    b->child = b->child_last = NULL;
    b->natives = (struct refs){ NULL, NULL };
}

static void drop_blocks(struct writing *w, struct node *m)
{
    struct node **link = &m->child;

    m->child_last = NULL;
    if (m->head && m->head->name.n)
        host->note_item(w->call, CP_DROPPED, m->head, "this dialect has no author's names");
    while (*link) {
        struct node *b = *link;
        if (b->kind == CP_MEDIA && m->sub == CP_ASSISTANT)
            omit_media(w, b);
        const char *why = why_not(b);
        if (!why) {
            m->child_last = b;
            link = &b->next;
            continue;
        }
        claude_note_node(w->call, CP_DROPPED, b, why);
        if (m->child_last && m->child_last->mark < 0)
            m->child_last->mark = b->mark;
        *link = b->next;
    }
}

/* ---- instructions inside the conversation -------------------------------------------- */

static int is_system(const struct node *m)
{
    return m->sub == CP_SYS || m->sub == CP_DEVELOPER;
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
    claude_note_node(w->call, CP_APPROXIMATED, m,
                     "instructions inside the conversation became text of the user");
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

/* Instructions alone: they are the question. */
static void ask_systems(struct writing *w)
{
    struct node *turn = turn_new(w->call, CP_USER);

    for (struct node *s = w->tree->systems.first; turn && s; s = s->next) {
        int is_said = s->kind == CP_SYSTEM && !claude_is_blank(s->head->text);
        struct node *text = is_said ? text_new(w->call, s->head->text) : NULL;
        if (text)
            claude_node_add(turn, text);
    }
    w->tree->systems.first = w->tree->systems.last = NULL;
    if (turn && turn->child)
        claude_list_add(&w->tree->messages, turn);
}

static void need_first_turn(struct writing *w)
{
    struct node *first = w->tree->messages.first;

    if (!first) {
        if (w->tree->systems.first)
            ask_systems(w);
        return;
    }
    if (first->sub == CP_USER)
        return;
    struct node *turn = turn_new(w->call, CP_USER);
    struct node *text = text_new(w->call, S("(continued)"));
    if (!turn || !text)
        return;
    claude_note_node(w->call, CP_REPAIRED, first, "the first turn must be the user's");
    claude_node_add(turn, text);
    turn->next = first;
    w->tree->messages.first = turn;
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
    claude_note_node(w->call, CP_MAPPED, b, "white space at the end of a prefill is refused");
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
    claude_note_node(w->call, CP_APPROXIMATED, last,
                     "this model takes no beginning of its answer");
    claude_node_add(turn, text);
    claude_list_add(&w->tree->messages, turn);
}

int claude_turns_settle(struct writing *w)
{
    for (struct node *m = w->tree->messages.first; m; m = m->next)
        drop_blocks(w, m);
    merge_turns(w);
    place_systems(w);
    merge_turns(w);
    need_first_turn(w);
    end_with_user(w);
    if (!w->tree->messages.first)
        return host->fail(w->call, CP_E_SYNTAX, "messages: at least one message is required");
    return CP_OK;
}
