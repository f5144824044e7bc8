/* SPDX-License-Identifier: MIT */
/*
 * chat - writes replies in the OpenAI Chat Completions dialect.
 *
 * Reasoning is spelled reasoning_content, as most servers that have it do. Usage comes in a chunk
 * of its own with empty choices, and only when stream_options.include_usage asked for it.
 * source: OpenAI API reference, chat streaming, read 2026-08.
 */
#include "reply.h"

static void put_usage(struct reply *r, struct text *out)
{
    const struct usage *u = &r->usage;
    int64_t in = reply_input_all(r);

    if (r->play->usagejson.n) {
        text_form(out, "%S", &r->play->usagejson);
        return;
    }
    text_form(
        out,
        "{'prompt_tokens':%n,'completion_tokens':%n,'total_tokens':%n,"
        "'prompt_tokens_details':{'cached_tokens':%n,'cache_write_tokens':%n,"
        "'audio_tokens':0},'completion_tokens_details':{'reasoning_tokens':%n,"
        "'audio_tokens':0,'accepted_prediction_tokens':0,'rejected_prediction_tokens':0}}",
        in, u->out, in + u->out, u->read, u->write, u->think);
}

static struct slice finish_reason(struct reply *r)
{
    if (reply_stops(r, "filter"))
        return slice_of("content_filter");
    if (r->stop.n)
        return r->stop;
    return slice_of(reply_has_tool(r) ? "tool_calls" : "stop");
}

static void put_calls(struct reply *r, struct text *out)
{
    const char *comma = ",\"tool_calls\":[";

    for (int i = 0; i < r->parts_n; i++) {
        const struct part *p = &r->part[i];
        if (p->kind != PART_TOOL)
            continue;
        text_form(out, "%s{'id':'call_%s',", comma, p->id);
        text_form(out,
                  p->is_custom ? "'type':'custom','custom':{'name':%Q,'input':%Q}}"
                               : "'type':'function','function':{'name':%Q,'arguments':%Q}}",
                  &p->name, &p->body);
        comma = ",";
    }
    text_str(out, comma[1] ? "" : "]");
}

static void chat_whole(struct reply *r, struct text *out)
{
    const struct part *text = NULL, *think = NULL, *refusal = NULL;
    struct slice reason = finish_reason(r);

    for (int i = 0; i < r->parts_n; i++) {
        if (r->part[i].kind == PART_TEXT)
            text = &r->part[i];
        else if (r->part[i].kind == PART_THINK)
            think = &r->part[i];
        else if (r->part[i].kind == PART_REFUSAL)
            refusal = &r->part[i];
    }
    text_form(out,
              "{'id':'chatcmpl-%s','object':'chat.completion','created':%n,'model':%Q,"
              "'choices':[{'index':0,'message':{'role':'assistant','content':",
              r->id, r->created, &r->ask->model);
    if (text)
        text_form(out, "%Q", &text->body);
    else
        text_str(out, "null");
    if (think)
        text_form(out, ",'reasoning_content':%Q", &think->body);
    if (refusal)
        text_form(out, ",'refusal':%Q,'annotations':[]", &refusal->body);
    else
        text_form(out, ",'refusal':null,'annotations':[]");
    put_calls(r, out);
    text_form(out, "},'logprobs':null,'finish_reason':%Q}]", &reason);
    if (!r->play->nousage) {
        text_str(out, ",\"usage\":");
        put_usage(r, out);
    }
    text_form(out, ",'service_tier':'default','system_fingerprint':'fp_sim'}");
}

static struct text *chunk_open(struct reply *r)
{
    struct text *out = wire_open(r, NULL);

    text_form(out,
              "{'id':'chatcmpl-%s','object':'chat.completion.chunk','created':%n,'model':%Q,"
              "'service_tier':'default','system_fingerprint':'fp_sim','choices':[",
              r->id, r->created, &r->ask->model);
    return out;
}

static void chunk_close(struct reply *r, struct text *out)
{
    text_str(out, r->ask->wants_usage ? "],\"usage\":null}" : "]}");
    wire_close(r);
}

static void chat_start(struct reply *r)
{
    struct text *out = chunk_open(r);

    text_form(out, "{'index':0,'delta':{'role':'assistant','content':'','refusal':null},"
                   "'logprobs':null,'finish_reason':null}");
    chunk_close(r, out);
}

static int64_t call_index(const struct reply *r, int i)
{
    int64_t index = 0;

    for (int k = 0; k < i; k++)
        index += r->part[k].kind == PART_TOOL;
    return index;
}

static void put_call(struct reply *r, struct text *out, int i, bool is_first,
                     struct slice fragment)
{
    const struct part *p = &r->part[i];
    const char *kind = p->is_custom ? "custom" : "function";

    text_form(out, "{'index':0,'delta':{'tool_calls':[{");
    if (!r->play->badtool)
        text_form(out, "'index':%n,", call_index(r, i));
    if (is_first || r->play->badtool)
        text_form(out, "'id':'call_%s','type':'%s','%s':{'name':%Q,", p->id, kind, kind,
                  &p->name);
    else
        text_form(out, "'%s':{", kind);
    text_form(out, "'%s':%Q}}]},'logprobs':null,'finish_reason':null}",
              p->is_custom ? "input" : "arguments", &fragment);
}

static void chat_part_open(struct reply *r, int i)
{
    struct slice none = { "", 0 };

    if (r->part[i].kind != PART_TOOL)
        return;
    struct text *out = chunk_open(r);
    put_call(r, out, i, true, none);
    chunk_close(r, out);
}

static void chat_part_delta(struct reply *r, int i, struct slice fragment)
{
    struct text *out = chunk_open(r);

    if (r->part[i].kind == PART_TOOL) {
        put_call(r, out, i, false, fragment);
    } else {
        text_form(out, "{'index':0,'delta':{'%s':'",
                  r->part[i].kind == PART_THINK     ? "reasoning_content"
                  : r->part[i].kind == PART_REFUSAL ? "refusal"
                                                    : "content");
        reply_delta_text(r, out, i, fragment);
        text_form(out, "'},'logprobs':null,'finish_reason':null}");
    }
    chunk_close(r, out);
}

static void chat_part_close(struct reply *r, int i)
{
    (void)r; /* this dialect does not mark the end of a part */
    (void)i;
}

static void chat_finish(struct reply *r)
{
    struct slice reason = finish_reason(r);
    struct text *out = chunk_open(r);

    text_form(out, "{'index':0,'delta':{},'logprobs':null,'finish_reason':%Q}", &reason);
    chunk_close(r, out);
    if (!r->ask->wants_usage || r->play->nousage)
        return;
    out = chunk_open(r);
    text_str(out, "],\"usage\":");
    put_usage(r, out);
    text_str(out, "}");
    wire_close(r);
}

static void chat_end(struct reply *r)
{
    text_str(wire_open(r, NULL), "[DONE]");
    wire_close(r);
}

static void chat_error(struct reply *r)
{
    struct slice none = { 0 };
    struct text *out = wire_open(r, r->play->bareerror ? "error" : NULL);

    error_write(out, CHAT, 500, error_parse(r->play->errevent), none, r->id);
    wire_close(r);
}

const struct dialect_writer chat_writer = {
    chat_whole,      chat_start,  chat_part_open, chat_part_delta,
    chat_part_close, chat_finish, chat_end,       chat_error,
};
