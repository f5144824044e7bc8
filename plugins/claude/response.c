/* SPDX-License-Identifier: MIT */
/*
 * response - whole answers, both ways; the answer to count_tokens too.
 */
#include "claude.h"
#include "hosted.h"

#include <stdio.h>
#include <string.h>

/* ---- decode -------------------------------------------------------------------- */

static int is_call(struct cp_call *call, struct cp_str block, struct cp_str type)
{
    return json->is(type, "tool_use") &&
           !claude_is_forced_tool(call, type, json->get(block, "name"));
}

/* What the tap wants to know of the content: what sort of it there was, and whether it calls. */
static int glance(struct reading *r, struct cp_str content)
{
    struct cp_str block;
    int has_call = 0, is_told = 0;

    for (size_t at = 0; json->each(content, &at, NULL, &block);) {
        struct cp_str type = json->get(block, "type");
        struct cp_item it = { CP_ITEM(TEXT), .flags = CP_WHOLE, .text = S("") };
        has_call |= is_call(r->call, block, type);
        if (is_told)
            continue;
        if (json->is(type, "tool_use")) {
            it.kind = CP_TOOL_CALL;
            it.sub = CP_TOOL_FUNCTION;
            it.name = S("_");
        } else if (json->is(type, "thinking") || json->is(type, "redacted_thinking")) {
            it.kind = CP_REASONING;
        }
        claude_emit(r, &it);
        is_told = it.kind != CP_REASONING || r->rc != CP_OK;
    }
    return has_call;
}

static int has_call(struct cp_call *call, struct cp_str content)
{
    struct cp_str block;

    for (size_t at = 0; json->each(content, &at, NULL, &block);)
        if (is_call(call, block, json->get(block, "type")))
            return 1;
    return 0;
}

static int is_usage(struct cp_str key)
{
    static const char *const said[] = { "input_tokens",
                                        "output_tokens",
                                        "cache_creation_input_tokens",
                                        "cache_read_input_tokens",
                                        "cache_creation",
                                        "output_tokens_details",
                                        "server_tool_use" };

    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (json->is(key, said[i]))
            return 1;
    return 0;
}

static int is_member(struct cp_str key)
{
    static const char *const said[] = { "id",           "type",  "role",        "model",
                                        "content",      "usage", "stop_reason", "stop_sequence",
                                        "stop_details", "delta" };

    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (json->is(key, said[i]))
            return 1;
    return 0;
}

void claude_answer_natives(struct reading *r, const struct members *body)
{
    struct cp_str key, v, usage = claude_get(body, "usage");

    for (size_t at = 0; r->rc == CP_OK && claude_each(body, &at, &key, &v);)
        if (!is_member(key) && json->kind(v) != 'n')
            claude_native(r, key, v);
    for (size_t at = 0; r->rc == CP_OK && json->each(usage, &at, &key, &v);)
        if (!is_usage(key) && json->kind(v) != 'n' && !claude_is_odd_key(key))
            claude_native_at(r, claude_format(r->call, "usage.%.*s", (int)key.n, key.p), v);
}

static void answer_decode(struct reading *r, const struct members *body)
{
    struct cp_str content = claude_get(body, "content");
    int is_tap = !(r->call->want & CP_WANT_CONTENT), calls;
    struct claude_usage usage;

    claude_emit(r, &(struct cp_item){ CP_ITEM(START),
                                      .name = json->text(r->call, claude_get(body, "model")),
                                      .id = json->text(r->call, claude_get(body, "id")) });
    claude_emit(r,
                &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_ASSISTANT });
    calls = is_tap ? glance(r, content) : has_call(r->call, content);
    if (!is_tap && r->rc == CP_OK)
        claude_content_decode(r, content);
    claude_emit(r,
                &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_ASSISTANT });
    claude_stop_decode(r, body, calls);
    claude_usage_init(&usage);
    claude_usage_read(&usage, claude_get(body, "usage"));
    claude_usage_emit(r, &usage);
    if (!is_tap)
        claude_answer_natives(r, body);
    claude_emit(r, &(struct cp_item){ CP_ITEM(END) });
}

/* The number of a count is that of the full prompt: there is no cache in it. */
static void count_decode(struct reading *r, const struct members *body)
{
    int64_t n = claude_int(claude_get(body, "input_tokens"), -1);

    if (n < 0) {
        r->rc = host->fail(r->call, CP_E_SYNTAX, "input_tokens: no number");
        return;
    }
    claude_emit(r, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = n });
    claude_emit(r, &(struct cp_item){ CP_ITEM(END) });
}

int claude_response_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct reading r = {
        .call = call, .tape = tape, .is_answer = 1, .message = -1, .block = -1, .part = -1
    };
    struct members m;

    if (json->kind(body) != '{')
        return host->fail(call, CP_E_SYNTAX, "the answer is no JSON object");
    claude_members(&m, body);
    char kind = json->kind(claude_get(&m, "content"));
    if (json->is(claude_get(&m, "type"), "error") || json->kind(claude_get(&m, "error")) == '{')
        claude_error_emit(&r, body);
    else if (call->op == CP_COUNT_TOKENS)
        count_decode(&r, &m);
    else if (kind != '[' && kind != '"' && kind != 'n')
        return host->fail(call, CP_E_SYNTAX, "the answer has no content");
    else
        answer_decode(&r, &m);
    return r.rc > 0 ? CP_OK : r.rc;
}

/* ---- encode ----------------------------------------------------------------------- */

struct cp_str claude_message_id(struct cp_call *call, const struct cp_item *start)
{
    struct cp_str id = start ? start->id : NOTHING;

    if (claude_begins(id, "msg_"))
        return id;
    if (id.n == 0)
        id = call->trace;
    return claude_format(call, "msg_%.*s", (int)id.n, id.n ? id.p : "");
}

struct cp_str claude_answer_model(struct cp_call *call, const struct cp_item *start)
{
    if (start && start->name.n)
        return start->name;
    if (call->client_model.n)
        return call->client_model;
    return call->model.p ? call->model : S("");
}

static struct cp_str refusal_of(struct cp_call *call, const struct node *message)
{
    for (const struct node *b = message ? message->child : NULL; b; b = b->next)
        if (b->kind == CP_REFUSAL)
            return claude_node_text(call, b);
    return NOTHING;
}

static int tree_has(const struct node *message, uint32_t kind)
{
    for (; message; message = message->next)
        for (const struct node *b = message->child; b; b = b->next)
            if (b->kind == kind && !b->is_dropped)
                return 1;
    return 0;
}

/* A signature on what is no thought (Gemini signs calls) goes into the thought before it, or
 * into an empty one: this dialect has no other place for it. */
static void move_states(struct cp_call *call, struct node *message)
{
    struct node *before = NULL;

    for (struct node *b = message->child; b; before = b, b = b->next) {
        const struct cp_item *state = claude_node_state(b);
        if (!state || b->kind == CP_REASONING || b->kind == CP_COMPACTION)
            continue;
        if (!before || before->kind != CP_REASONING || claude_node_state(before)) {
            struct node *thought = claude_node_new(call, CP_REASONING);
            if (!thought)
                return;
            thought->next = b;
            if (before)
                before->next = thought;
            else
                message->child = thought;
            before = thought;
        }
        claude_refs_add(call, &before->pieces, state);
    }
}

/* What hosted tools' results are made of, wherever it stands. */
static void hits_gather(struct writing *w, const struct node *b)
{
    w->hosted->has_hits |=
        b->kind == CP_SERVER_RESULT && claude_begins(b->head->name, "web_search");
    for (const struct ref *p = b->pieces.first; p; p = p->next)
        if (p->it->kind == CP_CITE && claude_is(p->it->name, "url"))
            claude_hosted_cite(w->call, w->hosted, p->it);
}

static void hosted_prepare(struct writing *w)
{
    for (const struct node *m = w->tree->messages.first; m; m = m->next)
        for (const struct node *b = m->child; b; b = b->next)
            hits_gather(w, b);
}

static int content_write(struct writing *w)
{
    int rc = CP_OK;

    json->key(w->out, "content");
    json->open(w->out, '[');
    for (struct node *m = w->tree->messages.first; m; m = m->next) {
        move_states(w->call, m);
        for (struct node *b = m->child; b && rc == CP_OK; b = b->next)
            rc = claude_block_write(w, b);
    }
    json->close(w->out);
    return rc;
}

static void usage_write(struct writing *w)
{
    struct claude_usage usage;

    claude_usage_init(&usage);
    for (const struct ref *u = w->tree->usage.first; u; u = u->next)
        claude_usage_add(&usage, u->it);
    json->key(w->out, "usage");
    json->open(w->out, '{');
    claude_usage_write(w->out, &usage, 0);
    for (const struct ref *n = w->tree->natives.first; n; n = n->next)
        if (claude_begins(n->it->name, "usage."))
            claude_put_raw(w->out, claude_cstr(w->call, claude_native_key(n->it)), n->it->text);
    json->close(w->out);
}

static void tops_write(struct writing *w)
{
    for (const struct ref *n = w->tree->natives.first; n; n = n->next) {
        struct cp_str key = claude_native_key(n->it);
        if (key.n == n->it->name.n || claude_begins(n->it->name, "delta."))
            claude_put_raw(w->out, claude_cstr(w->call, key), n->it->text);
    }
}

static int answer_write(struct writing *w)
{
    struct tree *tree = w->tree;
    const struct node *first = tree->messages.first;
    struct cp_str refusal = refusal_of(w->call, first);
    const char *word =
        claude_stop_word(tree->stop, tree_has(first, CP_TOOL_CALL), refusal.p != NULL);

    json->open(w->out, '{');
    claude_put_text(w->out, "id", claude_message_id(w->call, tree->start));
    claude_put_text(w->out, "type", S("message"));
    claude_put_text(w->out, "role", S("assistant"));
    claude_put_text(w->out, "model", claude_answer_model(w->call, tree->start));
    int rc = content_write(w);
    claude_stop_write(w->call, w->out, tree->stop, word, refusal);
    usage_write(w);
    tops_write(w);
    int end = json->close(w->out);
    return rc == CP_OK ? end : rc;
}

static int count_write(struct writing *w)
{
    int64_t n = 0;

    for (const struct ref *u = w->tree->usage.first; u; u = u->next)
        if (u->it->sub >= CP_INPUT && u->it->sub <= CP_INPUT_TOOLS)
            n += u->it->num;
    json->open(w->out, '{');
    claude_put_int(w->out, "input_tokens", n);
    return json->close(w->out);
}

int claude_response_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    struct writing w = { .call = call, .out = out, .is_answer = 1 };

    w.tree = claude_tree_grow(call, tape);
    if (!w.tree)
        return CP_E_NOMEM;
    if (w.tree->error)
        return claude_failure_encode(call, tape, out);
    if (call->op == CP_COUNT_TOKENS)
        return count_write(&w);
    w.hosted = claude_hosted_open(call);
    if (!w.hosted)
        return CP_E_NOMEM;
    hosted_prepare(&w);
    w.conf = claude_conf_of(NULL);
    w.caps = claude_caps_of(call->model);
    int rc = answer_write(&w);
    return rc == CP_OK ? claude_afford(call) : rc;
}
