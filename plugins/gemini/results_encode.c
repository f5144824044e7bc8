/* SPDX-License-Identifier: MIT */
/*
 * results_encode - what tools answered: all of a step's in one Content, nothing between.
 *
 * A result is an object with the text under "output", or under "error".  Text that looks like
 * JSON stays text: numbers and key order would not survive a second spelling.  Only an object
 * that a client of this dialect sent goes back as the object it was.
 *
 * Gemini 3 takes media inside the result.  Older models get it behind the last result; there
 * each result says which of what follows is its own.
 */
#include "request.h"

#include <string.h>

/* source: Google's page on multimodal function responses, as of 2026-08 */
static int is_result_type(struct cp_str mime)
{
    static const char *const types[] = { "image/png", "image/jpeg", "image/webp",
                                         "application/pdf", "text/plain" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (gemini_text_is(mime, types[i]))
            return 1;
    return 0;
}

/* Media that is no text: 1 inside the result, 2 behind the results, 0: it is none. */
enum { NOWHERE, INSIDE, BEHIND };
static int place_of(struct writing *w, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);
    struct cp_str mime = it->name;

    if (it->kind != CP_MEDIA || (it->flags & CP_OPEN) == 0 || it->num == CP_FROM_TEXT)
        return NOWHERE;
    if (it->num == CP_FROM_PARTS)
        return gemini_document_text(w, i).p != NULL ? NOWHERE : BEHIND;
    if (it->num != CP_FROM_BASE64 || (w->caps.flags & CAP_RESULT_MEDIA) == 0)
        return BEHIND;
    mime = mime.n == 0 ? gemini_media_sniff(it->text) : gemini_media_clean(w->call, mime);
    return is_result_type(mime) || w->is_own_client ? INSIDE : BEHIND;
}

/* The text of one thing in a result; absent: it has none. */
static struct cp_str piece_of(struct writing *w, uint32_t i, int *behind_n)
{
    const struct cp_item *it = H->item(w->tape, i);
    int place = place_of(w, i);

    if ((it->flags & CP_OPEN) == 0)
        return NOTHING;
    if (it->kind == CP_TEXT || it->kind == CP_REFUSAL)
        return writing_text(w, i);
    if (place == BEHIND)
        return gemini_text_format(w->call, "[attachment %d follows]", ++*behind_n);
    if (it->kind != CP_MEDIA || place != NOWHERE)
        return NOTHING;
    gemini_citations_note(w, it);
    return gemini_document_text(w, i);
}

static struct cp_str result_text(struct writing *w, uint32_t at, int *behind_n)
{
    uint32_t end = writing_end(w, at);
    struct cp_str *parts = H->alloc(w->call, 2 * (end - at) * sizeof(*parts));
    size_t n = 0;

    if (parts == NULL)
        return S("");
    for (uint32_t i = at + 1; i + 1 < end; i = writing_end(w, i)) {
        struct cp_str piece = piece_of(w, i, behind_n);
        if (piece.p == NULL)
            continue;
        if (n > 0)
            parts[n++] = S("\n");
        parts[n++] = piece;
    }
    return gemini_text_join(w->call, parts, n);
}

/* The object that a client of ours sent; absent: it is text. */
static struct cp_str object_of(struct writing *w, uint32_t at)
{
    uint32_t end = writing_end(w, at);
    struct cp_str object = NOTHING, text;

    for (uint32_t i = at + 1; i + 1 < end; i = writing_end(w, i)) {
        const struct cp_item *it = H->item(w->tape, i);
        if (place_of(w, i) == BEHIND || (it->kind == CP_TEXT && object.p != NULL))
            return NOTHING;
        if (it->kind != CP_TEXT || it->sub != 1)
            continue;
        text = writing_text(w, i);
        if (J->check(w->call, text) == CP_OK && J->kind(text) == '{')
            object = text;
    }
    return object;
}

static void response_encode(struct writing *w, uint32_t at, int *behind_n)
{
    const struct cp_item *it = H->item(w->tape, at);
    struct cp_str object = object_of(w, at);

    (void)J->key(w->out, "response");
    if (object.p != NULL) {
        (void)J->raw(w->out, object);
        return;
    }
    (void)J->open(w->out, '{');
    writing_key_text(w, it->num == 1 ? "error" : "output", result_text(w, at, behind_n));
    (void)J->close(w->out);
}

static void inside_encode(struct writing *w, uint32_t at)
{
    uint32_t end = writing_end(w, at);
    int n = 0;

    for (uint32_t i = at + 1; i + 1 < end; i = writing_end(w, i)) {
        if (place_of(w, i) != INSIDE)
            continue;
        gemini_media_note(w, H->item(w->tape, i));
        if (J->kind(H->item(w->tape, i)->meta) == '{')
            writing_note(w, CP_DROPPED, H->item(w->tape, i),
                         "media in a result has no remarks beside it");
        if (n++ == 0) {
            (void)J->key(w->out, "parts");
            (void)J->open(w->out, '[');
        }
        (void)J->open(w->out, '{');
        (void)J->key(w->out, "inlineData");
        gemini_blob_encode(w, H->item(w->tape, i));
        (void)J->close(w->out);
    }
    if (n > 0)
        (void)J->close(w->out);
}

/* willContinue and the like; marks of the cache. */
static void members_encode(struct writing *w, uint32_t at)
{
    uint32_t end = writing_end(w, at);

    for (uint32_t i = at + 1; i + 1 < end;) {
        const struct cp_item *it = H->item(w->tape, i);
        uint32_t next = i;
        if (it->kind == CP_NATIVE || it->kind == CP_CACHE_MARK)
            next = gemini_members_encode(w, i, ".functionResponse.");
        if (next == i && it->kind == CP_NATIVE)
            writing_note(w, CP_DROPPED, it, "cannot be placed again");
        else if (it->kind == CP_REFERENCE)
            (void)writing_fail(w,
                               "an item stored by another maker cannot be fetched: ", it->id);
        i = next == i ? writing_end(w, i) : next;
    }
}

/* The name is needed, but not all dialects say it with the result. */
static struct cp_str name_of(struct writing *w, const struct cp_item *it)
{
    uint32_t at = *names_at(&w->call_at, it->id);
    const struct cp_item *call = at == 0 ? NULL : H->item(w->tape, at);

    if (call != NULL)
        return gemini_tool_name(w, call->meta, call->name);
    return gemini_tool_name(w, NOTHING, it->name.n > 0 ? it->name : S("unknown_tool"));
}

static uint32_t result_encode(struct writing *w, uint32_t at, int *behind_n)
{
    const struct cp_item *it = H->item(w->tape, at);
    uint32_t end = writing_end(w, at);

    gemini_part_open(w, CP_USER);
    (void)J->key(w->out, "functionResponse");
    (void)J->open(w->out, '{');
    if (gemini_sends_id(w, it->id))
        writing_key_text(w, "id", it->id);
    writing_key_text(w, "name", name_of(w, it));
    response_encode(w, at, behind_n);
    inside_encode(w, at);
    members_encode(w, at);
    (void)J->close(w->out);
    return gemini_part_close(w, NOTHING, end);
}

static void behind_encode(struct writing *w, uint32_t from, uint32_t to)
{
    int n = 0;

    for (uint32_t at = from; at < to && w->rc == CP_OK; at = writing_end(w, at)) {
        uint32_t end = writing_end(w, at);
        if (H->item(w->tape, at)->kind != CP_TOOL_RESULT)
            continue;
        for (uint32_t i = at + 1; i + 1 < end; i = writing_end(w, i)) {
            if (place_of(w, i) != BEHIND)
                continue;
            gemini_part_text(w, CP_USER, gemini_text_format(w->call, "[attachment %d]", ++n));
            (void)gemini_media_encode(w, CP_USER, i);
        }
    }
}

uint32_t gemini_results_encode(struct writing *w, uint32_t i)
{
    uint32_t from = i;
    int behind_n = 0;
    const struct cp_item *it;

    if ((H->item(w->tape, i)->flags & CP_OPEN) == 0)
        return i + 1;
    while ((it = H->item(w->tape, i)) != NULL && it->kind == CP_TOOL_RESULT)
        i = result_encode(w, i, &behind_n);
    if (behind_n > 0)
        behind_encode(w, from, i);
    return i;
}
