/* SPDX-License-Identifier: MIT */
/*
 * chat_assistant_encode - a turn of the assistant.
 *
 * Reasoning goes back only to servers that want it: DeepSeek from V3.2 on and Kimi ask for
 * reasoning_content on turns with calls, the old deepseek-reasoner answered it with 400,
 * OpenAI's own models never see it. source: DeepSeek's and Moonshot's pages on thinking with
 * tools, as of 2026-08
 */
#include "chat.h"

struct turn { /* what a message of the assistant holds */
    uint32_t texts, refusals, reasonings, calls, details;
    size_t text_bytes;
};

static struct turn turn_read(struct chat_out *e, uint32_t at, uint32_t end)
{
    struct turn t = { 0 };

    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        int opens = (it->flags & CP_OPEN) != 0;
        if (it->kind == CP_TEXT) {
            t.texts += (uint32_t)opens;
            t.text_bytes += it->text.n;
        } else if (it->kind == CP_REASONING) {
            t.reasonings += it->text.n > 0;
        } else if (it->kind == CP_STATE) {
            t.details +=
                openai_text_is(it->id, OPENAI_CHAT) && openai_text_is(it->name, "encrypted");
        } else if (opens) {
            t.refusals += it->kind == CP_REFUSAL;
            t.calls += it->kind == CP_TOOL_CALL;
            if (it->kind == CP_MEDIA)
                chat_out_note_item(e, CP_DROPPED, it, "media of the assistant's");
        }
    }
    return t;
}

/* Pieces of all blocks of a kind, as the value of a string. */
static void joined_encode(struct chat_out *e, uint32_t at, uint32_t end, uint32_t kind,
                          struct cp_str between)
{
    int n = 0;

    (void)J->quote_open(e->out); /* an out remembers its failure; so everywhere here */
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind != kind || (it->flags & CP_OPEN) == 0)
            continue;
        if (n++ > 0 && between.n > 0)
            (void)J->piece(e->out, between);
        (void)chat_pieces_encode(e, i, end);
    }
    (void)J->quote_close(e->out);
}

static void reasoning_note(struct chat_out *e, uint32_t at, uint32_t end)
{
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind == CP_REASONING && (it->flags & CP_OPEN) != 0 && it->text.n > 0)
            chat_out_note_item(e, CP_DROPPED, it, "the server does not want its thoughts back");
    }
}

static void reasoning_encode(struct chat_out *e, uint32_t at, uint32_t end,
                             const struct turn *t)
{
    int is_wanted =
        e->conf->echo == ECHO_ALWAYS || (e->conf->echo == ECHO_TOOL_LOOP && t->calls > 0);

    if (!is_wanted || (e->caps.flags & CAP_OPENAI) != 0) {
        reasoning_note(e, at, end);
        return;
    }
    if (t->reasonings > 0 && e->conf->reasoning_field != FIELD_PLAIN) {
        (void)J->key(e->out, "reasoning_content");
        joined_encode(e, at, end, CP_REASONING, S("\n\n"));
    }
    if (t->reasonings > 0 && e->conf->reasoning_field != FIELD_CONTENT) {
        (void)J->key(e->out, "reasoning");
        joined_encode(e, at, end, CP_REASONING, S("\n\n"));
    }
}

/* State that the server made and gave us in this member goes back as it came. */
static void details_encode(struct chat_out *e, uint32_t at, uint32_t end, const struct turn *t)
{
    if (t->details == 0 || (e->caps.flags & CAP_OPENAI) != 0)
        return;
    (void)J->key(e->out, "reasoning_details");
    (void)J->open(e->out, '[');
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind == CP_STATE && openai_text_is(it->id, OPENAI_CHAT) &&
            openai_text_is(it->name, "encrypted") && J->check(e->call, it->text) == CP_OK)
            (void)J->raw(e->out, it->text);
    }
    (void)J->close(e->out);
}

/* The signature of the call at `at`: on it, or, where a dialect between had no other place for it,
 * in the thought right before. */
static const struct cp_item *signature_of(struct chat_out *e, uint32_t at, uint32_t first,
                                          uint32_t end)
{
    uint32_t stop = chat_block_end(e->tape, at, end);
    const struct cp_item *it;

    for (uint32_t i = at + 1; i < stop; i++)
        if ((it = H->item(e->tape, i))->kind == CP_STATE && openai_text_is(it->id, "gemini"))
            return it;
    for (uint32_t i = at; i-- > first;) {
        it = H->item(e->tape, i);
        if (it->kind == CP_STATE && openai_text_is(it->id, "gemini"))
            return it;
        if (it->kind != CP_REASONING && it->kind != CP_NATIVE)
            break;
    }
    return NULL;
}

static void signature_encode(struct chat_out *e, uint32_t at, uint32_t first, uint32_t end)
{
    const struct cp_item *state = signature_of(e, at, first, end);

    if (state == NULL)
        return;
    if ((e->caps.flags & CAP_GOOGLE) == 0) {
        chat_out_note_item(e, CP_DROPPED, state, "state that only its maker can read");
        return;
    }
    (void)J->key(e->out, "extra_content");
    (void)J->open(e->out, '{');
    (void)J->key(e->out, "google");
    (void)J->open(e->out, '{');
    chat_out_key_text(e, "thought_signature", state->text);
    (void)J->close(e->out);
    (void)J->close(e->out);
}

/* Arguments: the text of a JSON object, byte for byte; never "". */
static void arguments_encode(struct chat_out *e, uint32_t at, uint32_t end, int is_wrapped)
{
    struct cp_str text = chat_block_text(e->call, e->tape, at, end);
    struct cp_str parts[3] = { S("{\"input\":"), { NULL, 0 }, S("}") };

    if (is_wrapped) {
        parts[1] = openai_text_quote(e->call, text);
        text = openai_text_join(e->call, parts, 3);
    } else if (openai_text_trim(text).n == 0) {
        text = S("{}");
    }
    chat_out_key_text(e, "arguments", text);
}

static struct cp_str call_name(struct chat_out *e, const struct cp_item *it)
{
    struct cp_str parts[3] = { it->meta, S("__"), it->name };

    return chat_out_name(e, it->meta.n > 0 ? openai_text_join(e->call, parts, 3) : it->name);
}

static void call_encode(struct chat_out *e, uint32_t at, uint32_t first, uint32_t end)
{
    const struct cp_item *it = H->item(e->tape, at);
    int is_custom = it->sub == CP_TOOL_CUSTOM, is_native = is_custom && e->is_custom_native;

    (void)J->open(e->out, '{');
    chat_out_key_text(e, "id", chat_out_id(e, it->id));
    chat_out_key_raw(e, "type", is_native ? S("\"custom\"") : S("\"function\""));
    (void)J->key(e->out, is_native ? "custom" : "function");
    (void)J->open(e->out, '{');
    chat_out_key_text(e, "name", call_name(e, it));
    if (is_native)
        chat_out_key_text(e, "input", chat_block_text(e->call, e->tape, at, end));
    else
        arguments_encode(e, at, end, is_custom);
    (void)J->close(e->out);
    signature_encode(e, at, first, end);
    (void)J->close(e->out);
}

static void calls_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    (void)J->key(e->out, "tool_calls");
    (void)J->open(e->out, '[');
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        if (it->kind == CP_TOOL_CALL && (it->flags & CP_OPEN) != 0)
            call_encode(e, i, at, end);
    }
    (void)J->close(e->out);
}

static void content_encode(struct chat_out *e, uint32_t at, uint32_t end, const struct turn *t)
{
    (void)J->key(e->out, "content");
    /* Servers differ on null where there are no calls; "" is taken everywhere. */
    if (t->texts == 0 && (t->calls > 0 || t->refusals > 0) && !e->conf->strings_only)
        (void)J->raw(e->out, S("null"));
    else
        joined_encode(e, at, end, CP_TEXT, S(""));
    if (t->refusals > 0) {
        (void)J->key(e->out, "refusal");
        joined_encode(e, at, end, CP_REFUSAL, S(""));
    }
}

void chat_message_natives_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->tape, i);
        struct cp_str key;
        if (it->kind != CP_NATIVE || !openai_text_begins(it->name, "messages[") ||
            openai_text_find(it->name, "].content[") != 0 ||
            openai_text_find(it->name, ".cache_control") != 0)
            continue;
        key = chat_native_key(e->call, it);
        if (key.p != NULL)
            chat_out_key_raw(e, key.p, it->text);
    }
}

void chat_assistant_encode(struct chat_out *e, uint32_t at, uint32_t end)
{
    struct turn t = turn_read(e, at, end);

    if (t.calls + t.refusals == 0 && t.text_bytes == 0) {
        reasoning_note(e, at, end); /* thoughts alone are no message here */
        return;
    }
    e->messages_n++;
    (void)J->open(e->out, '{');
    chat_out_key_raw(e, "role", S("\"assistant\""));
    content_encode(e, at, end, &t);
    reasoning_encode(e, at, end, &t);
    details_encode(e, at, end, &t);
    if (t.calls > 0)
        calls_encode(e, at, end);
    chat_name_encode(e, H->item(e->tape, at));
    chat_message_natives_encode(e, at, end);
    (void)J->close(e->out);
}
