/* SPDX-License-Identifier: MIT */
/*
 * gemini - writes replies in the Gemini dialect, as SSE or as one JSON array in pieces.
 *
 * Function calls are whole; the first of a turn carries the thought signature. There is no mark at
 * the end of a stream: the last chunk has the finish reason.
 * source: Gemini API reference, generateContent, read 2026-08.
 */
#include "reply.h"

static void put_usage(struct reply *r, struct text *out, bool is_last)
{
    const struct usage *u = &r->usage;
    int64_t in = reply_input_all(r);

    if (r->play->nousage)
        return;
    text_form(out, ",'usageMetadata':");
    if (r->play->usagejson.n) {
        text_form(out, "%S", &r->play->usagejson);
        return;
    }
    text_form(out, "{'promptTokenCount':%n", in);
    if (u->read)
        text_form(out, ",'cachedContentTokenCount':%n", u->read);
    if (is_last && u->out - u->think)
        text_form(out, ",'candidatesTokenCount':%n", u->out - u->think);
    if (is_last && u->think)
        text_form(out, ",'thoughtsTokenCount':%n", u->think);
    text_form(
        out,
        ",'totalTokenCount':%n,'promptTokensDetails':[{'modality':'TEXT','tokenCount':%n}]}",
        is_last ? in + u->out : in, in);
}

static void put_tail(struct reply *r, struct text *out, bool is_last)
{
    put_usage(r, out, is_last);
    text_form(out, ",'modelVersion':%Q,'responseId':'%s'}", &r->ask->model, r->id);
}

static struct slice finish_reason(const struct reply *r)
{
    if (reply_stops(r, "length"))
        return slice_of("MAX_TOKENS");
    if (reply_stops(r, "filter"))
        return slice_of("SAFETY");
    return r->stop.n ? r->stop : slice_of("STOP");
}

static bool is_first_tool(const struct reply *r, int i)
{
    return r->part[i].kind == PART_TOOL && (i == 0 || r->part[i - 1].kind != PART_TOOL);
}

/* The second generation names calls by nothing but their order. */
static bool has_ids(const struct reply *r)
{
    return !slice_has(r->ask->model, slice_of("gemini-2"));
}

/* The first call of a step; without calls the last text, if there were thoughts. */
static bool is_signed(const struct reply *r, int i)
{
    if (r->play->nosignature)
        return false;
    return is_first_tool(r, i) ||
           (i > 0 && i == r->parts_n - 1 && r->part[i].kind == PART_TEXT &&
            r->part[i - 1].kind == PART_THINK);
}

static struct slice signature_of(const struct reply *r)
{
    return r->play->signature.n ? r->play->signature : slice_of("c2ltdWxhdGVkLXNpZ25hdHVyZQ==");
}

static void put_part(struct reply *r, struct text *out, int i)
{
    const struct part *p = &r->part[i];
    struct slice sign = signature_of(r);

    if (p->kind == PART_THINK)
        text_form(out, "{'text':%Q,'thought':true", &p->body);
    else if (p->kind == PART_TEXT)
        text_form(out, "{'text':%Q", &p->body);
    else
        text_form(out, "{'functionCall':{'name':%Q,'args':%S", &p->name, &p->body);
    if (p->kind == PART_TOOL && has_ids(r))
        text_form(out, ",'id':'%s'", p->id);
    text_str(out, p->kind == PART_TOOL ? "}" : "");
    if (is_signed(r, i))
        text_form(out, ",'thoughtSignature':%Q", &sign);
    text_str(out, "}");
}

static void put_why(const struct reply *r, struct text *out)
{
    if (r->play->refusal.n)
        text_form(out, ",'finishMessage':%Q", &r->play->refusal);
    text_str(out, "}]");
}

static void gemini_whole(struct reply *r, struct text *out)
{
    struct slice reason = finish_reason(r);

    text_form(out, "{'candidates':[{'content':{'role':'model','parts':[");
    for (int i = 0; i < r->parts_n; i++) {
        text_str(out, i ? "," : "");
        put_part(r, out, i);
    }
    text_form(out, "]},'finishReason':%Q,'index':0", &reason);
    put_why(r, out);
    put_tail(r, out, true);
}

static void gemini_start(struct reply *r)
{
    (void)r; /* this dialect begins with its first content */
}

static void gemini_part_open(struct reply *r, int i)
{
    (void)r;
    (void)i;
}

static void gemini_part_delta(struct reply *r, int i, struct slice fragment)
{
    struct text *out;

    if (r->part[i].kind == PART_TOOL)
        return;
    out = wire_open(r, NULL);
    text_form(out, "{'candidates':[{'content':{'role':'model','parts':[{'text':'");
    reply_delta_text(r, out, i, fragment);
    text_form(out, "'%s}]},'index':0}]",
              r->part[i].kind == PART_THINK ? ",\"thought\":true" : "");
    put_tail(r, out, false);
    wire_close(r);
}

static void gemini_part_close(struct reply *r, int i)
{
    struct text *out;

    if (r->part[i].kind != PART_TOOL)
        return;
    out = wire_open(r, NULL);
    text_form(out, "{'candidates':[{'content':{'role':'model','parts':[");
    put_part(r, out, i);
    text_form(out, "]},'index':0}]");
    put_tail(r, out, false);
    wire_close(r);
}

static void gemini_finish(struct reply *r)
{
    struct slice reason = finish_reason(r), sign = signature_of(r);
    struct text *out;

    if (r->play->nodone)
        return; /* the terminal event of this dialect is the one with the reason */
    out = wire_open(r, NULL);
    text_form(out, "{'candidates':[{'content':{'role':'model','parts':[{'text':''");
    if (r->parts_n && r->part[r->parts_n - 1].kind == PART_TEXT && is_signed(r, r->parts_n - 1))
        text_form(out, ",'thoughtSignature':%Q", &sign);
    text_form(out, "}]},'finishReason':%Q,'index':0", &reason);
    put_why(r, out);
    put_tail(r, out, true);
    wire_close(r);
}

static void gemini_end(struct reply *r)
{
    if (!r->ask->has_array_form || r->play->as_sse)
        return;
    text_str(wire_raw(r), r->events_n ? "]" : "[]");
    wire_mark(r);
}

static void gemini_error(struct reply *r)
{
    struct slice none = { 0 };
    struct error_spec e = error_parse(r->play->errevent);
    struct text *out;

    if (r->play->bareerror && !r->ask->has_array_form) {
        out = wire_raw(r); /* as the service does it: not an event at all */
        error_write(out, GEMINI, error_status(e, GEMINI), e, none, r->id);
        text_str(out, "\n");
        wire_mark(r);
        return;
    }
    out = wire_open(r, NULL);
    error_write(out, GEMINI, error_status(e, GEMINI), e, none, r->id);
    wire_close(r);
    gemini_end(r);
}

const struct dialect_writer gemini_writer = {
    gemini_whole,      gemini_start,  gemini_part_open, gemini_part_delta,
    gemini_part_close, gemini_finish, gemini_end,       gemini_error,
};
