/* SPDX-License-Identifier: MIT */
/*
 * contents_decode - the conversation: Contents, and the parts in them.
 *
 * A client that keeps what it was streamed sends it back as it came: one Content for each event,
 * a thought in many parts and its signature in a part of its own.  So neighbours of the model's
 * become one message, and thoughts that follow each other one block, which ends with the
 * signature of another maker; a signature of Google's own belongs to the part that carries it.
 */
#include "request.h"

#include <string.h>

enum slot {
    TEXT,
    BLOB,
    FILE_DATA,
    CALL,
    RESULT,
    CODE,
    OUTPUT,
    SERVER_CALL,
    SERVER_RESULT,
    THOUGHT,
    SIGNATURE,
    RESOLUTION,
    SLOTS_N
};

static const char *const names[SLOTS_N] = { "text",
                                            "inlineData",
                                            "fileData",
                                            "functionCall",
                                            "functionResponse",
                                            "executableCode",
                                            "codeExecutionResult",
                                            "toolCall",
                                            "toolResponse",
                                            "thought",
                                            "thoughtSignature",
                                            "mediaResolution" };

/* ---- thoughts ------------------------------------------------------------------------------------- */

static void thought_emit(struct reading *r, uint32_t flags, struct cp_str text)
{
    reading_emit(r, &(struct cp_item){ CP_ITEM(REASONING), .flags = flags, .sub = CP_SUMMARY,
                                       .text = text });
}

/* Hands over what waits; flags: how it ends. */
static void thought_flush(struct reading *r, uint32_t flags)
{
    thought_emit(r, (r->is_thought_open ? 0 : CP_OPEN) | flags, r->thought);
    r->is_thought_open = (flags & CP_CLOSE) == 0;
    r->has_thought = 0;
}

void gemini_thought_close(struct reading *r)
{
    if (r->has_thought)
        thought_flush(r, CP_CLOSE);
    else if (r->is_thought_open)
        thought_emit(r, CP_CLOSE, S(""));
    r->is_thought_open = 0;
}

/* The last piece waits: only what comes behind it tells whether the block goes on. */
static void thought_piece(struct reading *r, struct cp_str text)
{
    if (r->has_thought)
        thought_flush(r, 0);
    r->thought = text;
    r->has_thought = 1;
}

static void thought_state(struct reading *r, const struct cp_item *state)
{
    if (r->has_thought)
        thought_flush(r, 0);
    reading_emit(r, state);
    gemini_thought_close(r);
}

static int is_own(const struct cp_item *state)
{
    return gemini_text_is(state->id, GEMINI_MAKER);
}

/* The signature of a part that is no thought: 1, it goes inside the part's block. */
static int signature_before(struct reading *r, struct cp_str signature, struct cp_item *state)
{
    *state = (struct cp_item){ CP_ITEM(STATE) };
    if (signature.n == 0 || gemini_is_stand_in(signature)) {
        gemini_thought_close(r);
        return 0;
    }
    gemini_state_read(r->call, signature, 0, state);
    if (is_own(state)) {
        gemini_thought_close(r);
        return 1;
    }
    /* Its maker signs thoughts: what was thought before this part, or was not shown. */
    thought_piece(r, S(""));
    thought_state(r, state);
    return 0;
}

static void thought_decode(struct reading *r, struct cp_str text, struct cp_str signature)
{
    struct cp_item state = { CP_ITEM(STATE) };

    if (signature.n > 0) {
        gemini_state_read(r->call, signature, 1, &state);
        if (is_own(&state))
            gemini_thought_close(r);
    }
    thought_piece(r, text);
    if (signature.n > 0)
        thought_state(r, &state);
}

/* ---- blocks ------------------------------------------------------------------------------------------ */

void gemini_signed_emit(struct reading *r, struct cp_item *it, struct cp_str signature)
{
    struct cp_item state;

    if (!signature_before(r, signature, &state)) {
        it->flags = CP_WHOLE;
        reading_emit(r, it);
        return;
    }
    state.index = it->index;
    it->flags = CP_OPEN;
    reading_emit(r, it);
    reading_emit(r, &state);
    it->flags = CP_CLOSE;
    it->text = S("");
    reading_emit(r, it);
}

static void text_decode(struct reading *r, struct cp_str text, struct cp_str signature)
{
    struct cp_item it = { CP_ITEM(TEXT), .text = text };

    gemini_signed_emit(r, &it, signature);
}

/* Work of hosted tools: the member as it is spelled, on one item. */
static void work_decode(struct reading *r, enum slot slot, struct cp_str v,
                        struct cp_str signature)
{
    int is_result = slot == OUTPUT || slot == SERVER_RESULT;
    struct cp_str outcome = gemini_member_text(r->call, v, "outcome");
    struct cp_item it = { CP_ITEM(SERVER_CALL), .text = v,
                          .id = gemini_member_text(r->call, v, "id") };

    if (J->kind(v) != '{') {
        (void)reading_refuse(r, reading_path(r, names[slot]), "expected an object");
        return;
    }
    if (it.id.n == 0)
        it.id =
            gemini_id_of(r->call, gemini_text_format(r->call, "code %u", (unsigned)r->turn));
    if (slot == CODE)
        it.name = S("code_execution");
    else if (slot == SERVER_CALL)
        it.name = gemini_hosted_word(gemini_member_text(r->call, v, "toolType"));
    if (it.name.n == 0)
        it.name = S("tool");
    if (is_result) {
        it.kind = CP_SERVER_RESULT;
        it.name = (struct cp_str){ names[slot], strlen(names[slot]) };
        it.meta = S(GEMINI_MAKER);
        it.num = slot == OUTPUT && outcome.n > 0 && !gemini_text_is(outcome, "OUTCOME_OK");
    }
    gemini_signed_emit(r, &it, signature);
}

static void media_decode(struct reading *r, const struct cp_str *slot, struct cp_str signature)
{
    struct cp_item it = { CP_ITEM(MEDIA) };
    int is_file = slot[BLOB].p == NULL;

    if (!gemini_media_read(r, slot[is_file ? FILE_DATA : BLOB], is_file, slot[RESOLUTION], &it))
        return;
    gemini_signed_emit(r, &it, signature);
    if (slot[RESOLUTION].p != NULL && it.meta.p == NULL)
        reading_native(r, reading_path(r, "mediaResolution"), slot[RESOLUTION]);
}

/* ---- parts -------------------------------------------------------------------------------------------- */

static struct cp_str signature_of(struct reading *r, const struct cp_str *slot)
{
    struct cp_str v = slot[SIGNATURE];

    /* Some clients put it inside the call. */
    if (v.p == NULL && J->kind(slot[CALL]) == '{')
        v = gemini_member(slot[CALL], "thoughtSignature");
    return J->kind(v) == '"' ? J->text(r->call, v) : NOTHING;
}

static int is_payload_said(struct reading *r, const struct cp_str *slot)
{
    int n = 0;

    for (int i = TEXT; i <= SERVER_RESULT; i++)
        n += slot[i].p != NULL;
    if (slot[TEXT].p != NULL && J->kind(slot[TEXT]) != '"')
        return reading_refuse(r, reading_path(r, "text"), "expected a string");
    return n > 0;
}

static void payloads_decode(struct reading *r, struct cp_str *slot)
{
    struct cp_str text = slot[TEXT].p == NULL ? NOTHING : J->text(r->call, slot[TEXT]);
    struct cp_str signature = signature_of(r, slot);
    int has_other = 0;

    for (int i = BLOB; i <= SERVER_RESULT; i++)
        has_other |= slot[i].p != NULL;
    slot[SIGNATURE] = signature;
    if (!has_other && J->kind(slot[THOUGHT]) == 't') {
        thought_decode(r, text.p == NULL ? S("") : text, signature);
        return;
    }
    /* One payload is the rule; the second of two would be lost, so it becomes a part, too. */
    if (text.n > 0 || !has_other)
        text_decode(r, text.p == NULL ? S("") : text, has_other ? NOTHING : signature);
    if (slot[BLOB].p != NULL || slot[FILE_DATA].p != NULL)
        media_decode(r, slot, signature);
    if (slot[CALL].p != NULL)
        gemini_call_decode(r, slot[CALL], signature);
    if (slot[RESULT].p != NULL)
        gemini_result_decode(r, slot[RESULT]);
    for (int i = CODE; i <= SERVER_RESULT; i++)
        if (slot[i].p != NULL)
            work_decode(r, (enum slot)i, slot[i], signature);
}

static int slot_of(struct cp_str key)
{
    for (int i = 0; i < SLOTS_N; i++)
        if (gemini_key_is(key, names[i]))
            return i;
    return -1;
}

/* videoMetadata and the like: remarks behind the block they speak of. */
static void modifiers_decode(struct reading *r, struct cp_str part, int has_media)
{
    struct cp_str key, v;
    size_t at = 0;

    while (r->rc == CP_OK && J->each(part, &at, &key, &v)) {
        int i = slot_of(key);
        if (i >= 0 && (i != RESOLUTION || has_media))
            continue;
        gemini_thought_close(r); /* a remark stands behind what it speaks of */
        reading_member(r, reading_path(r, NULL), key, v);
    }
}

void gemini_part_decode(struct reading *r, struct cp_str part)
{
    struct cp_str slot[SLOTS_N] = { { NULL, 0 } }, key, v;
    size_t at = 0;

    if (J->kind(part) == '"') { /* a bare string, as the SDKs take it */
        text_decode(r, J->text(r->call, part), NOTHING);
        return;
    }
    if (J->kind(part) != '{') {
        (void)reading_refuse(r, reading_path(r, NULL), "expected an object");
        return;
    }
    while (J->each(part, &at, &key, &v)) {
        int i = slot_of(key);
        if (i >= 0 && J->kind(v) != 'n')
            slot[i] = v;
    }
    if (!is_payload_said(r, slot) && slot[SIGNATURE].p == NULL && slot[THOUGHT].p == NULL) {
        gemini_thought_close(r);
        if (J->each(part, (size_t[]){ 0 }, &key, &v))
            reading_native(r, reading_path(r, NULL), part);
        return;
    }
    if (r->rc == CP_OK)
        payloads_decode(r, slot);
    modifiers_decode(r, part, slot[BLOB].p != NULL || slot[FILE_DATA].p != NULL);
}

/* ---- Contents ------------------------------------------------------------------------------------------ */

static uint32_t role_of(struct cp_str role)
{
    static const struct {
        const char *word;
        uint32_t role;
    } roles[] = {
        { "user", CP_USER },     { "model", CP_ASSISTANT }, { "assistant", CP_ASSISTANT },
        { "function", CP_USER }, { "tool", CP_USER },       { "system", CP_SYS },
        { "", CP_USER },
    };

    if (role.p == NULL)
        return CP_USER;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (J->is(role, roles[i].word))
            return roles[i].role;
    return 0;
}

static void message_close(struct reading *r)
{
    gemini_thought_close(r);
    if (r->role != 0)
        reading_emit(r,
                     &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = r->role });
    r->role = 0;
}

static void message_open(struct reading *r, uint32_t role)
{
    if (role == CP_ASSISTANT && r->role == role)
        return; /* the same answer, streamed on */
    message_close(r);
    r->role = role;
    r->turn += role == CP_ASSISTANT;
    r->ordinal = role == CP_ASSISTANT ? 0 : r->ordinal;
    reading_emit(r, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = role });
}

static void parts_decode(struct reading *r, struct cp_str parts)
{
    struct cp_str part;
    size_t at = 0;

    if (J->kind(parts) == '{' || J->kind(parts) == '"') {
        r->part = 0;
        gemini_part_decode(r, parts);
    } else if (J->kind(parts) == '[') {
        for (r->part = 0; r->rc == CP_OK && J->each(parts, &at, NULL, &part); r->part++)
            gemini_part_decode(r, part);
    } else if (parts.p != NULL) {
        (void)reading_refuse(r, reading_path(r, "parts"), "expected an array");
    }
    r->part = -1;
}

static void content_decode(struct reading *r, struct cp_str content)
{
    struct cp_str key, v;
    uint32_t role;
    size_t at = 0;

    if (J->kind(content) == '"') { /* as the SDKs take it: a user's text */
        message_open(r, CP_USER);
        parts_decode(r, content);
        return;
    }
    if (J->kind(content) != '{') {
        (void)reading_refuse(r, reading_path(r, NULL), "expected an object");
        return;
    }
    role = role_of(gemini_member(content, "role"));
    if (role == 0) {
        (void)reading_refuse(r, reading_path(r, "role"), "expected user or model");
        return;
    }
    message_open(r, role);
    while (r->rc == CP_OK && J->each(content, &at, &key, &v))
        if (!gemini_key_is(key, "role") && !gemini_key_is(key, "parts"))
            reading_member(r, reading_path(r, NULL), key, v);
    parts_decode(r, gemini_member(content, "parts"));
}

void gemini_contents_decode(struct reading *r, struct cp_str contents)
{
    struct cp_str content;
    size_t at = 0;
    int n = 0;

    r->content = 0;
    if (J->kind(contents) == '{' || J->kind(contents) == '"') {
        content_decode(r, contents);
        n = 1;
    } else if (J->kind(contents) == '[') {
        for (; r->rc == CP_OK && J->each(contents, &at, NULL, &content); r->content = ++n)
            content_decode(r, content);
    }
    r->content = -1;
    if (n == 0)
        (void)reading_refuse(r, S("contents"), "expected at least one content");
    message_close(r);
}
