/* SPDX-License-Identifier: MIT */
/*
 * parts_decode - the parts of an answer become items, as they come.
 *
 *     text                 TEXT; thought: true: REASONING.  Neighbours of one kind are one block.
 *     functionCall         TOOL_CALL, whole; its arguments may come value by value (Vertex)
 *     inlineData fileData  MEDIA
 *     executableCode toolCall                SERVER_CALL
 *     codeExecutionResult toolResponse       SERVER_RESULT
 *     anything else        NATIVE "parts[]", the whole part
 *
 * A signature is the state of the block its part became.  One on an empty text belongs to the text
 * before it; where there is none it gets an empty REASONING of its own.  A signature must come back
 * on the part it was made for, so for clients of this dialect a signed text is a block by itself.
 * To others two blocks would show as two paragraphs: there the first signature of a text counts, if
 * it came in time.  Signatures of calls, which must come back, are never left out.
 */
#include "answer.h"

enum {
    TEXT,
    THOUGHT,
    SIGNATURE,
    INLINE,
    FILE_DATA,
    CALL,
    CODE,
    CODE_RESULT,
    TOOL_CALL,
    TOOL_RESPONSE,
    MEMBERS_N
};
static const char *const names[MEMBERS_N] = {
    "text",         "thought",        "thoughtSignature",    "inlineData", "fileData",
    "functionCall", "executableCode", "codeExecutionResult", "toolCall",   "toolResponse"
};

/* ---- blocks ------------------------------------------------------------------------------ */

void gemini_rx_message(struct rx *rx, struct rx_choice *c)
{
    if (c->is_open)
        return;
    c->is_open = 1;
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN,
                                          .sub = CP_ASSISTANT, .choice = c->number });
}

/* With the last of its words. */
static void close_block(struct rx *rx, struct rx_choice *c, struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TEXT), .flags = CP_CLOSE, .index = c->index,
                          .choice = c->number, .text = text };

    if (c->current == 0)
        return;
    builder_add(&c->text, text);
    if (c->current == CP_TEXT)
        gemini_rx_cites(rx, c, 0);
    it.kind = c->current;
    it.sub = c->current == CP_REASONING ? CP_SUMMARY : 0;
    gemini_rx_emit(rx, &it);
    c->current = 0;
    c->text.n = 0;
}

void gemini_rx_close_block(struct rx *rx, struct rx_choice *c)
{
    close_block(rx, c, S(""));
}

void gemini_rx_words(struct rx *rx, struct rx_choice *c, uint32_t kind, struct cp_str text)
{
    struct cp_item it = { CP_ITEM(TEXT), .choice = c->number, .text = text };

    if (c->current != kind)
        gemini_rx_close_block(rx, c);
    if (c->current == 0) {
        gemini_rx_message(rx, c);
        if (rx->is_whole && kind == CP_TEXT)
            gemini_rx_searches(rx, c);
        it.flags = CP_OPEN;
        c->current = kind;
        c->index = rx->next_index++;
        c->is_signed = 0;
    }
    it.kind = kind;
    it.sub = kind == CP_REASONING ? CP_SUMMARY : 0;
    it.index = c->index;
    gemini_rx_emit(rx, &it);
    c->has_content |= kind == CP_TEXT && text.n > 0;
    c->text.call = rx->call;
    if (kind == CP_TEXT && !rx->is_tap)
        builder_add(&c->text, text);
}

/* The state of a block that is open. */
static void sign(struct rx *rx, struct rx_choice *c, uint32_t index, struct cp_str signature,
                 int is_thought)
{
    struct cp_item it = { CP_ITEM(STATE), 0 };

    if (signature.n == 0 || gemini_is_stand_in(signature))
        return;
    gemini_state_read(rx->call, signature, is_thought, &it);
    it.index = index;
    it.choice = c->number;
    gemini_rx_emit(rx, &it);
}

/* A block that came whole. */
static void whole(struct rx *rx, struct rx_choice *c, struct cp_item *it,
                  struct cp_str signature)
{
    gemini_rx_close_block(rx, c);
    gemini_rx_message(rx, c);
    c->has_content = 1;
    it->choice = c->number;
    it->index = rx->next_index++;
    it->flags = signature.n > 0 ? CP_OPEN : CP_WHOLE;
    gemini_rx_emit(rx, it);
    if (signature.n == 0)
        return;
    sign(rx, c, it->index, signature, 0);
    it->flags = CP_CLOSE;
    it->text = S("");
    gemini_rx_emit(rx, it);
}

/* ---- words ------------------------------------------------------------------------------- */

static void empty_thought(struct rx *rx, struct rx_choice *c, struct cp_str signature,
                          int is_thought)
{
    gemini_rx_close_block(rx, c);
    gemini_rx_words(rx, c, CP_REASONING, S(""));
    sign(rx, c, c->index, signature, is_thought);
    gemini_rx_close_block(rx, c);
}

/*
 * Other dialects could only show it as a thought behind the answer, and their clients take what
 * comes last for the answer.  On a text it may be left out.
 */
static int is_too_late(const struct rx *rx, const struct rx_choice *c)
{
    return !rx->is_exact && !rx->is_whole && c->has_content;
}

static void signature_drop(struct rx *rx)
{
    H->note(rx->call, CP_DROPPED, S("candidates[].content.parts[].thoughtSignature"),
            "it came behind what it signs");
}

/* The state comes before the text, so that a stream can still say it ahead of the block. */
static void signed_words(struct rx *rx, struct rx_choice *c, uint32_t kind, struct cp_str text,
                         struct cp_str signature)
{
    int is_new = rx->is_exact || c->current != kind;

    if (!is_new && (c->is_signed || is_too_late(rx, c))) {
        gemini_rx_words(rx, c, kind, text);
        signature_drop(rx);
        return;
    }
    if (is_new) {
        gemini_rx_close_block(rx, c);
        gemini_rx_words(rx, c, kind, S(""));
    } else {
        gemini_rx_words(rx, c, kind, text);
    }
    sign(rx, c, c->index, signature, kind == CP_REASONING);
    c->is_signed = 1;
    c->has_content |= kind == CP_TEXT;
    if (rx->is_exact)
        close_block(rx, c, text);
    else if (is_new)
        gemini_rx_words(rx, c, kind, text);
}

static void words_part(struct rx *rx, struct rx_choice *c, const struct cp_str *m)
{
    uint32_t kind = J->kind(m[THOUGHT]) == 't' ? CP_REASONING : CP_TEXT;
    struct cp_str text = J->kind(m[TEXT]) == '"' ? J->text(rx->call, m[TEXT]) : S("");
    struct cp_str signature =
        J->kind(m[SIGNATURE]) == '"' ? J->text(rx->call, m[SIGNATURE]) : NOTHING;

    if (signature.n == 0 && text.n > 0) {
        gemini_rx_words(rx, c, kind, text);
    } else if (signature.n > 0 && text.n > 0) {
        signed_words(rx, c, kind, text, signature);
    } else if (signature.n > 0 && is_too_late(rx, c)) {
        signature_drop(rx);
    } else if (signature.n > 0 && c->current == kind && !c->is_signed) {
        sign(rx, c, c->index, signature, kind == CP_REASONING);
        c->is_signed = 1;
        gemini_rx_close_block(rx, c);
    } else if (signature.n > 0) {
        empty_thought(rx, c, signature, kind == CP_REASONING);
    }
}

/* ---- calls ------------------------------------------------------------------------------- */

static struct cp_str made_id(struct rx *rx, struct rx_choice *c, struct cp_str name)
{
    struct cp_str seed[3] = { rx->id, NOTHING, name };

    seed[1] =
        gemini_text_format(rx->call, "|%u|%u|", (unsigned)c->number, (unsigned)c->ordinal);
    return gemini_id_of(rx->call, gemini_text_join(rx->call, seed, 3));
}

static void call_emit(struct rx *rx, struct rx_choice *c, struct cp_str name, struct cp_str id,
                      struct cp_str arguments, struct cp_str signature)
{
    struct cp_item it = { CP_ITEM(TOOL_CALL), .sub = CP_TOOL_FUNCTION };

    if (name.n == 0) {
        H->note(rx->call, CP_REPAIRED, S("functionCall"), "a call without a name was left out");
        return;
    }
    it.id = id.n > 0 ? id : made_id(rx, c, name);
    it.name = H->original(rx->call, name);
    it.text = gemini_enum_mend(rx->call, name, arguments);
    if (gemini_custom_is(rx->call, name)) {
        it.sub = CP_TOOL_CUSTOM;
        it.text = gemini_custom_text(rx->call, arguments);
    }
    c->ordinal++;
    c->has_calls = 1;
    whole(rx, c, &it, signature);
}

void gemini_rx_call_end(struct rx *rx, struct rx_choice *c)
{
    struct rx_call *open = &c->call;

    if (!open->is_open)
        return;
    open->is_open = 0;
    call_emit(rx, c, open->name, open->id, gemini_partial_text(rx->call, open->arguments),
              open->signature);
    *open = (struct rx_call){ 0 };
}

/* Its pieces name it once; {} or one without willContinue is the last. */
static void call_piece(struct rx *rx, struct rx_choice *c, struct cp_str call,
                       struct cp_str signature)
{
    struct cp_str name = gemini_member_text(rx->call, call, "name");
    struct cp_str id = gemini_member_text(rx->call, call, "id");

    if (name.n > 0 && c->call.is_open)
        gemini_rx_call_end(rx, c);
    c->call.is_open = 1;
    if (name.n > 0)
        c->call.name = gemini_rx_keep(rx, name);
    if (id.n > 0)
        c->call.id = gemini_rx_keep(rx, id);
    if (signature.n > 0)
        c->call.signature = gemini_rx_keep(rx, signature);
    gemini_partial_take(rx->call, &c->call.arguments, gemini_member(call, "partialArgs"));
    if (J->kind(gemini_member(call, "willContinue")) != 't')
        gemini_rx_call_end(rx, c);
}

static void call_part(struct rx *rx, struct rx_choice *c, struct cp_str call,
                      struct cp_str signature)
{
    struct cp_str args = gemini_member(call, "args");
    int is_piece = J->kind(gemini_member(call, "partialArgs")) == '[' ||
                   J->kind(gemini_member(call, "willContinue")) == 't';

    if (args.p == NULL && (is_piece || c->call.is_open)) {
        call_piece(rx, c, call, signature);
        return;
    }
    gemini_rx_call_end(rx, c);
    call_emit(rx, c, gemini_member_text(rx->call, call, "name"),
              gemini_member_text(rx->call, call, "id"),
              args.p == NULL ? S("{}") : J->compact(rx->call, args), signature);
}

/* ---- media ------------------------------------------------------------------------------- */

static void media_part(struct rx *rx, struct rx_choice *c, struct cp_str data, int is_file,
                       struct cp_str signature)
{
    struct cp_item it = { CP_ITEM(MEDIA), .num = is_file ? CP_FROM_URL : CP_FROM_BASE64 };

    it.text = gemini_member_text(rx->call, data, is_file ? "fileUri" : "data");
    if (it.text.n == 0)
        return;
    if (!is_file)
        it.text = gemini_base64(rx->call, it.text);
    it.name = gemini_member_text(rx->call, data, "mimeType");
    it.id = gemini_member_text(rx->call, data, "displayName");
    it.sub = gemini_media_class(it.name);
    whole(rx, c, &it, signature);
}

/* ---- what the service ran by itself -------------------------------------------------------- */

static void server_call(struct rx *rx, struct rx_choice *c, struct cp_str call,
                        struct cp_str name, struct cp_str signature)
{
    struct cp_item it = { CP_ITEM(SERVER_CALL), .name = name,
                          .text = J->compact(rx->call, call) };

    it.id = gemini_member_text(rx->call, call, "id");
    if (it.id.n == 0)
        it.id = made_id(rx, c, name);
    c->code_id = gemini_rx_keep(rx, it.id);
    c->ordinal++;
    whole(rx, c, &it, signature);
}

static void server_result(struct rx *rx, struct rx_choice *c, struct cp_str result,
                          const char *name, struct cp_str signature)
{
    struct cp_str outcome = gemini_member_text(rx->call, result, "outcome");
    struct cp_item it = { CP_ITEM(SERVER_RESULT), .text = J->compact(rx->call, result),
                          .meta = S(GEMINI_MAKER),
                          .num = outcome.n > 0 && !gemini_text_is(outcome, "OUTCOME_OK") };

    it.name = gemini_text_format(rx->call, "%s", name);
    it.id = gemini_member_text(rx->call, result, "id");
    if (it.id.n == 0)
        it.id = c->code_id;
    whole(rx, c, &it, signature);
}

/* ---- parts ------------------------------------------------------------------------------- */

static void native_part(struct rx *rx, struct rx_choice *c, struct cp_str part,
                        const char *what)
{
    gemini_rx_close_block(rx, c);
    gemini_rx_message(rx, c);
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(NATIVE), .choice = c->number,
                                          .id = S(GEMINI_MAKER), .name = S("parts[]"),
                                          .text = J->compact(rx->call, part) });
    if (!rx->is_exact)
        H->note(rx->call, CP_DROPPED, S("candidates[].content.parts[]"), what);
}

/* Returns how many members are none of ours. */
static int part_read(struct cp_str part, struct cp_str *m)
{
    struct cp_str key, v;
    size_t at = 0;
    int others = 0;

    for (int i = 0; i < MEMBERS_N; i++)
        m[i] = NOTHING;
    while (J->each(part, &at, &key, &v)) {
        int i = 0;
        while (i < MEMBERS_N && !gemini_key_is(key, names[i]))
            i++;
        if (i < MEMBERS_N && J->kind(v) != 'n')
            m[i] = v;
        others += i == MEMBERS_N;
    }
    return others;
}

static int is_object(struct cp_str v)
{
    return J->kind(v) == '{';
}

static void server_part(struct rx *rx, struct rx_choice *c, const struct cp_str *m,
                        struct cp_str signature)
{
    if (is_object(m[CODE]))
        server_call(rx, c, m[CODE], S("code_execution"), signature);
    if (is_object(m[CODE_RESULT]))
        server_result(rx, c, m[CODE_RESULT], "codeExecutionResult", signature);
    if (is_object(m[TOOL_CALL])) {
        struct cp_str type = gemini_member_text(rx->call, m[TOOL_CALL], "toolType");
        server_call(rx, c, m[TOOL_CALL], type.n > 0 ? gemini_hosted_word(type) : S("tool"),
                    signature);
    }
    if (is_object(m[TOOL_RESPONSE]))
        server_result(rx, c, m[TOOL_RESPONSE], "toolResponse", signature);
}

/* The tap: that there is something, and whether it calls. */
static void part_tap(struct rx *rx, struct rx_choice *c, const struct cp_str *m)
{
    int has_words = m[TEXT].n > 2;

    for (int i = INLINE; i < MEMBERS_N; i++)
        has_words |= m[i].p != NULL;
    c->has_calls |= m[CALL].p != NULL;
    if (!has_words || c->has_content)
        return;
    c->has_content = 1;
    gemini_rx_message(rx, c);
    gemini_rx_emit(rx, &(struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .choice = c->number,
                                          .index = rx->next_index++,
                                          .text = S("...") }); /* nobody reads it */
}

void gemini_rx_part(struct rx *rx, struct rx_choice *c, struct cp_str part)
{
    struct cp_str m[MEMBERS_N], signature = NOTHING;
    int others = part_read(part, m), is_known = 0;

    if (rx->is_tap) {
        part_tap(rx, c, m);
        return;
    }
    for (int i = INLINE; i < MEMBERS_N; i++)
        is_known |= is_object(m[i]);
    if (!is_known && m[TEXT].p == NULL && others > 0) {
        native_part(rx, c, part, "a part that is not known here");
        return;
    }
    if (!is_known || m[TEXT].n > 2) {
        words_part(rx, c, m);
        if (!is_known)
            return;
    }
    /* Only calls come back from clients of other dialects. */
    if (J->kind(m[SIGNATURE]) == '"' && m[TEXT].n <= 2 && (rx->is_exact || is_object(m[CALL])))
        signature = J->text(rx->call, m[SIGNATURE]);
    if (J->kind(m[THOUGHT]) == 't' && (m[INLINE].p != NULL || m[FILE_DATA].p != NULL)) {
        native_part(rx, c, part, "a picture that belongs to a thought");
        return;
    }
    if (is_object(m[INLINE]))
        media_part(rx, c, m[INLINE], 0, signature);
    if (is_object(m[FILE_DATA]))
        media_part(rx, c, m[FILE_DATA], 1, signature);
    if (is_object(m[CALL]))
        call_part(rx, c, m[CALL], signature);
    server_part(rx, c, m, signature);
}
