/* SPDX-License-Identifier: MIT */
/*
 * responses_stream_parts - what becomes of the part that is current.
 *
 *     TEXT, REFUSAL    a content part; neighbours share a message
 *     REASONING        reasoning, a summary part for each segment; thoughts shown raw are told as a
 *                      summary, too: Codex shows nothing else
 *     STATE            encrypted_content of the reasoning it is of.  Of a call: of the thought before
 *                      it, if that has none, else of an empty reasoning just before the call.  Of a
 *                      text that is on its way already: of one behind it
 *     TOOL_CALL        function_call, custom_tool_call
 *
 * What other makers encrypted goes out as one wrapped word, and comes back so.
 */
#include "responses_answer.h"

/* ---- state ------------------------------------------------------------------------------------ */

static struct cp_str word_of(struct sending *s, const struct cp_item *state)
{
    return openai_text_is(state->id, OPENAI_RESPONSES) ? state->text : H->wrap(s->call, state);
}

/* A thought that shows nothing. */
static void state_item(struct sending *s, struct cp_str word)
{
    struct out_item *item = responses_item_new(s, OUT_REASONING, NONE);

    if (item == NULL)
        return;
    item->state = openai_text_copy(s->call, word);
    responses_item_added(s, item);
    responses_item_settle(s);
}

static void sign_ahead(struct sending *s, struct cp_str word)
{
    struct out_item *open = s->tx->open;

    if (open != NULL && open->type == OUT_REASONING && open->state.n == 0) {
        open->state = openai_text_copy(s->call, word);
        responses_item_settle(s);
    } else {
        state_item(s, word);
    }
}

void responses_late_state(struct sending *s, const struct cp_item *state)
{
    if (s->tx->now.is_active && s->tx->now.is_begun)
        H->note(s->call, CP_DROPPED, S("output"), "a signature after its item");
    else
        sign_ahead(s, word_of(s, state));
}

void responses_part_state(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;
    int is_thought = now->kind == CP_REASONING || now->kind == CP_COMPACTION;

    if (is_thought || now->is_begun)
        responses_note_add(s->call, &now->states, word_of(s, it));
    else
        sign_ahead(s, word_of(s, it));
}

/* What the item itself had no room for. */
static void states_rest(struct sending *s, const struct out_note *note)
{
    for (; note != NULL; note = note->next)
        state_item(s, note->json);
}

/* ---- text -------------------------------------------------------------------------------------- */

/* Neighbours share a message, unless its service said that they are two. */
static int is_in_open_message(const struct responses_tx *tx)
{
    const struct out_item *open = tx->open;

    return open != NULL && open->type == OUT_MESSAGE &&
           (!tx->now.is_active || !openai_text_begins(tx->now.id, "msg_") ||
            openai_text_same(tx->now.id, open->id));
}

static int message_open(struct sending *s)
{
    struct responses_tx *tx = s->tx;

    if (!is_in_open_message(tx)) {
        struct out_item *item =
            responses_item_new(s, OUT_MESSAGE, tx->now.is_active ? tx->now.id : NONE);
        if (item == NULL)
            return 0;
        responses_item_added(s, item);
    }
    return 1;
}

static int words_begin(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (now->is_begun)
        return 1;
    if (!message_open(s))
        return 0;
    now->part = responses_part_begin(s, now->kind);
    now->is_begun = now->part != NULL;
    s->tx->has_refusal |= now->kind == CP_REFUSAL;
    return now->is_begun;
}

static void words_piece(struct sending *s, const struct cp_item *it)
{
    if (it->text.n > 0 && words_begin(s))
        responses_part_grow(s, s->tx->now.part, it->text);
}

void responses_refusal_say(struct sending *s, struct cp_str text)
{
    struct out_part *p = message_open(s) ? responses_part_begin(s, CP_REFUSAL) : NULL;

    if (p == NULL)
        return;
    responses_part_grow(s, p, text);
    responses_part_finish(s, p);
}

/* ---- citations ------------------------------------------------------------------------------------ */

static struct cp_str string_or(struct cp_str v)
{
    return J->kind(v) == '"' ? v : S("\"\"");
}

/* points: what the place is if the citation does not say, the whole part. */
static struct cp_str url_citation(struct cp_call *call, struct cp_str cite, int64_t points)
{
    struct cp_str start = J->get(cite, "start"), end = J->get(cite, "end");
    struct cp_str parts[9] = { S("{\"type\":\"url_citation\",\"url\":"),
                               string_or(J->get(cite, "url")),
                               S(",\"title\":"),
                               string_or(J->get(cite, "title")),
                               S(",\"start_index\":"),
                               S("0"),
                               S(",\"end_index\":"),
                               NONE,
                               S("}") };

    if (J->kind(start) == '0')
        parts[5] = start;
    parts[7] = J->kind(end) == '0' ? end : openai_text_format(call, "%lld", (long long)points);
    return openai_text_join(call, parts, 9);
}

void responses_part_cite(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;
    struct cp_str list;

    if (J->get(it->meta, "encrypted_index").n > 2)
        H->note_item(s->call, CP_APPROXIMATED, it, "a link without its maker's own index");
    if ((now->kind != CP_TEXT && now->kind != CP_REFUSAL) || !words_begin(s))
        return;
    if (openai_text_is(it->name, "logprobs")) {
        list = J->get(it->text, now->kind == CP_REFUSAL ? "refusal" : "content");
        if (now->kind == CP_TEXT)
            responses_logprobs_add(s, now->part, list);
    } else if (openai_text_is(it->id, OPENAI_RESPONSES) && J->kind(it->meta) == '{') {
        responses_cite_add(s, now->part, J->compact(s->call, it->meta));
    } else if (!openai_text_is(it->name, "url") || J->kind(J->get(it->text, "url")) != '"') {
        H->note(s->call, CP_DROPPED, S("annotations"), "only links can be cited");
    } else if (J->kind(J->get(it->text, "end")) == '0') {
        responses_cite_add(s, now->part, url_citation(s->call, it->text, 0));
    } else {
        responses_note_add(s->call, &now->part->unplaced, it->text);
    }
}

static void words_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (!now->is_begun)
        return;
    for (const struct out_note *n = now->part->unplaced.first; n != NULL; n = n->next)
        responses_cite_add(s, now->part, url_citation(s->call, n->json, now->part->points));
    responses_part_finish(s, now->part);
    states_rest(s, now->states.first);
}

/* ---- thought ---------------------------------------------------------------------------------------- */

static int thought_begin(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct out_item *item;

    if (now->is_begun)
        return 1;
    item = responses_item_new(s, OUT_REASONING, now->id);
    if (item == NULL)
        return 0;
    now->is_begun = 1;
    responses_item_added(s, item);
    return 1;
}

static void thought_piece(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;

    if (it->text.n == 0 || !thought_begin(s))
        return;
    if (now->part != NULL && (it->flags & CP_SEGMENT) != 0) {
        responses_part_finish(s, now->part);
        now->part = NULL;
    }
    if (now->part == NULL)
        now->part = responses_part_begin(s, CP_REASONING);
    if (now->part != NULL)
        responses_part_grow(s, now->part, it->text);
}

static void thought_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (now->part != NULL)
        responses_part_finish(s, now->part);
    if (now->states.first == NULL)
        return; /* it stays open: the next part may bring its state */
    if (!thought_begin(s))
        return;
    s->tx->open->state = now->states.first->json;
    responses_item_settle(s);
    states_rest(s, now->states.first->next);
}

/* ---- calls -------------------------------------------------------------------------------------------- */

static int call_begin(struct sending *s)
{
    struct now *now = &s->tx->now;
    struct out_item *item;
    struct cp_str space, bare;

    if (now->is_begun)
        return 1;
    item = responses_item_new(s, now->sub == CP_TOOL_CUSTOM ? OUT_CUSTOM : OUT_FUNCTION, NONE);
    if (item == NULL)
        return 0;
    now->is_begun = 1;
    item->name = now->name;
    item->space = now->meta;
    if (now->meta.n == 0 && responses_split_name(s->call, now->name, &space, &bare)) {
        item->name = openai_text_copy(s->call, bare);
        item->space = openai_text_copy(s->call, space);
    }
    item->call_id =
        now->id.n > 0 ? now->id
                      : chat_call_id_made(s->call, s->tx->envelope.id, now->name, item->index);
    responses_item_added(s, item);
    responses_input_grow(s, now->held);
    now->held = NONE;
    return 1;
}

/* The first piece waits for what comes next: it may be a signature. */
static void call_piece(struct sending *s, const struct cp_item *it)
{
    struct now *now = &s->tx->now;

    if (!now->is_begun && (it->flags & CP_WHOLE) == CP_OPEN)
        now->held = openai_text_copy(s->call, it->text);
    else if (call_begin(s))
        responses_input_grow(s, it->text);
}

static void call_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    if (!call_begin(s))
        return;
    if (now->sub != CP_TOOL_CUSTOM && s->tx->open->input.n == 0)
        responses_input_grow(s, S("{}"));
    responses_input_finish(s);
    responses_item_settle(s);
    states_rest(s, now->states.first);
}

/* ---- the part ---------------------------------------------------------------------------------------- */

void responses_part_piece(struct sending *s, const struct cp_item *it)
{
    switch (s->tx->now.kind) {
    case CP_TEXT:
    case CP_REFUSAL:
        words_piece(s, it);
        break;
    case CP_REASONING:
        thought_piece(s, it);
        break;
    case CP_TOOL_CALL:
        call_piece(s, it);
        break;
    default:
        rope_add(s->call, &s->tx->now.body, it->text);
    }
}

void responses_part_end(struct sending *s)
{
    struct now *now = &s->tx->now;

    switch (now->kind) {
    case CP_TEXT:
    case CP_REFUSAL:
        words_end(s);
        break;
    case CP_REASONING:
        thought_end(s);
        break;
    case CP_TOOL_CALL:
        call_end(s);
        break;
    case CP_SERVER_CALL:
        responses_server_call_end(s);
        break;
    case CP_SERVER_RESULT:
        responses_server_result_end(s);
        break;
    case CP_MEDIA:
        responses_media_end(s);
        break;
    default:
        responses_compaction_end(s, now->states.first != NULL ? now->states.first->json : NONE);
    }
}
