/* SPDX-License-Identifier: MIT */
/*
 * responses_request_encode - a tape as the body of POST /responses, /compact or /input_tokens.
 *
 * The order of members never depends on the client's dialect, so that the same conversation
 * gives the same bytes every time.
 */
#include "responses.h"

#include <string.h>

/* Claude Code's first block changes with every request and would spoil every prompt cache.
 * source: recorded requests of Claude Code 2.1, 2026-08. */
static int is_instruction(const struct responses_out *e, const struct cp_item *it)
{
    return it->kind == CP_SYSTEM && it->text.n > 0 &&
           (e->is_own || !openai_text_begins(it->text, "x-anthropic-billing-header:"));
}

/* Does it go as an item of input, with its author's role? */
static int is_item(const struct responses_out *e, const struct cp_item *it)
{
    return e->is_codex || (e->is_own && it->sub != 0);
}

static int has_message(const struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++)
        if (it->kind == CP_MESSAGE || it->kind == CP_COMPACTION || it->kind == CP_REFERENCE)
            return 1;
    return 0;
}

/* What is asked for in words: nothing, words, or words and the values they speak of. */
struct hint {
    struct cp_str words, values;
};

/* The service cannot make JSON of a conversation that does not mention it.
 * source: its 400 "must contain the word 'json'", as of 2026-08 */
static int is_json_unsaid(const struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++)
        if ((it->kind == CP_SYSTEM || it->kind == CP_TEXT) &&
            openai_text_find(it->text, "json") != 0)
            return 0;
    return 1;
}

static struct hint hint_of(struct responses_out *e)
{
    struct cp_str format = chat_out_param(&e->c, "format"), type, values;
    struct hint none = { { NULL, 0 }, { NULL, 0 } };

    if (e->is_own || J->kind(format) != '{')
        return none;
    type = J->get(format, "type");
    values = J->get(J->get(format, "schema"), "enum");
    if (J->is(type, "enum") && J->kind(values) == '[') {
        chat_out_note(&e->c, CP_APPROXIMATED, "format", "asked for in the instructions");
        return (struct hint){ S("Reply with exactly one of these values and nothing else: "),
                              values };
    }
    if (!J->is(type, "json") || !is_json_unsaid(e))
        return none;
    chat_out_note(&e->c, CP_MAPPED, "format", "told in the instructions, too");
    return (struct hint){ S("Reply with one JSON object and nothing else."), { NULL, 0 } };
}

static void instructions_encode(struct responses_out *e, int as_items)
{
    const struct cp_item *it;
    struct hint hint = hint_of(e);
    int n = 0;

    for (size_t i = 0; !as_items && (it = H->item(e->c.tape, i)) != NULL; i++) {
        if (!is_instruction(e, it) || is_item(e, it))
            continue;
        if (n++ == 0) {
            (void)J->key(e->c.out,
                         "instructions"); /* an out remembers its failure; everywhere */
            (void)J->quote_open(e->c.out);
        } else {
            (void)J->piece(e->c.out, S("\n\n"));
        }
        (void)J->piece(e->c.out, it->text);
    }
    if (hint.words.n > 0) {
        if (n++ == 0) {
            (void)J->key(e->c.out, "instructions");
            (void)J->quote_open(e->c.out);
        } else {
            (void)J->piece(e->c.out, S("\n\n"));
        }
        (void)J->piece(e->c.out, hint.words);
        (void)J->piece(e->c.out, hint.values);
    }
    if (n > 0)
        (void)J->quote_close(e->c.out);
    else if (e->is_codex)
        chat_out_key_raw(&e->c, "instructions", S("\"\"")); /* it wants to see the member */
}

/* Instructions as messages: with their role, or, where nobody says anything else, as the
 * user's. */
static void leading_encode(struct responses_out *e, int as_user)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++) {
        if (!is_instruction(e, it) || !(as_user || is_item(e, it)))
            continue;
        responses_content_open(e, as_user                   ? CP_USER
                                  : it->sub == CP_BY_SYSTEM ? CP_SYS
                                                            : CP_DEVELOPER);
        responses_part_text(e, "input_text", it->text);
    }
    responses_item_shut(e);
}

static void input_encode(struct responses_out *e, int as_user)
{
    (void)J->key(e->c.out, "input");
    (void)J->open(e->c.out, '[');
    responses_added_encode(e);
    leading_encode(e, as_user);
    responses_input_encode(e);
    (void)J->close(e->c.out);
}

/* Marks of the head: of instructions and tools. */
static void marks_note(struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_CACHE_MARK)
            responses_mark_note(e, it);
}

static void stream_encode(struct responses_out *e)
{
    if (e->c.call->op == CP_CHAT && (e->c.call->stream || e->is_codex))
        chat_out_key_raw(&e->c, "stream", S("true"));
}

/* What this dialect's own clients said beyond. */
static void natives_encode(struct responses_out *e)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++) {
        struct cp_str key = responses_native_key(e->c.call, it);
        if (key.p == NULL || !openai_text_same(key, it->name))
            continue; /* written where it stood */
        if (openai_text_is(key, "stream_options") && !(e->c.call->stream || e->is_codex))
            continue;
        if (e->c.call->op != CP_CHAT && !openai_text_is(key, "truncation") &&
            !openai_text_is(key, "conversation"))
            continue; /* the smaller doors take no more */
        if (responses_may(e, key.p))
            chat_out_key_raw(&e->c, key.p, it->text);
    }
}

static void model_read(struct responses_out *e)
{
    const struct cp_item *it = H->item(e->c.tape, 0);

    e->c.model = e->c.call->model;
    if (e->c.model.n == 0)
        e->c.model =
            it != NULL && it->kind == CP_START && it->name.p != NULL ? it->name : S("");
    e->c.caps = chat_caps_of(e->c.model);
}

int responses_request_encode(void *instance, struct cp_call *call, const struct cp_tape *tape,
                             struct cp_out *out)
{
    const struct responses_conf *conf = instance;
    const struct chat_conf shared = { .drop = conf->drop, .efforts = conf->efforts };
    struct responses_out e = { .c = { .call = call, .tape = tape, .out = out, .conf = &shared },
                               .conf = conf };
    int rc, as_user;

    if (call->op != CP_CHAT && call->op != CP_COMPACT && call->op != CP_COUNT_TOKENS)
        return CP_OK; /* no body */
    model_read(&e);
    e.is_own = openai_text_is(call->client_dialect, OPENAI_RESPONSES);
    e.is_codex = responses_is_codex(conf, call);
    e.c.from_chat = e.is_own;
    as_user = !has_message(&e) && chat_out_param(&e.c, "previous").p == NULL;
    (void)J->open(out, '{');
    chat_out_key_text(&e.c, "model", e.c.model);
    instructions_encode(&e, as_user);
    input_encode(&e, as_user);
    marks_note(&e);
    responses_tools_encode(&e);
    responses_params_encode(&e);
    stream_encode(&e);
    natives_encode(&e);
    rc = J->close(out);
    return e.c.rc != CP_OK ? e.c.rc : rc;
}
