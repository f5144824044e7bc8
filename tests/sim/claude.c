/* SPDX-License-Identifier: MIT */
/*
 * claude - writes replies in the Claude Messages dialect.
 *
 * source: platform docs, messages and streaming, read 2026-08. Blocks never overlap; a thinking
 * block ends in one signature_delta; message_delta carries the stop reason and the final usage.
 */
#include "reply.h"

static const char signature[] = "EqQBCkgICRABGAIqQHNpbXVsYXRlZC1zaWduYXR1cmUtZm9yLXRlc3Rpbmc=";

static void put_usage(struct reply *r, struct text *out, int64_t output)
{
    const struct usage *u = &r->usage;

    if (r->play->usagejson.n) {
        text_form(out, "%S", &r->play->usagejson);
        return;
    }
    text_form(
        out,
        "{'input_tokens':%n,'cache_creation_input_tokens':%n,'cache_read_input_tokens':%n,"
        "'cache_creation':{'ephemeral_5m_input_tokens':%n,'ephemeral_1h_input_tokens':0},"
        "'output_tokens':%n",
        u->in, u->write, u->read, u->write, output);
    if (u->think && output == u->out)
        text_form(out, ",'output_tokens_details':{'thinking_tokens':%n}", u->think);
    text_str(out, ",\"service_tier\":\"standard\"}");
}

static void put_stop(struct reply *r, struct text *out)
{
    struct slice stop = r->stop;

    if (reply_stops(r, "length"))
        stop = slice_of("max_tokens");
    else if (reply_stops(r, "filter"))
        stop = slice_of("refusal");
    else if (!stop.n)
        stop = slice_of(reply_has_tool(r) ? "tool_use" : "end_turn");
    text_form(out, "'stop_reason':%Q,'stop_sequence':null,'stop_details':", &stop);
    if (!slice_is(stop, "refusal"))
        text_str(out, "null");
    else if (r->play->refusal.n)
        text_form(out, "{'type':'refusal','category':null,'explanation':%Q}",
                  &r->play->refusal);
    else
        text_form(out, "{'type':'refusal','category':null,'explanation':null}");
}

static void put_signature(struct reply *r, struct text *out)
{
    struct slice own = r->play->signature.n ? r->play->signature : slice_of(signature);

    text_form(out, "%Q", &own);
}

static void put_block(struct reply *r, struct text *out, const struct part *p)
{
    switch (p->kind) {
    case PART_THINK:
        text_form(out, "{'type':'thinking','thinking':%Q", &p->body);
        if (!r->play->nosignature) {
            text_form(out, ",'signature':");
            put_signature(r, out);
        }
        text_str(out, "}");
        break;
    case PART_TEXT:
        text_form(out, "{'type':'text','text':%Q,'citations':null}", &p->body);
        break;
    case PART_TOOL:
        text_form(out, "{'type':'tool_use','id':'toolu_%s','name':%Q,'input':%S}", p->id,
                  &p->name, &p->body);
        break;
    case PART_REFUSAL:
    case PART_COMPACTION:
        break; /* this dialect has no such block */
    }
}

static void claude_whole(struct reply *r, struct text *out)
{
    text_form(out, "{'id':'msg_%s','type':'message','role':'assistant','model':%Q,'content':[",
              r->id, &r->ask->model);
    for (int i = 0; i < r->parts_n; i++) {
        text_str(out, i ? "," : "");
        put_block(r, out, &r->part[i]);
    }
    text_str(out, "],");
    put_stop(r, out);
    if (!r->play->nousage) {
        text_str(out, ",\"usage\":");
        put_usage(r, out, r->usage.out);
    }
    text_str(out, "}");
}

static void claude_start(struct reply *r)
{
    struct text *out = wire_open(r, "message_start");

    text_form(out,
              "{'type':'message_start','message':{'id':'msg_%s','type':'message',"
              "'role':'assistant','model':%Q,'content':[],'stop_reason':null,"
              "'stop_sequence':null,'stop_details':null",
              r->id, &r->ask->model);
    if (!r->play->nousage) {
        text_str(out, ",\"usage\":");
        put_usage(r, out, 1);
    }
    text_str(out, "}}");
    wire_close(r);
}

static void claude_part_open(struct reply *r, int i)
{
    const struct part *p = &r->part[i];
    struct text *out = wire_open(r, "content_block_start");

    text_form(out, "{'type':'content_block_start','index':%n,'content_block':", (int64_t)i);
    if (p->kind == PART_THINK)
        text_form(out, "{'type':'thinking','thinking':'','signature':''}}");
    else if (p->kind == PART_TEXT)
        text_form(out, "{'type':'text','text':''}}");
    else
        text_form(out, "{'type':'tool_use','id':'toolu_%s','name':%Q,'input':{}}}", p->id,
                  &p->name);
    wire_close(r);
}

static void claude_part_delta(struct reply *r, int i, struct slice fragment)
{
    static const char *const forms[] = {
        [PART_THINK] = "{'type':'thinking_delta','thinking':'",
        [PART_TEXT] = "{'type':'text_delta','text':'",
        [PART_TOOL] = "{'type':'input_json_delta','partial_json':'",
    };
    struct text *out = wire_open(r, "content_block_delta");

    text_form(out, "{'type':'content_block_delta','index':%n,'delta':", (int64_t)i);
    text_form(out, forms[r->part[i].kind]);
    reply_delta_text(r, out, i, fragment);
    text_str(out, "\"}}");
    wire_close(r);
}

static void claude_part_close(struct reply *r, int i)
{
    struct text *out;

    if (r->part[i].kind == PART_THINK && !r->play->nosignature) {
        out = wire_open(r, "content_block_delta");
        text_form(out,
                  "{'type':'content_block_delta','index':%n,'delta':{'type':"
                  "'signature_delta','signature':",
                  (int64_t)i);
        put_signature(r, out);
        text_str(out, "}}");
        wire_close(r);
    }
    out = wire_open(r, "content_block_stop");
    text_form(out, "{'type':'content_block_stop','index':%n}", (int64_t)i);
    wire_close(r);
}

static void claude_finish(struct reply *r)
{
    struct text *out = wire_open(r, "message_delta");

    text_form(out, "{'type':'message_delta','delta':{");
    put_stop(r, out);
    text_str(out, "}");
    if (!r->play->nousage) {
        text_str(out, ",\"usage\":");
        put_usage(r, out, r->usage.out);
    }
    text_str(out, "}");
    wire_close(r);
}

static void claude_end(struct reply *r)
{
    text_form(wire_open(r, "message_stop"), "{'type':'message_stop'}");
    wire_close(r);
}

static void claude_error(struct reply *r)
{
    struct slice none = { 0 };
    struct text *out = wire_open(r, r->play->bareerror ? NULL : "error");

    error_write(out, CLAUDE, 500, error_parse(r->play->errevent), none, r->id);
    wire_close(r);
}

const struct dialect_writer claude_writer = {
    claude_whole,      claude_start,  claude_part_open, claude_part_delta,
    claude_part_close, claude_finish, claude_end,       claude_error,
};
