/* SPDX-License-Identifier: MIT */
/*
 * stream_blocks - the content_block events of one part.
 *
 * A signature is one delta right before the stop of its block: SDKs replace it, they do not
 * append (@anthropic-ai/sdk MessageStream, read 2026-08-22).
 */
#include "stream_tx.h"

#include <string.h>

/* ---- events -------------------------------------------------------------------------------- */

static void event_open(struct sending *s, const char *type, int64_t index)
{
    host->frame_open(s->out, type);
    json->open(s->out, '{');
    claude_put_text(s->out, "type", (struct cp_str){ type, strlen(type) });
    claude_put_int(s->out, "index", index);
}

static void event_close(struct sending *s)
{
    json->close(s->out);
    host->frame_close(s->out);
}

static void block_stop(struct sending *s)
{
    event_open(s, "content_block_stop", s->tx->blocks - 1);
    event_close(s);
}

void claude_block_settle(struct sending *s)
{
    if (s->tx->is_lingering)
        block_stop(s);
    s->tx->is_lingering = 0;
}

/* Leaves the content_block object open. */
static void block_start(struct sending *s, struct cp_str type)
{
    claude_block_settle(s);
    event_open(s, "content_block_start", s->tx->blocks++);
    json->key(s->out, "content_block");
    json->open(s->out, '{');
    claude_put_text(s->out, "type", type);
}

static void block_started(struct sending *s)
{
    json->close(s->out);
    event_close(s);
}

/* Leaves the delta object open. */
static void delta_open(struct sending *s, const char *type)
{
    event_open(s, "content_block_delta", s->tx->blocks - 1);
    json->key(s->out, "delta");
    json->open(s->out, '{');
    claude_put_text(s->out, "type", (struct cp_str){ type, strlen(type) });
}

static void delta(struct sending *s, const char *type, const char *member, struct cp_str text)
{
    delta_open(s, type);
    claude_put_text(s->out, member, text);
    block_started(s);
}

/* ---- thought ----------------------------------------------------------------------------------- */

static void thinking_start(struct sending *s)
{
    block_start(s, S("thinking"));
    claude_put_text(s->out, "thinking", S(""));
    claude_put_text(s->out, "signature", S(""));
    block_started(s);
}

static void signature(struct sending *s, const struct cp_item *state)
{
    int is_own = claude_is(state->id, CLAUDE_MAKER);

    delta(s, "signature_delta", "signature", is_own ? state->text : host->wrap(s->call, state));
}

static void redacted(struct sending *s, const struct cp_item *state)
{
    block_start(s, S("redacted_thinking"));
    claude_put_text(s->out, "data", state->text);
    block_started(s);
    block_stop(s);
}

/* In the thought before, if that is still open, else in an empty one. */
static void sign_ahead(struct sending *s, const struct cp_item *state)
{
    if (!s->tx->is_lingering)
        thinking_start(s);
    s->tx->is_lingering = 0;
    signature(s, state);
    block_stop(s);
}

void claude_block_late_state(struct sending *s, const struct cp_item *state)
{
    if (s->tx->now.is_active && s->tx->now.is_written)
        host->note_item(s->call, CP_DROPPED, state, "a signature after its block");
    else
        sign_ahead(s, state);
}

static struct cp_item *state_keep(struct sending *s, const struct cp_item *it)
{
    struct cp_item *copy = host->alloc(s->call, sizeof(*copy));

    if (!copy)
        return NULL;
    *copy = *it;
    copy->text = claude_keep(s->call, it->text);
    copy->name = claude_keep(s->call, it->name);
    copy->id = claude_keep(s->call, it->id);
    return copy;
}

void claude_block_state(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;
    int is_thought = now->kind == CP_REASONING || now->kind == CP_COMPACTION;

    if (is_thought || now->is_written)
        now->state = state_keep(s, it);
    else if (now->kind == CP_TOOL_CALL || now->kind == CP_TEXT || now->kind == CP_REFUSAL)
        sign_ahead(s, it);
}

static void reasoning_piece(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;

    if (it->text.n == 0)
        return;
    if (!now->is_written)
        thinking_start(s);
    if (now->has_text && (it->flags & CP_SEGMENT))
        delta(s, "thinking_delta", "thinking", S("\n\n"));
    now->is_written = now->has_text = 1;
    delta(s, "thinking_delta", "thinking", it->text);
}

static void reasoning_end(struct sending *s)
{
    struct now *now = &s->tx->now;
    const struct cp_item *state = now->state;

    if (state && claude_is(state->name, "redacted") && claude_is(state->id, CLAUDE_MAKER)) {
        if (now->is_written)
            block_stop(s);
        redacted(s, state);
    } else if (state) {
        if (!now->is_written)
            thinking_start(s);
        signature(s, state);
        block_stop(s);
    } else {
        s->tx->is_lingering = now->is_written;
    }
}

/* ---- text ------------------------------------------------------------------------------------------ */

static void refusal_keep(struct tx *tx, struct cp_str text)
{
    size_t room = REFUSAL_BYTES - tx->refusal_n, n = text.n < room ? text.n : room;

    while (n && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--; /* not inside a character */
    memcpy(tx->refusal + tx->refusal_n, n ? text.p : "", n);
    tx->refusal_n += n;
    tx->has_refusal = 1;
}

static void text_start(struct sending *s)
{
    if (s->tx->now.is_written)
        return;
    s->tx->now.is_written = 1;
    block_start(s, S("text"));
    claude_put_text(s->out, "text", S(""));
    block_started(s);
}

static void text_piece(struct sending *s, const struct cp_item *it)
{
    if (it->text.n == 0)
        return;
    if (it->kind == CP_REFUSAL)
        refusal_keep(s->tx, it->text);
    text_start(s);
    delta(s, "text_delta", "text", it->text);
}

static void url_cite(struct sending *s, const struct cp_item *it)
{
    struct cp_str title = json->get(it->text, "title");
    struct cp_str text = json->get(it->text, "cited_text");

    json->open(s->out, '{');
    claude_put_text(s->out, "type", S("web_search_result_location"));
    claude_put_raw(s->out, "url", json->get(it->text, "url"));
    claude_put_raw(s->out, "title", title.p ? title : S("null"));
    claude_put_text(s->out, "encrypted_index", S(""));
    claude_put_raw(s->out, "cited_text", text.p ? text : S("\"\""));
    json->close(s->out);
}

void claude_block_cite(struct sending *s, const struct cp_item *it)
{
    int is_own = claude_is(it->id, CLAUDE_MAKER) && it->meta.n;
    int is_url = claude_is(it->name, "url") && json->kind(json->get(it->text, "url")) == '"';

    if (!is_own && !is_url) {
        host->note_item(s->call, CP_DROPPED, it, "another maker's citation");
        return;
    }
    if (is_url)
        claude_hosted_cite(s->call, s->tx->hosted, it);
    text_start(s);
    delta_open(s, "citations_delta");
    json->key(s->out, "citation");
    if (is_own)
        json->raw(s->out, claude_json_or_null(s->call, it->meta));
    else
        url_cite(s, it);
    block_started(s);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

static int is_server(const struct now *now)
{
    return now->kind == CP_SERVER_CALL;
}

/* Another maker's. */
static int is_odd_server(const struct now *now)
{
    return is_server(now) && !claude_begins(now->id, "srvtoolu");
}

static void call_start(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (now->is_written)
        return;
    now->is_written = 1;
    block_start(s, is_server(now) ? S("server_tool_use") : S("tool_use"));
    claude_put_text(s->out, "id", claude_legal_id(s->call, now->id, now->held));
    claude_put_text(s->out, "name", now->name);
    claude_put_raw(s->out, "input", S("{}"));
    block_started(s);
    s->tx->has_call |= !is_server(now);
}

static void input_delta(struct sending *s, struct cp_str text)
{
    struct now *now = &s->tx->now;

    if (text.n == 0)
        return;
    delta_open(s, "input_json_delta");
    json->key(s->out, "partial_json");
    json->quote_open(s->out);
    if (now->sub == CP_TOOL_CUSTOM && !is_server(now)) { /* free text, said as an object */
        if (!now->has_text)
            json->piece(s->out, S("{\"input\":\""));
        text = claude_escape(s->call, text);
    }
    json->piece(s->out, text);
    json->quote_close(s->out);
    now->has_text = 1;
    block_started(s);
}

static void held_piece(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;

    if (it->text.n == 0)
        return;
    now->held = now->held.n ? claude_format(s->call, "%.*s%.*s", (int)now->held.n, now->held.p,
                                            (int)it->text.n, it->text.p)
                            : claude_keep(s->call, it->text);
}

/* ---- other makers' hosted tools ------------------------------------------------------------------------- */

static void hosted_result(struct sending *s, struct hosted_use *use, struct cp_str text)
{
    block_start(s, claude_hosted_result(use));
    claude_hosted_write(s->call, s->out, s->tx->hosted, use, text);
    block_started(s);
    block_stop(s);
}

static void hosted_end(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct hosted_use *use =
        claude_hosted_use(s->call, s->tx->hosted, now->name, now->id, now->held);

    if (!use)
        return;
    block_start(s, S("server_tool_use"));
    claude_put_text(s->out, "id", use->id);
    claude_put_text(s->out, "name", claude_hosted_name(use));
    claude_put_raw(s->out, "input", S("{}"));
    block_started(s);
    delta(s, "input_json_delta", "partial_json", use->input);
    block_stop(s);
    if (claude_hosted_is_whole(use))
        hosted_result(s, use, NOTHING);
}

void claude_block_results(struct sending *s)
{
    struct hosted_use *use;

    while ((use = claude_hosted_next(s->tx->hosted)))
        hosted_result(s, use, NOTHING);
}

/* ---- calls, in pieces -------------------------------------------------------------------------------------- */

/* The first piece waits for what comes next: it may be a signature. */
static void call_piece(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;

    if (is_odd_server(now)) {
        held_piece(s, it);
        return;
    }
    if (!now->is_written && (it->flags & CP_WHOLE) == CP_OPEN) {
        now->held = claude_keep(s->call, it->text);
        return;
    }
    call_start(s);
    input_delta(s, now->held);
    now->held = NOTHING;
    input_delta(s, it->text);
}

static void call_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (is_odd_server(now)) {
        hosted_end(s);
        return;
    }
    call_start(s);
    input_delta(s, now->held);
    now->held = NOTHING;
    if (now->sub == CP_TOOL_CUSTOM && !is_server(now))
        delta(s, "input_json_delta", "partial_json",
              now->has_text ? S("\"}") : S("{\"input\":\"\"}"));
    block_stop(s);
}

/* ---- what comes whole -------------------------------------------------------------------------------------- */

static void result_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    struct hosted_use *use = claude_hosted_of(s->tx->hosted, now->id);

    if (use) {
        hosted_result(s, use, now->held);
        return;
    }
    if (!claude_is(now->meta, CLAUDE_MAKER) || now->name.n == 0) {
        claude_note(s->call, CP_DROPPED, "content", "another maker's server tool");
        return;
    }
    block_start(s, now->name);
    claude_put_text(s->out, "tool_use_id", now->id.p ? now->id : S(""));
    claude_put_raw(s->out, "content", claude_json_or_null(s->call, now->held));
    block_started(s);
    block_stop(s);
}

static void compaction_end(struct sending *s)
{
    struct now *now = &s->tx->now;
    const struct cp_item *state = now->state;

    block_start(s, S("compaction"));
    claude_put_text(s->out, "content", NOTHING);
    block_started(s);
    delta_open(s, "compaction_delta");
    claude_put_text(s->out, "content", now->held.n ? now->held : NOTHING);
    if (state)
        claude_put_text(s->out, "encrypted_content",
                        claude_is(state->id, CLAUDE_MAKER) ? state->text
                                                           : host->wrap(s->call, state));
    block_started(s);
    block_stop(s);
}

static void media_end(struct sending *s)
{
    claude_note(s->call, CP_APPROXIMATED, "content", "media in an answer");
    if (s->tx->now.sub != CP_IMAGE)
        return;
    text_start(s);
    delta(s, "text_delta", "text", S("[image omitted]"));
    block_stop(s);
}

void claude_block_whole(struct sending *s, const struct cp_item *it)
{
    struct tx *tx = s->tx;
    int is_block = claude_is(it->id, CLAUDE_MAKER) && json->kind(it->text) == '{' &&
                   (it->kind == CP_CONTROL ||
                    (claude_begins(it->name, "content[") && claude_ends(it->name, "]")));

    if (!is_block || (tx->now.is_active && tx->now.is_written)) {
        host->note_item(s->call, CP_DROPPED, it, "no place for it in a stream");
        return;
    }
    claude_block_settle(s);
    event_open(s, "content_block_start", tx->blocks++);
    claude_put_raw(s->out, "content_block", it->text);
    event_close(s);
    block_stop(s);
}

/* ---- the part ------------------------------------------------------------------------------------------------ */

void claude_block_piece(struct sending *s, const struct cp_item *it)
{
    switch (s->tx->now.kind) {
    case CP_TEXT:
    case CP_REFUSAL:
        text_piece(s, it);
        break;
    case CP_REASONING:
        reasoning_piece(s, it);
        break;
    case CP_TOOL_CALL:
    case CP_SERVER_CALL:
        call_piece(s, it);
        break;
    case CP_SERVER_RESULT:
    case CP_COMPACTION:
        held_piece(s, it);
        break;
    default:
        break;
    }
}

void claude_block_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    switch (now->kind) {
    case CP_REASONING:
        reasoning_end(s);
        return;
    case CP_TOOL_CALL:
    case CP_SERVER_CALL:
        call_end(s);
        break;
    case CP_SERVER_RESULT:
        result_end(s);
        break;
    case CP_COMPACTION:
        compaction_end(s);
        return;
    case CP_MEDIA:
        media_end(s);
        break;
    default:
        if (now->is_written)
            block_stop(s);
    }
    if (now->state) { /* of a text that was on its way already */
        now->is_written = 0;
        sign_ahead(s, now->state);
    }
}
