/* SPDX-License-Identifier: MIT */
/*
 * responses_replay - a kept response as the stream of events that tells it.
 *
 * The pieces in which it was said are gone: each text comes as one delta.  So the events have other
 * numbers than those that the client saw, and who wants only what came after one of them may be behind
 * the end already; the last event holds the whole answer and is therefore always told, with a
 * number that follows.
 */
#include "responses_answer.h"

#include <string.h>

struct replay {
    struct cp_out *out;
    int64_t seq, after; /* next sequence_number; the last one that is not wanted */
    struct cp_str id;   /* of the item at hand, as JSON */
    int64_t index;      /* its place in the output */
    const char *place;  /* "content_index"; NULL: it is about the item */
    int64_t part;
};

/* A member that is written as something else. */
struct change {
    const char *name;
    struct cp_str json;
};

static void in_progress(struct cp_str key, struct cp_str *v)
{
    static const struct change begun[] = {
        { "status", NAME("\"in_progress\"") },
        { "completed_at", NAME("null") },
        { "error", NAME("null") },
        { "incomplete_details", NAME("null") },
        { "usage", NAME("null") },
        { "output", NAME("[]") },
    };

    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
        if (J->is(key, begun[i].name))
            *v = begun[i].json;
    }
}

/* What an item or a part is before anything was said. */
static void empty(struct cp_str key, struct cp_str *v)
{
    static const char *const said[] = { "text",    "refusal",     "arguments", "input",  "code",
                                        "content", "annotations", "logprobs",  "summary" };
    char kind = J->kind(*v);

    if (J->is(key, "status"))
        *v = S("\"in_progress\"");
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        if (J->is(key, said[i]) && (kind == '"' || kind == '['))
            *v = kind == '"' ? S("\"\"") : S("[]");
}

static void object_write(struct cp_out *out, struct cp_str object,
                         void (*change)(struct cp_str key, struct cp_str *v))
{
    struct cp_str key, v;
    size_t at = 0;

    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    while (J->each(object, &at, &key, &v)) {
        char name[64];
        if (key.n >= sizeof(name) || memchr(key.p, '\\', key.n) != NULL)
            continue;
        memcpy(name, key.p, key.n);
        name[key.n] = '\0';
        change(key, &v);
        (void)J->key(out, name);
        (void)J->raw(out, v);
    }
    (void)J->close(out);
}

/* ---- events ------------------------------------------------------------------------------ */

static int event_open(struct replay *r, const char *type)
{
    int64_t seq = r->seq++;

    if (seq <= r->after)
        return 0;
    (void)H->frame_open(r->out, type);
    (void)J->open(r->out, '{');
    (void)J->key(r->out, "type");
    (void)J->string(r->out, (struct cp_str){ type, strlen(type) });
    (void)J->key(r->out, "sequence_number");
    (void)J->number(r->out, seq);
    return 1;
}

static void event_close(struct replay *r)
{
    (void)J->close(r->out);
    (void)H->frame_close(r->out);
}

static int place_open(struct replay *r, const char *type)
{
    if (!event_open(r, type))
        return 0;
    if (r->id.p != NULL) {
        (void)J->key(r->out, "item_id");
        (void)J->raw(r->out, r->id);
    }
    (void)J->key(r->out, "output_index");
    (void)J->number(r->out, r->index);
    if (r->place != NULL) {
        (void)J->key(r->out, r->place);
        (void)J->number(r->out, r->part);
    }
    return 1;
}

/* An event that says one thing, and for texts the logprobs of it. */
static void say(struct replay *r, const char *type, const char *key, struct cp_str json,
                struct cp_str logprobs)
{
    if (!place_open(r, type))
        return;
    (void)J->key(r->out, key);
    (void)J->raw(r->out, json);
    if (logprobs.p != NULL) {
        (void)J->key(r->out, "logprobs");
        (void)J->raw(r->out, logprobs);
    }
    event_close(r);
}

static void part_added(struct replay *r, const char *type, struct cp_str part)
{
    if (!place_open(r, type))
        return;
    (void)J->key(r->out, "part");
    object_write(r->out, part, empty);
    event_close(r);
}

static void response_event(struct replay *r, const char *type, struct cp_str response)
{
    if (!event_open(r, type))
        return;
    (void)J->key(r->out, "response");
    object_write(r->out, response, in_progress);
    event_close(r);
}

/* ---- parts of items ---------------------------------------------------------------------- */

struct words {
    const char *type, *member, *delta, *done;
};

static void annotations(struct replay *r, struct cp_str list)
{
    struct cp_str one;
    size_t at = 0;

    for (int64_t i = 0; J->kind(list) == '[' && J->each(list, &at, NULL, &one); i++) {
        if (!place_open(r, "response.output_text.annotation.added"))
            continue;
        (void)J->key(r->out, "annotation_index");
        (void)J->number(r->out, i);
        (void)J->key(r->out, "annotation");
        (void)J->raw(r->out, one);
        event_close(r);
    }
}

static void words_say(struct replay *r, const struct words *w, struct cp_str part)
{
    struct cp_str text = J->get(part, w->member), logprobs = NONE;

    if (J->kind(text) != '"')
        return;
    if (strcmp(w->type, "output_text") == 0) {
        logprobs = J->get(part, "logprobs");
        logprobs = J->kind(logprobs) == '[' ? logprobs : S("[]");
    }
    if (text.n > 2)
        say(r, w->delta, "delta", text, logprobs);
    annotations(r, J->get(part, "annotations"));
    say(r, w->done, w->member, text, logprobs);
}

static void part_say(struct replay *r, struct cp_str part)
{
    static const struct words known[] = {
        { "output_text", "text", "response.output_text.delta", "response.output_text.done" },
        { "refusal", "refusal", "response.refusal.delta", "response.refusal.done" },
        { "reasoning_text", "text", "response.reasoning_text.delta",
          "response.reasoning_text.done" },
        { "summary_text", "text", "response.reasoning_summary_text.delta",
          "response.reasoning_summary_text.done" },
    };
    struct cp_str type = J->get(part, "type");
    int is_summary = J->is(type, "summary_text");

    part_added(
        r, is_summary ? "response.reasoning_summary_part.added" : "response.content_part.added",
        part);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (J->is(type, known[i].type))
            words_say(r, &known[i], part);
    say(r, is_summary ? "response.reasoning_summary_part.done" : "response.content_part.done",
        "part", part, NONE);
}

static void parts_say(struct replay *r, struct cp_str list, const char *place)
{
    struct cp_str part;
    size_t at = 0;

    r->place = place;
    for (r->part = 0; J->kind(list) == '[' && J->each(list, &at, NULL, &part); r->part++)
        if (J->kind(part) == '{')
            part_say(r, part);
    r->place = NULL;
}

/* ---- items ------------------------------------------------------------------------------- */

static void input_say(struct replay *r, struct cp_str item)
{
    static const struct words known[] = {
        { "function_call", "arguments", "response.function_call_arguments.delta",
          "response.function_call_arguments.done" },
        { "custom_tool_call", "input", "response.custom_tool_call_input.delta",
          "response.custom_tool_call_input.done" },
        { "mcp_call", "arguments", "response.mcp_call_arguments.delta",
          "response.mcp_call_arguments.done" },
        { "code_interpreter_call", "code", "response.code_interpreter_call_code.delta",
          "response.code_interpreter_call_code.done" },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (J->is(J->get(item, "type"), known[i].type))
            words_say(r, &known[i], item);
}

static void item_event(struct replay *r, struct cp_str item, int is_done)
{
    if (!event_open(r, is_done ? "response.output_item.done" : "response.output_item.added"))
        return;
    (void)J->key(r->out, "output_index");
    (void)J->number(r->out, r->index);
    (void)J->key(r->out, "item");
    if (is_done)
        (void)J->raw(r->out, item);
    else
        object_write(r->out, item, empty);
    event_close(r);
}

static void item_say(struct replay *r, struct cp_str item)
{
    r->id = J->get(item, "id");
    item_event(r, item, 0);
    parts_say(r, J->get(item, "summary"), "summary_index");
    parts_say(r, J->get(item, "content"), "content_index");
    input_say(r, item);
    item_event(r, item, 1);
}

int responses_replay(struct cp_call *call, struct cp_str response, struct cp_out *out)
{
    struct replay r = { .out = out, .after = -1 };
    struct cp_str output = J->get(response, "output"), item;
    struct cp_str after = responses_query(call, "starting_after");
    size_t at = 0;

    if (after.n > 0 && J->integer(after, &r.after) != CP_OK)
        r.after = -1; /* no number: everything is told */
    response_event(&r, "response.created", response);
    response_event(&r, "response.in_progress", response);
    for (; J->kind(output) == '[' && J->each(output, &at, NULL, &item); r.index++)
        if (J->kind(item) == '{')
            item_say(&r, item);
    if (r.seq <= r.after)
        r.seq = r.after + 1;
    if (event_open(&r, J->is(J->get(response, "status"), "incomplete")
                           ? "response.incomplete"
                           : "response.completed")) {
        (void)J->key(out, "response");
        (void)J->raw(out, response);
        event_close(&r);
    }
    return CP_OK;
}
