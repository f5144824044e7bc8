/* SPDX-License-Identifier: MIT */
/*
 * responses_stream_items - the events of output items, in the order that strict readers demand.
 *
 *     output_item.added
 *       content_part.added  output_text.delta*  annotation.added*  output_text.done
 *       content_part.done                                        a message
 *       reasoning_summary_part.added  ..text.delta*  ..text.done  ..part.done     reasoning
 *       function_call_arguments.delta*  .done                    a call
 *     output_item.done
 *
 * One item is open at a time.  Its texts are kept here, whether events are written or not: the end of
 * an item and the end of the answer repeat them.  source: openai-node 7.57, ResponseAccumulator
 */
#include "responses_answer.h"

#include <string.h>

/* ---- events --------------------------------------------------------------------------------- */

int responses_event_open(struct sending *s, struct rj *j, const char *type)
{
    *j = (struct rj){ s->out, NULL, 0, 0 };
    if (s->out == NULL)
        return 0;
    (void)H->frame_open(s->out, type); /* an out remembers its failure */
    rj_open(j, '{');
    rj_key_text(j, "type", (struct cp_str){ type, strlen(type) });
    rj_key_number(j, "sequence_number", s->tx->seq++);
    return 1;
}

void responses_event_close(struct sending *s, struct rj *j)
{
    rj_close(j, '}');
    (void)H->frame_close(s->out); /* an out remembers its failure */
}

int responses_place_open(struct sending *s, struct rj *j, const char *type)
{
    if (!responses_event_open(s, j, type))
        return 0;
    rj_key_text(j, "item_id", s->tx->open->id);
    rj_key_number(j, "output_index", s->tx->open->index);
    return 1;
}

void responses_progress(struct sending *s, const char *type)
{
    struct rj j;

    if (responses_place_open(s, &j, type))
        responses_event_close(s, &j);
}

static void item_event(struct sending *s, const struct out_item *item, enum out_stage stage)
{
    struct rj j;

    if (!responses_event_open(s, &j,
                              stage == OUT_ADDED ? "response.output_item.added"
                                                 : "response.output_item.done"))
        return;
    rj_key_number(&j, "output_index", item->index);
    rj_key(&j, "item");
    responses_item_write(&j, item, stage);
    responses_event_close(s, &j);
}

/* ---- items ---------------------------------------------------------------------------------- */

void responses_item_settle(struct sending *s)
{
    struct out_item *item = s->tx->open;

    if (item == NULL)
        return;
    if (item->type == OUT_SEARCH)
        responses_progress(s, "response.web_search_call.completed");
    if (item->type == OUT_CODE)
        responses_progress(s, "response.code_interpreter_call.completed");
    item->is_done = 1;
    s->tx->open = NULL;
    item_event(s, item, OUT_DONE);
}

static const char *prefix_of(enum out_type type)
{
    static const char *const words[] = {
        [OUT_MESSAGE] = "msg_", [OUT_REASONING] = "rs_",   [OUT_FUNCTION] = "fc_",
        [OUT_CUSTOM] = "ctc_",  [OUT_SEARCH] = "ws_",      [OUT_CODE] = "ci_",
        [OUT_IMAGE] = "ig_",    [OUT_COMPACTION] = "cmp_", [OUT_RAW] = "item_",
    };

    return words[type];
}

static int is_taken(const struct responses_tx *tx, struct cp_str id)
{
    for (const struct out_item *item = tx->first; item != NULL; item = item->next)
        if (openai_text_same(item->id, id))
            return 1;
    return 0;
}

/* An id of this dialect's own is kept: what is encrypted may be bound to it. */
static struct cp_str id_of(struct sending *s, enum out_type type, struct cp_str own)
{
    const char *prefix = prefix_of(type);
    struct cp_str answer = s->tx->envelope.id;
    size_t skip = openai_text_begins(answer, "resp_") ? 5 : 0;

    if (openai_text_begins(own, prefix) && !is_taken(s->tx, own))
        return openai_text_copy(s->call, own);
    return openai_text_format(s->call, "%s%.*s_%u", prefix, (int)(answer.n - skip),
                              answer.n > 0 ? answer.p + skip : "", (unsigned)s->tx->items_n);
}

struct out_item *responses_item_new(struct sending *s, enum out_type type, struct cp_str own)
{
    struct responses_tx *tx = s->tx;
    struct out_item *item = H->alloc(s->call, sizeof(*item));

    responses_item_settle(s);
    if (item == NULL) {
        s->rc = CP_E_LIMIT;
        return NULL;
    }
    item->type = type;
    item->id = id_of(s, type, own);
    item->index = tx->items_n++;
    if (tx->last != NULL)
        tx->last->next = item;
    else
        tx->first = item;
    tx->last = item;
    tx->open = item;
    return item;
}

void responses_item_added(struct sending *s, const struct out_item *item)
{
    item_event(s, item, OUT_ADDED);
}

void responses_item_whole(struct sending *s, struct cp_str raw)
{
    struct out_item *item =
        responses_item_new(s, OUT_RAW, openai_json_string(s->call, raw, "id"));

    if (item == NULL)
        return;
    item->raw = openai_text_copy(s->call, J->compact(s->call, raw));
    responses_item_added(s, item);
    responses_item_settle(s);
}

/* ---- parts of a message or a thought ---------------------------------------------------------- */

enum event { PART_ADDED, TEXT_DELTA, TEXT_DONE, PART_DONE };

static const char *event_of(uint32_t kind, enum event event)
{
    static const char *const text[] = { "response.content_part.added",
                                        "response.output_text.delta",
                                        "response.output_text.done",
                                        "response.content_part.done" };
    static const char *const refusal[] = { "response.content_part.added",
                                           "response.refusal.delta", "response.refusal.done",
                                           "response.content_part.done" };
    static const char *const summary[] = { "response.reasoning_summary_part.added",
                                           "response.reasoning_summary_text.delta",
                                           "response.reasoning_summary_text.done",
                                           "response.reasoning_summary_part.done" };

    return kind == CP_TEXT ? text[event] : kind == CP_REFUSAL ? refusal[event] : summary[event];
}

static int part_open(struct sending *s, struct rj *j, const struct out_part *p,
                     enum event event)
{
    if (!responses_place_open(s, j, event_of(p->kind, event)))
        return 0;
    rj_key_number(j, p->kind == CP_REASONING ? "summary_index" : "content_index", p->n);
    return 1;
}

static void part_event(struct sending *s, const struct out_part *p, enum out_stage stage)
{
    struct rj j;

    if (!part_open(s, &j, p, stage == OUT_ADDED ? PART_ADDED : PART_DONE))
        return;
    rj_key(&j, "part");
    responses_part_write(&j, p, stage);
    responses_event_close(s, &j);
}

struct out_part *responses_part_begin(struct sending *s, uint32_t kind)
{
    struct out_part *p = responses_part_add(s->call, s->tx->open, kind);

    if (p == NULL)
        s->rc = CP_E_LIMIT;
    else
        part_event(s, p, OUT_ADDED);
    return p;
}

void responses_part_grow(struct sending *s, struct out_part *p, struct cp_str text)
{
    struct rj j;

    rope_add(s->call, &p->text, text);
    if (p->kind == CP_TEXT)
        p->points += responses_points(text);
    if (!part_open(s, &j, p, TEXT_DELTA))
        return;
    rj_key_text(&j, "delta", text);
    if (p->kind == CP_TEXT)
        rj_key_raw(&j, "logprobs", S("[]"));
    responses_event_close(s, &j);
}

void responses_part_finish(struct sending *s, struct out_part *p)
{
    struct rj j;

    if (part_open(s, &j, p, TEXT_DONE)) {
        rj_key(&j, p->kind == CP_REFUSAL ? "refusal" : "text");
        rj_rope(&j, &p->text);
        if (p->kind == CP_TEXT) {
            rj_key(&j, "logprobs");
            responses_notes_write(&j, &p->logprobs);
        }
        responses_event_close(s, &j);
    }
    part_event(s, p, OUT_DONE);
}

void responses_cite_add(struct sending *s, struct out_part *p, struct cp_str annotation)
{
    struct rj j;

    responses_note_add(s->call, &p->cites, annotation);
    if (!responses_place_open(s, &j, "response.output_text.annotation.added"))
        return;
    rj_key_number(&j, "content_index", p->n);
    rj_key_number(&j, "annotation_index", (int64_t)p->cites.n - 1);
    rj_key_raw(&j, "annotation", annotation);
    responses_event_close(s, &j);
}

/* They come behind the words they are of, which are out already. */
void responses_logprobs_add(struct sending *s, struct out_part *p, struct cp_str list)
{
    struct cp_str one;
    struct rj j;
    size_t at = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        responses_note_add(s->call, &p->logprobs, J->compact(s->call, one));
    if (at == 0 || !part_open(s, &j, p, TEXT_DELTA))
        return;
    rj_key_text(&j, "delta", S(""));
    rj_key_raw(&j, "logprobs", J->compact(s->call, list));
    responses_event_close(s, &j);
}

/* ---- what a call says ---------------------------------------------------------------------------- */

void responses_input_grow(struct sending *s, struct cp_str text)
{
    struct out_item *item = s->tx->open;
    struct rj j;

    if (text.n == 0)
        return;
    rope_add(s->call, &item->input, text);
    if (!responses_place_open(s, &j,
                              item->type == OUT_CUSTOM ? "response.custom_tool_call_input.delta"
                              : item->type == OUT_CODE
                                  ? "response.code_interpreter_call_code.delta"
                                  : "response.function_call_arguments.delta"))
        return;
    rj_key_text(&j, "delta", text);
    responses_event_close(s, &j);
}

void responses_input_finish(struct sending *s)
{
    struct out_item *item = s->tx->open;
    struct rj j;

    if (!responses_place_open(s, &j,
                              item->type == OUT_CUSTOM ? "response.custom_tool_call_input.done"
                              : item->type == OUT_CODE
                                  ? "response.code_interpreter_call_code.done"
                                  : "response.function_call_arguments.done"))
        return;
    if (item->type == OUT_FUNCTION)
        rj_key_text(&j, "name", item->name);
    rj_key(&j, item->type == OUT_CUSTOM ? "input"
               : item->type == OUT_CODE ? "code"
                                        : "arguments");
    rj_rope(&j, &item->input);
    responses_event_close(s, &j);
}
