/* SPDX-License-Identifier: MIT */
/*
 * contents_encode - the conversation as Contents.
 *
 * The service wants users and models to take turns, a user first, all results of a step in one
 * Content and nothing before them.  Who answers whom is in order on the tape already; here roles
 * that become the same one (a system message in mid-conversation is a user's text) are joined.
 */
#include "request.h"

#include <string.h>

/* ---- Contents and parts open by themselves -------------------------------------------------------- */

static void content_close(struct writing *w)
{
    if (w->role == 0)
        return;
    (void)J->close(w->out);
    (void)J->close(w->out);
    w->role = 0;
}

static void content_open(struct writing *w, uint32_t role)
{
    (void)J->open(w->out, '{');
    writing_key_raw(w, "role", role == CP_ASSISTANT ? S("\"model\"") : S("\"user\""));
    (void)J->key(w->out, "parts");
    (void)J->open(w->out, '[');
    w->role = role;
    w->contents_n++;
}

/* A Content of the role is open behind this. */
static void content_need(struct writing *w, uint32_t role)
{
    if (w->role == role)
        return;
    content_close(w);
    if (w->contents_n == 0 && role == CP_ASSISTANT && !w->is_own_client)
        gemini_part_text(w, CP_USER, S("(continued)"));
    content_close(w);
    content_open(w, role);
}

void gemini_part_open(struct writing *w, uint32_t role)
{
    content_need(w, role);
    (void)J->open(w->out, '{');
}

void gemini_part_text(struct writing *w, uint32_t role, struct cp_str text)
{
    gemini_part_open(w, role);
    writing_key_text(w, "text", text);
    (void)J->close(w->out);
}

/* What stands behind "contents[1].parts[0]" in a native's path; absent: it is elsewhere. */
static struct cp_str part_rest(const struct cp_item *it)
{
    struct cp_str s = it->name;

    if (!writing_is_native(it, "contents["))
        return NOTHING;
    for (size_t i = 0; i + 7 <= s.n; i++) {
        if (memcmp(s.p + i, ".parts[", 7) != 0)
            continue;
        s.p += i + 7;
        s.n -= i + 7;
        while (s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9') {
            s.p++;
            s.n--;
        }
        return s.n > 0 && s.p[0] == ']' ? (struct cp_str){ s.p + 1, s.n - 1 } : NOTHING;
    }
    return NOTHING;
}

uint32_t gemini_members_encode(struct writing *w, uint32_t i, const char *below)
{
    const struct cp_item *it;
    size_t n = strlen(below);

    for (; (it = H->item(w->tape, i)) != NULL; i++) {
        struct cp_str rest = part_rest(it);
        if (it->kind == CP_CACHE_MARK) {
            writing_note(w, CP_MAPPED, it, "what is cached is the service's own choice");
            continue;
        }
        if (rest.n <= n || memcmp(rest.p, below, n) != 0 ||
            memchr(rest.p + n, '.', rest.n - n) != NULL ||
            memchr(rest.p + n, '[', rest.n - n) != NULL)
            return i;
        /* a copy that ends in a NUL, as a key must */
        rest = gemini_text_format(w->call, "%.*s", (int)(rest.n - n), rest.p + n);
        if (rest.p != NULL)
            writing_key_raw(w, rest.p, it->text);
    }
    return i;
}

uint32_t gemini_members_skip(struct writing *w, uint32_t i)
{
    const struct cp_item *it;

    for (; (it = H->item(w->tape, i)) != NULL; i++) {
        struct cp_str rest = part_rest(it);
        if (it->kind == CP_CACHE_MARK)
            writing_note(w, CP_MAPPED, it, "what is cached is the service's own choice");
        else if (rest.n > 0)
            writing_note(w, CP_DROPPED, it, "what it speaks of is not there any more");
        else
            return i;
    }
    return i;
}

uint32_t gemini_part_close(struct writing *w, struct cp_str signature, uint32_t behind)
{
    uint32_t end;

    if (signature.n > 0)
        writing_key_text(w, "thoughtSignature", signature);
    end = gemini_members_encode(w, behind, ".");
    (void)J->close(w->out);
    return end;
}

/* ---- signatures ------------------------------------------------------------------------------------- */

/* The service's own signature among a block's STATE items. */
static struct cp_str own_state(struct writing *w, uint32_t i, const char *kind)
{
    const struct cp_item *first = H->item(w->tape, i), *it;
    uint32_t end = writing_end(w, i);

    for (uint32_t k = i; k < end && (it = H->item(w->tape, k)) != NULL; k++) {
        if (it->kind != CP_STATE || it->index != first->index ||
            !gemini_text_is(it->id, GEMINI_MAKER) ||
            (kind != NULL && !gemini_text_is(it->name, kind)))
            continue;
        if (w->conf->signatures != SIGN_STRIP)
            return it->text;
        writing_note(w, CP_DROPPED, it, "the channel sends no thought signatures");
    }
    return NOTHING;
}

struct cp_str gemini_signature_of(struct writing *w, uint32_t i)
{
    struct cp_str own = own_state(w, i, NULL), waited = w->pending;

    w->pending = NOTHING;
    return own.n > 0 ? own : waited;
}

/*
 * Gemini 3 refuses a step of the current turn whose first call has no signature; for calls that
 * it did not make itself this word is let through.  Calls of earlier turns keep it: what has been
 * said once must stay the same bytes, or nothing of it is found in the service's cache.
 * source: Google's page on thought signatures, as of 2026-08
 */
static struct cp_str call_signature(struct writing *w, uint32_t i)
{
    struct cp_str signature = gemini_signature_of(w, i);
    int is_needed =
        (w->caps.flags & CAP_IDS) != 0 && !w->has_signed && w->conf->signatures != SIGN_KEEP;

    w->has_signed = 1;
    if (signature.n > 0 || w->conf->signatures == SIGN_STRIP)
        return signature;
    if (is_needed || w->conf->signatures == SIGN_DUMMY)
        return S("skip_thought_signature_validator");
    return signature;
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

static uint32_t text_encode(struct writing *w, uint32_t role, uint32_t i)
{
    uint32_t end = writing_end(w, i);
    struct cp_str signature = gemini_signature_of(w, i), text = writing_text(w, i);

    if (text.n == 0 && signature.n == 0)
        return end;
    gemini_part_open(w, role);
    writing_key_text(w, "text", text);
    return gemini_part_close(w, signature, end);
}

static void thought_note(struct writing *w, uint32_t i, uint32_t end)
{
    for (; i < end; i++) {
        const struct cp_item *it = H->item(w->tape, i);
        if (it->kind == CP_REASONING && it->text.n > 0)
            writing_note(w, CP_DROPPED, it, "thoughts are not told to this service again");
    }
}

/* A thought: as it came for our own clients, else only what it says of the part behind it. */
static uint32_t thought_encode(struct writing *w, uint32_t i)
{
    struct cp_str later = own_state(w, i, "thought_signature");
    struct cp_str own = own_state(w, i, "signature"), text = writing_text(w, i);
    uint32_t end = writing_end(w, i);

    if (later.n > 0)
        w->pending = later;
    if (own.n == 0 && !w->is_own_client) {
        thought_note(w, i, end);
        return gemini_members_skip(w, end);
    }
    if (own.n == 0 && text.n == 0)
        return gemini_members_skip(w, end);
    gemini_part_open(w, CP_ASSISTANT);
    writing_key_text(w, "text", text);
    writing_key_raw(w, "thought", S("true"));
    return gemini_part_close(w, own, end);
}

static int is_blank(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr(" \t\r\n", s.p[i]) == NULL || s.p[i] == '\0')
            return 0;
    return 1;
}

/* An object, whatever the arguments are. */
static struct cp_str arguments_of(struct writing *w, const struct cp_item *it,
                                  struct cp_str text)
{
    struct cp_str parts[3] = { S("{\"input\":"), { NULL, 0 }, S("}") };

    if (it->sub == CP_TOOL_CUSTOM) {
        parts[1] = gemini_text_quote(w->call, text);
        return gemini_text_join(w->call, parts, 3);
    }
    if (is_blank(text))
        return S("{}");
    if (J->check(w->call, text) != CP_OK) {
        writing_note(w, CP_REPAIRED, it, "arguments that are no JSON are told as a text");
        parts[0] = S("{\"raw_arguments\":");
        parts[1] = gemini_text_quote(w->call, text);
        return gemini_text_join(w->call, parts, 3);
    }
    if (J->kind(text) == '{')
        return text;
    writing_note(w, CP_REPAIRED, it, "arguments that are no object became one");
    parts[0] = S("{\"value\":");
    parts[1] = text;
    return gemini_text_join(w->call, parts, 3);
}

/* Ids that were made here for our own client's calls without one stay here. */
int gemini_sends_id(const struct writing *w, struct cp_str id)
{
    if (id.n == 0 || w->conf->function_ids == IDS_NEVER)
        return 0;
    if (w->conf->function_ids == IDS_ALWAYS)
        return 1;
    if (w->is_own_client)
        return !(id.n == 29 && gemini_text_begins(id, "call_"));
    return w->sends_ids;
}

static uint32_t call_encode(struct writing *w, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);
    uint32_t end = writing_end(w, i);
    struct cp_str signature = call_signature(w, i);
    struct cp_str args = arguments_of(w, it, writing_text(w, i));

    gemini_part_open(w, CP_ASSISTANT);
    (void)J->key(w->out, "functionCall");
    (void)J->open(w->out, '{');
    if (gemini_sends_id(w, it->id))
        writing_key_text(w, "id", it->id);
    writing_key_text(w, "name", gemini_tool_name(w, it->meta, it->name));
    writing_key_raw(w, "args", args);
    end = gemini_members_encode(w, end, ".functionCall.");
    (void)J->close(w->out);
    return gemini_part_close(w, signature, end);
}

/* A hosted tool's work goes back to the service that did it; the text is the member itself. */
static uint32_t work_encode(struct writing *w, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);
    struct cp_str text = writing_text(w, i), signature = gemini_signature_of(w, i);
    uint32_t end = writing_end(w, i);
    const char *member = it->kind == CP_SERVER_CALL ? "toolCall" : NULL;

    /* Through another dialect it comes back without its result, or with one nobody can read. */
    if (!w->is_own_client || J->kind(text) != '{' || J->check(w->call, text) != CP_OK)
        member = NULL;
    else if (it->kind == CP_SERVER_CALL && gemini_member(text, "toolType").p == NULL)
        member = gemini_member(text, "code").p == NULL ? NULL : "executableCode";
    else if (it->kind == CP_SERVER_RESULT && gemini_text_is(it->name, "codeExecutionResult"))
        member = "codeExecutionResult";
    else if (it->kind == CP_SERVER_RESULT && gemini_text_is(it->name, "toolResponse"))
        member = "toolResponse";
    if (member == NULL) {
        writing_note(w, CP_DROPPED, it, "the work of a hosted tool");
        return gemini_members_skip(w, end);
    }
    gemini_part_open(w, CP_ASSISTANT);
    writing_key_raw(w, member, text);
    return gemini_part_close(w, signature, end);
}

static uint32_t compaction_encode(struct writing *w, uint32_t i)
{
    struct cp_str parts[2] = { S("Summary of the earlier conversation:\n"),
                               writing_text(w, i) };

    if (parts[1].n == 0)
        (void)writing_fail(w, "a compacted history can only be read by its maker", NOTHING);
    else
        gemini_part_text(w, CP_USER, gemini_text_join(w->call, parts, 2));
    return gemini_members_skip(w, writing_end(w, i));
}

static uint32_t native_encode(struct writing *w, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);
    struct cp_str rest = part_rest(it);

    if (rest.p == NULL || rest.n > 0 || J->kind(it->text) != '{' || w->message_role == 0) {
        writing_note(w, CP_DROPPED, it, "cannot be placed again");
        return i + 1;
    }
    content_need(w, w->message_role);
    (void)J->raw(w->out, it->text);
    return i + 1;
}

static uint32_t item_encode(struct writing *w, uint32_t role, uint32_t i)
{
    const struct cp_item *it = H->item(w->tape, i);

    switch (it->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
        return text_encode(w, role, i);
    case CP_REASONING:
        return thought_encode(w, i);
    case CP_MEDIA:
        return gemini_media_encode(w, role, i);
    case CP_TOOL_CALL:
        return call_encode(w, i);
    case CP_TOOL_RESULT:
        return gemini_results_encode(w, i);
    case CP_SERVER_CALL:
    case CP_SERVER_RESULT:
        return work_encode(w, i);
    case CP_COMPACTION:
        return compaction_encode(w, i);
    case CP_REFERENCE:
        (void)writing_fail(w, "an item stored by another maker cannot be fetched: ", it->id);
        return writing_end(w, i);
    case CP_NATIVE:
        return native_encode(w, i);
    case CP_CONTROL:
        writing_note(w, CP_DROPPED, it, "this service has no such control");
        return i + 1;
    case CP_CACHE_MARK:
        return gemini_members_skip(w, i);
    default:
        return i + 1;
    }
}

/* ---- messages --------------------------------------------------------------------------------------------- */

static void system_message_encode(struct writing *w, uint32_t at, uint32_t end)
{
    struct cp_str parts[3] = { S("<system-reminder>\n"),
                               { NULL, 0 },
                               S("\n</system-reminder>") };

    writing_note(w, CP_APPROXIMATED, H->item(w->tape, at),
                 "instructions in mid-conversation are a user's text");
    for (uint32_t i = at + 1; i + 1 < end;) {
        const struct cp_item *it = H->item(w->tape, i);
        if (it->kind != CP_TEXT) {
            i = item_encode(w, CP_USER, i);
            continue;
        }
        parts[1] = writing_text(w, i);
        if (parts[1].n > 0)
            gemini_part_text(w, CP_USER, gemini_text_join(w->call, parts, 3));
        i = gemini_members_skip(w, writing_end(w, i));
    }
}

static uint32_t message_encode(struct writing *w, uint32_t at)
{
    uint32_t sub = H->item(w->tape, at)->sub, end = writing_end(w, at);

    w->message_role = sub == CP_ASSISTANT ? CP_ASSISTANT : CP_USER;
    if (sub == CP_ASSISTANT && w->role != CP_ASSISTANT)
        w->has_signed = 0;
    if (H->item(w->tape, at)->name.n > 0)
        writing_note(w, CP_DROPPED, H->item(w->tape, at), "authors have no names here");
    if (sub == CP_SYS || sub == CP_DEVELOPER)
        system_message_encode(w, at, end);
    else
        for (uint32_t i = at + 1; i + 1 < end && w->rc == CP_OK;)
            i = item_encode(w, w->message_role, i);
    if (w->pending.n > 0) { /* the last part of an answer, which was empty */
        gemini_part_open(w, CP_ASSISTANT);
        writing_key_text(w, "text", S(""));
        (void)gemini_part_close(w, w->pending, end);
        w->pending = NOTHING;
    }
    w->message_role = 0;
    return end;
}

static void calls_list(struct writing *w)
{
    const struct cp_item *it;
    size_t n = 0;

    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL; i++)
        n += it->kind == CP_TOOL_CALL || it->kind == CP_TOOL_RESULT;
    if (!names_init(w->call, &w->call_at, n)) {
        w->rc = CP_E_LIMIT;
        return;
    }
    for (uint32_t i = 0; (it = H->item(w->tape, i)) != NULL; i++)
        if (it->kind == CP_TOOL_CALL && (it->flags & CP_OPEN) != 0)
            *names_at(&w->call_at, it->id) = i;
}

/* OpenAI's and newer services would begin anew behind an unfinished answer; so does this one. */
static void prefill_encode(struct writing *w, const struct cp_item *last)
{
    if (w->role != CP_ASSISTANT || w->is_own_client || w->call->op == CP_COUNT_TOKENS)
        return;
    if (last != NULL)
        writing_note(w, CP_APPROXIMATED, last, "a prefilled answer becomes a request to go on");
    gemini_part_text(w, CP_USER,
                     S("Continue exactly where your last message stopped; do not repeat it."));
}

void gemini_contents_encode(struct writing *w)
{
    const struct cp_item *it, *last = NULL;

    calls_list(w);
    (void)J->open(w->out, '[');
    for (uint32_t i = 0; w->rc == CP_OK && (it = H->item(w->tape, i)) != NULL;) {
        if (it->kind == CP_MESSAGE && (it->flags & CP_OPEN) != 0) {
            last = it;
            i = message_encode(w, i);
        } else if (it->kind == CP_COMPACTION || it->kind == CP_REFERENCE ||
                   it->kind == CP_CONTROL) {
            i = item_encode(w, CP_USER, i);
        } else {
            i++;
        }
    }
    prefill_encode(w, last);
    if (w->contents_n == 0 && w->rc == CP_OK)
        gemini_instructions_as_user(w);
    content_close(w);
    (void)J->close(w->out);
}
