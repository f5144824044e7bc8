/* SPDX-License-Identifier: MIT */
/*
 * responses_items_encode - the conversation as the items of input.
 *
 * Items go without ids: an id would be looked up among what the service keeps, and what it
 * keeps is not ours to know.  Reasoning goes back as its maker sealed it, in front of what it
 * led to; a service refuses reasoning that nothing follows.  source: OpenAI's guide to
 * reasoning models and its 400 "reasoning was provided without its required following item",
 * as of 2026-08
 */
#include "responses.h"

#include <string.h>

/* ---- one item at a time ------------------------------------------------------------------ */

void responses_item_shut(struct responses_out *e)
{
    if (e->stage == STAGE_CONTENT)
        (void)J->close(e->c.out); /* an out remembers its failure; so everywhere here */
    if (e->stage != STAGE_SHUT)
        (void)J->close(e->c.out);
    e->stage = STAGE_SHUT;
    e->role = 0;
}

void responses_item_open(struct responses_out *e, const char *type)
{
    responses_item_shut(e);
    (void)J->open(e->c.out, '{');
    chat_out_key_text(&e->c, "type", (struct cp_str){ type, strlen(type) });
    e->stage = STAGE_MEMBERS;
}

static const char *role_word(const struct responses_out *e, uint32_t role)
{
    if (role == CP_SYS && e->is_own && !e->is_codex)
        return "system";
    return role == CP_USER ? "user" : role == CP_ASSISTANT ? "assistant" : "developer";
}

void responses_content_open(struct responses_out *e, uint32_t role)
{
    const char *word = role_word(e, role);

    if (e->stage == STAGE_CONTENT && e->role == role)
        return;
    responses_item_open(e, "message");
    chat_out_key_text(&e->c, "role", (struct cp_str){ word, strlen(word) });
    (void)J->key(e->c.out, "content");
    (void)J->open(e->c.out, '[');
    e->stage = STAGE_CONTENT;
    e->role = role;
}

/* A member that has no item of its own, into the item it came in. */
static void member_encode(struct responses_out *e, const struct cp_item *it)
{
    struct cp_str key = responses_native_key(e->c.call, it);

    if (key.p == NULL || e->stage == STAGE_SHUT) {
        H->note_item(e->c.call, CP_DROPPED, it, "cannot be placed again");
        return;
    }
    if (openai_text_is(key, "id") && !openai_text_begins(it->text, "\"ig_"))
        return;
    if (e->stage == STAGE_CONTENT)
        (void)J->close(e->c.out);
    e->stage = STAGE_MEMBERS;
    e->role = 0;
    chat_out_key_raw(&e->c, key.p, it->text);
}

static void native_encode(struct responses_out *e, const struct cp_item *it)
{
    if (!openai_text_is(it->id, OPENAI_RESPONSES))
        return;
    if (it->name.n == 0 || it->name.p[it->name.n - 1] != ']') {
        if (openai_text_find(it->name, "].") != 0)
            member_encode(e, it);
        return;
    }
    if (openai_text_begins(it->name, "include[") || openai_text_begins(it->name, "tool"))
        return; /* written elsewhere */
    responses_item_shut(e);
    (void)J->raw(e->c.out, it->text);
}

/* ---- the assistant's --------------------------------------------------------------------- */

static struct cp_str state_of(const struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *first = H->item(e->c.tape, at);

    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->c.tape, i);
        if (it->kind == CP_STATE && it->index == first->index &&
            openai_text_is(it->id, OPENAI_RESPONSES))
            return it->text;
    }
    return (struct cp_str){ NULL, 0 };
}

/* The segments of a block as [{"type":TYPE,"text":..}]. */
static void segments_encode(struct responses_out *e, uint32_t at, uint32_t end,
                            const char *type)
{
    const struct cp_item *first = H->item(e->c.tape, at);
    int is_open = 0;

    (void)J->open(e->c.out, '[');
    for (uint32_t i = at; i < end; i++) {
        const struct cp_item *it = H->item(e->c.tape, i);
        if (it->kind != CP_REASONING || it->index != first->index || it->text.n == 0)
            continue;
        if (is_open && (it->flags & CP_SEGMENT) != 0) {
            (void)J->quote_close(e->c.out);
            (void)J->close(e->c.out);
            is_open = 0;
        }
        if (!is_open) {
            (void)J->open(e->c.out, '{');
            chat_out_key_text(&e->c, "type", (struct cp_str){ type, strlen(type) });
            (void)J->key(e->c.out, "text");
            (void)J->quote_open(e->c.out);
            is_open = 1;
        }
        (void)J->piece(e->c.out, it->text);
    }
    if (is_open) {
        (void)J->quote_close(e->c.out);
        (void)J->close(e->c.out);
    }
    (void)J->close(e->c.out);
}

static int is_followed(const struct responses_out *e, uint32_t at, uint32_t end)
{
    for (; at < end; at++) {
        const struct cp_item *it = H->item(e->c.tape, at);
        if ((it->flags & CP_OPEN) != 0 && it->kind != CP_REASONING)
            return 1;
    }
    return 0;
}

/* Each of its segments is a loss of its own. */
static void reasoning_note(struct responses_out *e, uint32_t at, uint32_t end, const char *why)
{
    for (; at < end; at++) {
        const struct cp_item *it = H->item(e->c.tape, at);
        if ((it->kind == CP_REASONING && it->text.n > 0) || it->kind == CP_STATE)
            H->note_item(e->c.call, CP_DROPPED, it, why);
    }
}

static uint32_t reasoning_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *first = H->item(e->c.tape, at);
    uint32_t stop = chat_block_end(e->c.tape, at, end), raw = at, after = stop;
    const struct cp_item *next = stop < end ? H->item(e->c.tape, stop) : NULL;
    struct cp_str state = state_of(e, at, stop);

    /* What was shown and what was thought are two blocks of one item. */
    if (first->sub != CP_RAW_THOUGHT && next != NULL && next->kind == CP_REASONING &&
        next->sub == CP_RAW_THOUGHT && (next->flags & CP_OPEN) != 0 && first->id.n > 0 &&
        openai_text_same(first->id, next->id)) {
        raw = stop;
        after = chat_block_end(e->c.tape, stop, end);
    }
    if ((state.p == NULL && !(e->is_own && H->item(e->c.tape, raw)->sub == CP_RAW_THOUGHT)) ||
        !is_followed(e, after, end)) {
        reasoning_note(e, at, after,
                       state.p == NULL ? "thoughts of another maker's"
                                       : "thoughts that led nowhere");
        return after;
    }
    responses_item_open(e, "reasoning");
    (void)J->key(e->c.out, "summary");
    if (first->sub == CP_RAW_THOUGHT)
        (void)J->raw(e->c.out, S("[]"));
    else
        segments_encode(e, at, stop, "summary_text");
    if (H->item(e->c.tape, raw)->sub == CP_RAW_THOUGHT) {
        (void)J->key(e->c.out, "content");
        segments_encode(e, raw, after, "reasoning_text");
    }
    if (state.p != NULL)
        chat_out_key_text(&e->c, "encrypted_content", state);
    return after;
}

struct cp_str responses_call_id(struct responses_out *e, struct cp_str id)
{
    return id.n > 64 ? H->rename(e->c.call, id, 64, CP_NAME_DOTS) : id;
}

static uint32_t call_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    struct cp_str text = chat_block_text(e->c.call, e->c.tape, at, end);
    int is_custom = it->sub == CP_TOOL_CUSTOM;

    responses_item_open(e, is_custom ? "custom_tool_call" : "function_call");
    chat_out_key_text(&e->c, "call_id", responses_call_id(e, it->id));
    chat_out_key_text(&e->c, "name", chat_out_name(&e->c, it->name));
    if (it->meta.n > 0)
        chat_out_key_text(&e->c, "namespace", it->meta);
    if (!is_custom && openai_text_trim(text).n == 0)
        text = S("{}");
    chat_out_key_text(&e->c, is_custom ? "input" : "arguments", text);
    return chat_block_end(e->c.tape, at, end);
}

static uint32_t server_call_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    struct cp_str text = chat_block_text(e->c.call, e->c.tape, at, end);
    int is_object = J->check(e->c.call, text) == CP_OK && J->kind(text) == '{';

    if (!e->is_own || !is_object) {
        H->note_item(e->c.call, CP_DROPPED, it, "the work of another maker's hosted tool");
    } else if (openai_text_is(it->name, "web_search")) {
        responses_item_open(e, "web_search_call");
        chat_out_key_text(&e->c, "id", it->id);
        chat_out_key_text(&e->c, "status", it->meta.n > 0 ? it->meta : S("completed"));
        chat_out_key_raw(&e->c, "action", text);
    } else {
        responses_item_shut(e);
        (void)J->raw(e->c.out, text);
    }
    return chat_block_end(e->c.tape, at, end);
}

static uint32_t picture_encode(struct responses_out *e, uint32_t at)
{
    const struct cp_item *it = H->item(e->c.tape, at);

    if (!e->is_own || it->sub != CP_IMAGE || it->num != CP_FROM_BASE64) {
        H->note_item(e->c.call, CP_DROPPED, it, "media of the assistant's");
    } else {
        responses_item_open(e, "image_generation_call");
        chat_out_key_text(&e->c, "result", it->text);
    }
    return chat_media_end(e->c.tape, at);
}

/* ---- anyone's ---------------------------------------------------------------------------- */

static uint32_t compaction_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    uint32_t stop = chat_block_end(e->c.tape, at, end);
    struct cp_str state = state_of(e, at, stop);
    struct cp_str parts[2] = { S("Summary of the earlier conversation:\n"),
                               chat_block_text(e->c.call, e->c.tape, at, end) };

    if (state.p != NULL) {
        responses_item_open(e, "compaction");
        chat_out_key_text(&e->c, "encrypted_content", state);
        return stop;
    }
    responses_item_shut(e);
    responses_content_open(e, CP_USER);
    responses_part_text(e, "input_text", openai_text_join(e->c.call, parts, 2));
    return stop;
}

static int is_custom_result(const struct responses_out *e, const struct cp_item *result)
{
    if (result->sub == CP_TOOL_CUSTOM)
        return 1;
    for (uint32_t i = 0; i < e->customs_n; i++)
        if (openai_text_same(e->customs[i], result->id))
            return 1;
    return 0;
}

static uint32_t result_encode(struct responses_out *e, uint32_t at)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    uint32_t end = chat_enclosed_end(e->c.tape, at);

    responses_item_open(e, is_custom_result(e, it) ? "custom_tool_call_output"
                                                   : "function_call_output");
    chat_out_key_text(&e->c, "call_id", responses_call_id(e, it->id));
    responses_output_encode(e, at, end);
    return end;
}

static uint32_t reference_encode(struct responses_out *e, uint32_t at, uint32_t end)
{
    const struct cp_item *it = H->item(e->c.tape, at);

    if (!e->is_own && e->c.rc == CP_OK)
        e->c.rc = H->fail_item(e->c.call, CP_E_UNSUPPORTED, it,
                               "an item stored by another maker cannot be fetched from here");
    responses_item_open(e, "item_reference");
    chat_out_key_text(&e->c, "id", it->id);
    return chat_block_end(e->c.tape, at, end);
}

/* One thing of a message of that role (0: at the top); where the next one is. */
static uint32_t thing_encode(struct responses_out *e, uint32_t at, uint32_t end, uint32_t role)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    int opens = (it->flags & CP_OPEN) != 0;

    if (it->kind == CP_CONTROL) {
        responses_item_shut(e);
        (void)J->raw(e->c.out, it->text);
        return at + 1;
    }
    if (it->kind == CP_CACHE_MARK)
        responses_mark_note(e, it);
    if (opens && it->kind == CP_MEDIA && role == CP_ASSISTANT && chat_media_is_attachment(it))
        return picture_encode(e, at);
    if (role != 0 && responses_is_part(it)) {
        responses_content_open(e, role);
        return responses_part_encode(e, at, end, role == CP_ASSISTANT);
    }
    if (it->kind == CP_NATIVE)
        native_encode(e, it);
    if (!opens)
        return at + 1;
    switch (it->kind) {
    case CP_REASONING:
        return reasoning_encode(e, at, end);
    case CP_TOOL_CALL:
        return call_encode(e, at, end);
    case CP_TOOL_RESULT:
        return result_encode(e, at);
    case CP_SERVER_CALL:
        return server_call_encode(e, at, end);
    case CP_COMPACTION:
        return compaction_encode(e, at, end);
    case CP_REFERENCE:
        return reference_encode(e, at, end);
    default:
        return at + 1;
    }
}

/* ---- all --------------------------------------------------------------------------------- */

static void customs_list(struct responses_out *e)
{
    const struct cp_item *it;
    uint32_t n = 0;

    for (size_t i = 0; (it = H->item(e->c.tape, i)) != NULL; i++)
        n += it->kind == CP_TOOL_CALL && it->sub == CP_TOOL_CUSTOM;
    e->customs = n == 0 ? NULL : H->alloc(e->c.call, n * sizeof(*e->customs));
    for (size_t i = 0; e->customs != NULL && (it = H->item(e->c.tape, i)) != NULL; i++)
        if (it->kind == CP_TOOL_CALL && it->sub == CP_TOOL_CUSTOM && e->customs_n < n)
            e->customs[e->customs_n++] = it->id;
}

/* What a prefilled answer becomes: OpenAI would begin a new one. */
static void prefill_encode(struct responses_out *e, uint32_t last, uint32_t end)
{
    int has_text = 0;

    for (uint32_t i = last; i < end; i++) {
        const struct cp_item *it = H->item(e->c.tape, i);
        if (it->kind == CP_TOOL_CALL || it->kind == CP_SERVER_CALL)
            return;
        has_text |= it->kind == CP_TEXT;
    }
    if (!has_text || e->is_own)
        return;
    H->note_item(e->c.call, CP_APPROXIMATED, H->item(e->c.tape, last),
                 "a prefilled answer becomes a request to go on");
    responses_item_shut(e);
    responses_content_open(e, CP_USER);
    responses_part_text(
        e, "input_text",
        S("Continue exactly where your last message stopped; do not repeat it."));
}

static uint32_t message_encode(struct responses_out *e, uint32_t at)
{
    const struct cp_item *it = H->item(e->c.tape, at);
    uint32_t end = chat_enclosed_end(e->c.tape, at), role = it->sub;

    responses_item_shut(e);
    if (it->name.n > 0)
        H->note_item(e->c.call, CP_DROPPED,
                     &(struct cp_item){ CP_ITEM(AUX), .name = S("name"), .text = it->name },
                     "this dialect has no authors' names");
    for (uint32_t i = at + 1; i < end - 1;)
        i = thing_encode(e, i, end - 1, role);
    responses_item_shut(e);
    if (role == CP_ASSISTANT) {
        const struct cp_item *next = H->item(e->c.tape, end);
        if (next == NULL || next->kind == CP_END)
            prefill_encode(e, at, end);
    }
    return end;
}

void responses_input_encode(struct responses_out *e)
{
    const struct cp_item *it;

    customs_list(e);
    for (uint32_t i = 0; (it = H->item(e->c.tape, i)) != NULL;) {
        if (it->kind == CP_MESSAGE && (it->flags & CP_OPEN) != 0)
            i = message_encode(e, i);
        else if (it->kind == CP_CONTROL || it->kind == CP_COMPACTION ||
                 it->kind == CP_REFERENCE)
            i = thing_encode(e, i, UINT32_MAX, 0);
        else
            i++;
    }
    responses_item_shut(e);
}
