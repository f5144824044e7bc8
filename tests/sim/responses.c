/* SPDX-License-Identifier: MIT */
/*
 * responses - writes replies in the OpenAI Responses dialect.
 *
 * Every event repeats its name in type and counts in sequence_number; the order is the one the
 * newest SDK insists on: created, in_progress, per item added ... done, and one terminal event.
 * source: OpenAI API reference, responses streaming, read 2026-08.
 */
#include "reply.h"
#include "store.h"

#include <stdio.h>

static const char encrypted[] = "gAAAAABsimulated-encrypted-reasoning";

static void put_usage(struct reply *r, struct text *out)
{
    const struct usage *u = &r->usage;
    int64_t in = reply_input_all(r);

    if (r->play->usagejson.n) {
        text_form(out, "%S", &r->play->usagejson);
        return;
    }
    text_form(out,
              "{'input_tokens':%n,'input_tokens_details':{'cached_tokens':%n,"
              "'cache_write_tokens':%n},'output_tokens':%n,'output_tokens_details':"
              "{'reasoning_tokens':%n},'total_tokens':%n}",
              in, u->read, u->write, u->out, u->think, in + u->out);
}

static struct slice part_sign(const struct reply *r)
{
    return r->play->signature.n ? r->play->signature : slice_of(encrypted);
}

static void put_call(struct text *out, const struct part *p, const char *status,
                     struct slice body)
{
    text_form(out, "{'id':'%s_%s','type':'%s','status':'%s','call_id':'call_%s','name':%Q,",
              p->is_custom ? "ctc" : "fc", p->id,
              p->is_custom ? "custom_tool_call" : "function_call", status, p->id, &p->name);
    if (p->space.n)
        text_form(out, "'namespace':%S,", &p->space);
    text_form(out, p->is_custom ? "'input':%Q}" : "'arguments':%Q}", &body);
}

/* A whole output item; without its content when it has only been added to a stream. */
static void put_item(struct reply *r, struct text *out, const struct part *p, bool is_done)
{
    const char *status = is_done ? "completed" : "in_progress";
    struct slice body = is_done ? p->body : (struct slice){ "", 0 };
    struct slice sign = is_done ? part_sign(r) : (struct slice){ "", 0 };

    switch (p->kind) {
    case PART_THINK:
        text_form(out, "{'id':'rs_%s','type':'reasoning','summary':[", p->id);
        if (is_done)
            text_form(out, "{'type':'summary_text','text':%Q}", &body);
        text_str(out, "]");
        if (!r->play->nosignature)
            text_form(out, ",'encrypted_content':%Q", &sign);
        text_str(out, "}");
        break;
    case PART_TEXT:
        text_form(
            out, "{'id':'msg_%s','type':'message','status':'%s','role':'assistant','content':[",
            p->id, status);
        if (is_done)
            text_form(out, "{'type':'output_text','text':%Q,'annotations':[],'logprobs':[]}",
                      &body);
        text_str(out, "]}");
        break;
    case PART_REFUSAL:
        text_form(
            out, "{'id':'msg_%s','type':'message','status':'%s','role':'assistant','content':[",
            p->id, status);
        if (is_done)
            text_form(out, "{'type':'refusal','refusal':%Q}", &body);
        text_str(out, "]}");
        break;
    case PART_COMPACTION:
        text_form(out, "{'id':'cmp_%s','type':'compaction','encrypted_content':%Q}", p->id,
                  &body);
        break;
    case PART_TOOL:
        put_call(out, p, status, body);
        break;
    }
}

static bool is_incomplete(const struct reply *r)
{
    return r->stop.n && !reply_stops(r, "completed") && !reply_stops(r, "stop") &&
           !reply_stops(r, "failed");
}

static struct slice incomplete_reason(const struct reply *r)
{
    if (reply_stops(r, "length"))
        return slice_of("max_output_tokens");
    return reply_stops(r, "filter") ? slice_of("content_filter") : r->stop;
}

static void put_outcome(struct reply *r, struct text *out, const char *status)
{
    struct slice reason = incomplete_reason(r);
    struct slice spec =
        r->play->errevent.at ? r->play->errevent : slice_of("server_error:simulated");
    struct error_spec e = error_parse(spec);

    text_form(out, "'status':'%s','background':false,'error':", status);
    if (status[0] == 'f')
        text_form(out, "{'code':%Q,'message':%Q}", e.code.n ? &e.code : &e.type, &e.message);
    else
        text_str(out, "null");
    if (status[0] == 'i' && status[3] == 'o')
        text_form(out, ",'incomplete_details':{'reason':%Q}", &reason);
    else
        text_form(out, ",'incomplete_details':null");
}

static void put_output(struct reply *r, struct text *out)
{
    for (int i = 0; i < r->parts_n; i++) {
        text_str(out, i ? "," : "");
        put_item(r, out, &r->part[i], true);
    }
}

/* An answer repeats what was asked for, or what holds when it was not. */
static void put_echo(const struct reply *r, struct text *out)
{
    static const char *const echoed[][2] = {
        { "instructions", "null" },
        { "max_output_tokens", "null" },
        { "max_tool_calls", "null" },
        { "parallel_tool_calls", "true" },
        { "previous_response_id", "null" },
        { "prompt_cache_key", "null" },
        { "reasoning", "{\"effort\":null,\"summary\":null}" },
        { "safety_identifier", "null" },
        { "store", "true" },
        { "temperature", "1.0" },
        { "text", "{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}" },
        { "tool_choice", "\"auto\"" },
        { "tools", "[]" },
        { "top_logprobs", "0" },
        { "top_p", "1.0" },
        { "truncation", "\"disabled\"" },
        { "user", "null" },
        { "metadata", "{}" },
    };

    text_form(out, ",'service_tier':'default'");
    for (size_t i = 0; i < sizeof echoed / sizeof *echoed; i++) {
        struct slice v = scan_member(r->ask->body, echoed[i][0]);
        if (!v.n)
            v = slice_of(echoed[i][1]);
        text_form(out, ",'%s':%S", echoed[i][0], &v);
    }
}

static void put_response(struct reply *r, struct text *out, const char *status)
{
    bool is_over = status[0] != 'i' || status[3] == 'o';

    text_form(out, "{'id':'resp_%s','object':'response','created_at':%n,", r->id, r->created);
    put_outcome(r, out, status);
    text_form(out, ",'model':%Q,'output':[", &r->ask->model);
    if (is_over && status[0] != 'f')
        put_output(r, out);
    text_str(out, "]");
    put_echo(r, out);
    text_form(out, ",'usage':");
    if (is_over && !r->play->nousage)
        put_usage(r, out);
    else
        text_str(out, "null");
    text_str(out, "}");
}

static const char *final_status(const struct reply *r)
{
    if (reply_stops(r, "failed"))
        return "failed";
    return is_incomplete(r) ? "incomplete" : "completed";
}

static void responses_whole(struct reply *r, struct text *out)
{
    put_response(r, out, final_status(r));
}

void responses_keep(struct reply *r)
{
    const struct ask *ask = r->ask;
    struct text whole = { 0 }, output = { 0 };
    char id[32];
    struct slice previous = ask->previous;

    if (previous.n)
        previous = (struct slice){ previous.at + 1, previous.n - 2 };
    snprintf(id, sizeof id, "resp_%s", r->id);
    responses_whole(r, &whole);
    put_output(r, &output);
    store_put(slice_of(id), previous, scan_member(ask->body, "input"),
              (struct slice){ output.at, output.n }, (struct slice){ whole.at, whole.n });
    text_free(&whole);
    text_free(&output);
}

static struct text *event_open(struct reply *r, const char *type)
{
    struct text *out = wire_open(r, type);

    text_form(out, "{'type':'%s','sequence_number':%n", type, r->seq++);
    return out;
}

static void envelope(struct reply *r, const char *type, const char *status)
{
    struct text *out = event_open(r, type);

    text_form(out, ",'response':");
    put_response(r, out, status);
    text_str(out, "}");
    wire_close(r);
}

static void responses_start(struct reply *r)
{
    envelope(r, "response.created", "in_progress");
    envelope(r, "response.in_progress", "in_progress");
}

static void item_event(struct reply *r, int i, bool is_done)
{
    struct text *out =
        event_open(r, is_done ? "response.output_item.done" : "response.output_item.added");

    text_form(out, ",'output_index':%n,'item':", (int64_t)i);
    put_item(r, out, &r->part[i], is_done);
    text_str(out, "}");
    wire_close(r);
}

static const char *item_prefix(const struct part *p)
{
    if (p->kind == PART_TOOL)
        return p->is_custom ? "ctc" : "fc";
    return p->kind == PART_THINK ? "rs" : "msg";
}

/* The event's common members, up to the place inside of its item. */
static struct text *place_open(struct reply *r, int i, const char *type)
{
    const struct part *p = &r->part[i];
    struct text *out = event_open(r, type);

    text_form(out, ",'item_id':'%s_%s','output_index':%n", item_prefix(p), p->id, (int64_t)i);
    if (p->kind != PART_TOOL)
        text_form(out, ",'%s_index':0", p->kind == PART_THINK ? "summary" : "content");
    return out;
}

static void part_event(struct reply *r, int i, bool is_done)
{
    static const char *const types[2][2] = {
        { "response.reasoning_summary_part.added", "response.reasoning_summary_part.done" },
        { "response.content_part.added", "response.content_part.done" },
    };
    bool is_text = r->part[i].kind == PART_TEXT, is_thought = r->part[i].kind == PART_THINK;
    struct text *out = place_open(r, i, types[!is_thought][is_done]);
    struct slice body = is_done ? r->part[i].body : (struct slice){ "", 0 };

    if (is_text)
        text_form(out,
                  ",'part':{'type':'output_text','text':%Q,'annotations':[],'logprobs':[]}}",
                  &body);
    else if (is_thought)
        text_form(out, ",'part':{'type':'summary_text','text':%Q}}", &body);
    else
        text_form(out, ",'part':{'type':'refusal','refusal':%Q}}", &body);
    wire_close(r);
}

static void responses_part_open(struct reply *r, int i)
{
    item_event(r, i, false);
    if (r->part[i].kind != PART_TOOL && r->part[i].kind != PART_COMPACTION)
        part_event(r, i, false);
}

static void responses_part_delta(struct reply *r, int i, struct slice fragment)
{
    static const char *const types[] = {
        [PART_THINK] = "response.reasoning_summary_text.delta",
        [PART_TEXT] = "response.output_text.delta",
        [PART_TOOL] = "response.function_call_arguments.delta",
        [PART_REFUSAL] = "response.refusal.delta",
    };
    struct text *out;

    if (r->part[i].kind == PART_COMPACTION)
        return;
    out = place_open(r, i,
                     r->part[i].is_custom ? "response.custom_tool_call_input.delta"
                                          : types[r->part[i].kind]);

    text_form(out, ",'delta':'");
    reply_delta_text(r, out, i, fragment);
    text_form(out, r->part[i].kind == PART_TEXT ? "','logprobs':[]}" : "'}");
    wire_close(r);
}

static void responses_part_close(struct reply *r, int i)
{
    const struct part *p = &r->part[i];
    struct text *out;

    if (p->kind == PART_TOOL && p->is_custom) {
        out = place_open(r, i, "response.custom_tool_call_input.done");
        text_form(out, ",'input':%Q}", &p->body);
        wire_close(r);
    } else if (p->kind == PART_TOOL) {
        out = place_open(r, i, "response.function_call_arguments.done");
        text_form(out, ",'name':%Q,'arguments':%Q}", &p->name, &p->body);
        wire_close(r);
    } else if (p->kind == PART_REFUSAL) {
        out = place_open(r, i, "response.refusal.done");
        text_form(out, ",'refusal':%Q}", &p->body);
        wire_close(r);
        part_event(r, i, true);
    } else if (p->kind != PART_COMPACTION) {
        out = place_open(r, i,
                         p->kind == PART_THINK ? "response.reasoning_summary_text.done"
                                               : "response.output_text.done");
        text_form(out, ",'text':%Q%s}", &p->body,
                  p->kind == PART_TEXT ? ",\"logprobs\":[]" : "");
        wire_close(r);
        part_event(r, i, true);
    }
    item_event(r, i, true);
}

static void responses_finish(struct reply *r)
{
    (void)r; /* the reason is in the terminal event */
}

static void responses_end(struct reply *r)
{
    static const char *const types[] = { "response.completed", "response.incomplete",
                                         "response.failed" };
    const char *status = final_status(r);

    envelope(r, types[status[0] == 'c' ? 0 : status[0] == 'i' ? 1 : 2], status);
}

static void responses_error(struct reply *r)
{
    struct error_spec e = error_parse(r->play->errevent);
    struct text *out;

    if (!r->play->bareerror) {
        envelope(r, "response.failed", "failed");
        return;
    }
    out = event_open(r, "error");
    text_form(out, ",'error':{'type':%Q,'code':%Q,'message':%Q,'param':null}}", &e.type,
              e.code.n ? &e.code : &e.type, &e.message);
    wire_close(r);
}

const struct dialect_writer responses_writer = {
    responses_whole,      responses_start,  responses_part_open, responses_part_delta,
    responses_part_close, responses_finish, responses_end,       responses_error,
};
