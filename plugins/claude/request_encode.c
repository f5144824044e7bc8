/* SPDX-License-Identifier: MIT */
/*
 * request_encode - a tape becomes a Messages request.
 *
 * The tape grows into a tree, its turns are settled, what depends on the model is planned, and
 * only then is anything written.
 */
#include "claude.h"

#include <stddef.h>

/* ---- system ---------------------------------------------------------------------------- */

static int is_said(const struct node *s)
{
    return s->kind == CP_NATIVE || !claude_is_blank(s->head->text);
}

static void system_block_write(struct writing *w, const struct node *s)
{
    if (s->kind == CP_NATIVE) {
        json->raw(w->out, s->head->text);
        return;
    }
    json->open(w->out, '{');
    claude_put_text(w->out, "type", S("text"));
    claude_put_text(w->out, "text", s->head->text);
    claude_natives_write(w, &s->natives);
    claude_mark_write(w->out, s);
    json->close(w->out);
}

static void hint_write(struct writing *w)
{
    json->open(w->out, '{');
    claude_put_text(w->out, "type", S("text"));
    claude_put_text(w->out, "text", w->hint);
    json->close(w->out);
}

static void system_write(struct writing *w)
{
    const struct node *only = NULL;
    int n = w->hint.n > 0;

    for (const struct node *s = w->tree->systems.first; s; s = s->next) {
        if (!is_said(s))
            continue;
        only = s;
        n++;
    }
    if (n == 0)
        return;
    json->key(w->out, "system");
    if (n == 1 &&
        (!only || (only->kind == CP_SYSTEM && only->mark < 0 && !only->natives.first))) {
        json->string(w->out, only ? only->head->text : w->hint);
        return;
    }
    json->open(w->out, '[');
    for (const struct node *s = w->tree->systems.first; s; s = s->next)
        if (is_said(s))
            system_block_write(w, s);
    if (w->hint.n)
        hint_write(w);
    json->close(w->out);
}

/* ---- messages ---------------------------------------------------------------------------- */

static struct cp_str role_of(const struct node *m)
{
    switch (m->sub) {
    case CP_ASSISTANT:
        return S("assistant");
    case CP_SYS:
        return S("system");
    default:
        return S("user");
    }
}

static int messages_write(struct writing *w)
{
    int rc = CP_OK;

    json->key(w->out, "messages");
    json->open(w->out, '[');
    for (struct node *m = w->tree->messages.first; m && rc == CP_OK; m = m->next) {
        json->open(w->out, '{');
        claude_put_text(w->out, "role", role_of(m));
        json->key(w->out, "content");
        json->open(w->out, '[');
        for (struct node *b = m->child; b && rc == CP_OK; b = b->next)
            rc = claude_block_write(w, b);
        json->close(w->out);
        claude_natives_write(w, &m->natives);
        json->close(w->out);
    }
    json->close(w->out);
    return rc;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static struct cp_str model_of(const struct writing *w)
{
    if (w->call->model.n)
        return w->call->model;
    return w->tree->start && w->tree->start->name.p ? w->tree->start->name : S("");
}

/* "system" that came as one native string: only the header of Claude Code's billing does. */
static const struct cp_item *native_system(const struct writing *w)
{
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_is(n->it->name, "system"))
            return n->it;
    return NULL;
}

static int plan(struct writing *w)
{
    int rc = claude_turns_settle(w);

    if (rc != CP_OK)
        return rc;
    rc = claude_tools_plan(w);
    claude_props_plan(w);
    if (rc == CP_OK)
        rc = claude_params_plan(w);
    if (rc != CP_OK)
        return rc;
    claude_marks_choose(w);
    return claude_afford(w->call);
}

int claude_request_encode(const struct claude_conf *conf, struct cp_call *call,
                          const struct cp_tape *tape, struct cp_out *out)
{
    struct writing w = { .call = call, .out = out, .conf = conf };

    w.tree = claude_tree_grow(call, tape);
    if (!w.tree)
        return CP_E_NOMEM;
    w.is_count = call->op == CP_COUNT_TOKENS;
    w.is_from_claude =
        call->client_dialect.n == 0 || claude_is(call->client_dialect, CLAUDE_MAKER);
    w.caps = claude_caps_of(model_of(&w));
    int rc = plan(&w);
    if (rc != CP_OK)
        return rc;

    json->open(out, '{');
    claude_put_text(out, "model", model_of(&w));
    claude_params_write(&w);
    if (native_system(&w))
        claude_put_raw(out, "system", native_system(&w)->text);
    else
        system_write(&w);
    rc = messages_write(&w);
    claude_tools_write(&w);
    int end = json->close(out);
    return rc == CP_OK ? end : rc;
}
