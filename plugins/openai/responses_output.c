/* SPDX-License-Identifier: MIT */
/*
 * responses_output - the output items of an answer that is being built, and how they are spelled.
 *
 * An item is written up to three times: empty when it begins, whole when it is done, and once
 * more in the response that ends the stream.  What it says is kept once, in ropes.
 */
#include "responses_answer.h"

#include <string.h>

void responses_note_add(struct cp_call *call, struct out_notes *notes, struct cp_str text)
{
    struct out_note *note = H->alloc(call, sizeof(*note));

    if (note == NULL)
        return;
    note->json = openai_text_copy(call, text);
    if (note->json.p == NULL)
        return;
    if (notes->last != NULL)
        notes->last->next = note;
    else
        notes->first = note;
    notes->last = note;
    notes->n++;
}

void responses_member_add(struct cp_call *call, struct out_notes *members, struct cp_str name,
                          struct cp_str json)
{
    struct cp_str copy = openai_text_format(call, "%.*s", (int)name.n, name.p);
    struct out_note *last = members->last;

    if (copy.p == NULL)
        return;
    responses_note_add(call, members, J->compact(call, json));
    if (members->last != last)
        members->last->name = copy.p;
}

struct out_part *responses_part_add(struct cp_call *call, struct out_item *item, uint32_t kind)
{
    struct out_part *p = H->alloc(call, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->kind = kind;
    p->n = item->parts_n++;
    if (item->last != NULL)
        item->last->next = p;
    else
        item->first = p;
    item->last = p;
    return p;
}

int64_t responses_points(struct cp_str text)
{
    int64_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

void responses_notes_write(struct rj *j, const struct out_notes *notes)
{
    rj_open(j, '[');
    for (const struct out_note *n = notes->first; n != NULL; n = n->next)
        rj_raw(j, n->json);
    rj_close(j, ']');
}

static void text_write(struct rj *j, const char *key, const struct rope *text,
                       enum out_stage stage)
{
    static const struct rope empty = { NULL, NULL, 0 };

    rj_key(j, key);
    rj_rope(j, stage == OUT_ADDED ? &empty : text);
}

void responses_part_write(struct rj *j, const struct out_part *p, enum out_stage stage)
{
    static const struct out_notes none = { NULL, NULL, 0 };
    int is_text = p->kind == CP_TEXT;

    rj_open(j, '{');
    rj_key_text(j, "type",
                is_text                 ? S("output_text")
                : p->kind == CP_REFUSAL ? S("refusal")
                                        : S("summary_text"));
    if (is_text) {
        rj_key(j, "annotations");
        responses_notes_write(j, stage == OUT_ADDED ? &none : &p->cites);
        rj_key(j, "logprobs");
        responses_notes_write(j, stage == OUT_ADDED ? &none : &p->logprobs);
    }
    text_write(j, p->kind == CP_REFUSAL ? "refusal" : "text", &p->text, stage);
    rj_close(j, '}');
}

static void parts_write(struct rj *j, const char *key, const struct out_item *item,
                        enum out_stage stage)
{
    rj_key(j, key);
    rj_open(j, '[');
    for (const struct out_part *p = item->first; p != NULL && stage == OUT_DONE; p = p->next)
        responses_part_write(j, p, OUT_DONE);
    rj_close(j, ']');
}

static void message_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    parts_write(j, "content", item, stage);
    rj_key_text(j, "role", S("assistant"));
}

static void reasoning_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    parts_write(j, "summary", item, stage);
    if (stage == OUT_DONE && item->state.n > 0)
        rj_key_text(j, "encrypted_content", item->state);
}

static void call_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    text_write(j, item->type == OUT_CUSTOM ? "input" : "arguments", &item->input, stage);
    rj_key_text(j, "call_id", item->call_id);
    rj_key_text(j, "name", item->name);
    if (item->space.n > 0)
        rj_key_text(j, "namespace", item->space);
}

static void code_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    text_write(j, "code", &item->input, stage);
    rj_key_text(j, "container_id", S(""));
    rj_key(j, "outputs");
    if (stage == OUT_DONE && item->outputs.n > 0)
        responses_notes_write(j, &item->outputs);
    else
        rj_raw(j, S("null"));
}

static void image_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    if (item->name.n > 0) /* "image/png" */
        rj_key_text(j, "output_format", item->name);
    rj_key(j, "result");
    if (stage == OUT_DONE)
        rj_rope(j, &item->input);
    else
        rj_raw(j, S("null"));
}

static const char *type_word(const struct out_item *item)
{
    static const char *const words[] = {
        [OUT_MESSAGE] = "message",
        [OUT_REASONING] = "reasoning",
        [OUT_FUNCTION] = "function_call",
        [OUT_CUSTOM] = "custom_tool_call",
        [OUT_SEARCH] = "web_search_call",
        [OUT_CODE] = "code_interpreter_call",
        [OUT_IMAGE] = "image_generation_call",
        [OUT_COMPACTION] = "compaction",
    };

    return words[item->type];
}

static int has_status(const struct out_item *item)
{
    return item->type != OUT_REASONING && item->type != OUT_COMPACTION;
}

static void body_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    switch (item->type) {
    case OUT_MESSAGE:
        message_write(j, item, stage);
        break;
    case OUT_REASONING:
        reasoning_write(j, item, stage);
        break;
    case OUT_SEARCH:
        rj_key_raw(j, "action", item->raw);
        break;
    case OUT_CODE:
        code_write(j, item, stage);
        break;
    case OUT_IMAGE:
        image_write(j, item, stage);
        break;
    case OUT_COMPACTION:
        rj_key_text(j, "encrypted_content", stage == OUT_DONE ? item->state : S(""));
        break;
    default:
        call_write(j, item, stage);
    }
}

void responses_item_write(struct rj *j, const struct out_item *item, enum out_stage stage)
{
    const char *type;

    if (item->type == OUT_RAW) {
        rj_raw(j, item->raw);
        return;
    }
    type = type_word(item);
    rj_open(j, '{');
    rj_key_text(j, "id", item->id);
    rj_key_text(j, "type", (struct cp_str){ type, strlen(type) });
    if (has_status(item))
        rj_key_text(j, "status",
                    stage == OUT_ADDED ? S("in_progress")
                    : item->is_cut     ? S("incomplete")
                                       : S("completed"));
    body_write(j, item, stage);
    for (const struct out_note *n = item->members.first; n != NULL; n = n->next)
        rj_key_raw(j, n->name, n->json);
    rj_close(j, '}');
}
