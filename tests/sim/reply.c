/* SPDX-License-Identifier: MIT */
/*
 * reply - the answer to one request: its status, its head's facts, and its body piece by piece.
 *
 * What is said is decided once, in reply_begin(): thoughts, a text, tool calls, and the usage that
 * goes with them. JSON bodies are then made at once; streams (stream.c) are made event by event, as
 * their client reads them.
 */
#include "reply.h"
#include "store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_MAX = 1 << 16 };

const struct dialect_writer *reply_writer(const struct reply *r)
{
    static const struct dialect_writer *const writers[DIALECTS_N] = {
        &claude_writer,
        &chat_writer,
        &responses_writer,
        &gemini_writer,
    };

    return writers[r->ask->dialect];
}

bool reply_has_tool(const struct reply *r)
{
    return r->parts_n && r->part[r->parts_n - 1].kind == PART_TOOL;
}

bool reply_stops(const struct reply *r, const char *neutral)
{
    return slice_is(r->stop, neutral);
}

int64_t reply_input_all(const struct reply *r)
{
    return r->usage.in + r->usage.read + r->usage.write;
}

/* ---- what to say ---- */

static struct part *add_part(struct reply *r, enum part_kind kind, struct slice body)
{
    struct part *p = &r->part[r->parts_n];

    *p = (struct part){ .kind = kind, .body = body, .step = 24, .left = -1 };
    snprintf(p->id, sizeof p->id, "%s%02d", r->id, r->parts_n);
    r->parts_n++;
    return p;
}

static void add_text(struct reply *r, struct slice body)
{
    struct part *p = add_part(r, PART_TEXT, body);

    if (r->play->events >= 0) {
        p->left = r->play->events;
        p->step = p->left ? (body.n + (size_t)p->left - 1) / (size_t)p->left : body.n;
    } else if (body.n > 4096) {
        p->step = body.n > 1 << 20 ? 4096 : 256;
    }
}

static void add_tool(struct reply *r, struct slice name, struct slice args)
{
    struct part *p = add_part(r, PART_TOOL, args);

    p->name = name;
    p->is_custom = ask_tool_is_custom(r->ask, name, &p->space);
    if (r->play->frag > 0)
        p->step = (size_t)r->play->frag;
}

static struct slice shorten(struct slice s, size_t n)
{
    if (s.n > n)
        s.n = n;
    else
        return s;
    while (s.n && ((unsigned char)s.at[s.n] & 0xC0) == 0x80)
        s.n--;
    return s;
}

static struct slice demo_text(struct reply *r)
{
    const struct ask *ask = r->ask;
    struct slice prompt = { ask->prompt.at, ask->prompt.n };
    struct slice result = { ask->result.at, ask->result.n };
    struct slice model = ask->model;

    r->said.n = 0;
    prompt = shorten(slice_trim(prompt), 200);
    result = shorten(result, 2000);
    text_form(&r->said, "Hello from the simulator. It speaks %s, as %S. ",
              dialect_names[ask->dialect], &model);
    if (ask->ends_in_result)
        text_form(&r->said, "The tool returned: %S\n", &result);
    if (prompt.n)
        text_form(&r->said, "You said: \xC2\xAB%S\xC2\xBB.", &prompt);
    return (struct slice){ r->said.at, r->said.n };
}

/* A prompt that says "use NAME" gets that tool called; true if it did. */
static bool demo_tool(struct reply *r)
{
    struct slice schema, name, space;

    r->said.n = r->args.n = 0;
    if (!ask_wanted_tool(r->ask, &r->said, &schema))
        return false;
    name = (struct slice){ r->said.at, r->said.n };
    if (ask_tool_is_custom(r->ask, name, &space))
        text_str(&r->args, "sim");
    else
        ask_least_args(schema, &r->args);
    add_tool(r, name, (struct slice){ r->args.at, r->args.n });
    return true;
}

/* OpenAI's dialects have parts for it; the others only stop, and may say why. */
static void add_refusal(struct reply *r)
{
    if (r->ask->dialect == CHAT || r->ask->dialect == RESPONSES)
        add_part(r, PART_REFUSAL, r->play->refusal);
    else if (!r->stop.n)
        r->stop = slice_of("filter");
}

static void choose_parts(struct reply *r)
{
    const struct play *play = r->play;
    struct slice text = play->text;
    int64_t size = play->size;

    r->parts_n = 0;
    if (r->ask->wants_compaction) {
        add_part(r, PART_COMPACTION, slice_of("gAAAAABsimulated-compaction"));
        return;
    }
    if (play->think.n)
        add_part(r, PART_THINK, play->think);
    if (!play->text.at && size < 0 && play->events > 0)
        size = play->events * 20;
    if (size >= 0)
        text = (struct slice){ filler_words((size_t)size), (size_t)size };
    if (text.at && (text.n || play->events > 0))
        add_text(r, text);
    if (play->refusal.at)
        add_refusal(r);
    for (int i = 0; i < play->tools_n; i++)
        add_tool(r, play->tool[i].name, play->tool[i].args);
    if (!text.at && !play->refusal.at && !play->tools_n && !demo_tool(r))
        add_text(r, demo_text(r));
}

static void choose_usage(struct reply *r)
{
    struct usage *u = &r->usage;
    int64_t *slot[] = { &u->in, &u->out, &u->read, &u->write, &u->think };
    struct slice s = r->play->usage;

    *u = (struct usage){ .in = (int64_t)(r->ask->body.n / 4 + 1) };
    for (int i = 0; i < r->parts_n; i++) {
        int64_t tokens = (int64_t)(r->part[i].body.n / 4 + 1);
        u->out += tokens;
        if (r->part[i].kind == PART_THINK)
            u->think += tokens;
    }
    for (size_t i = 0; i < 5 && s.n; i++) {
        const char *comma = memchr(s.at, ',', s.n);
        size_t n = comma ? (size_t)(comma - s.at) : s.n;
        *slot[i] = slice_number((struct slice){ s.at, n }, 0);
        s = comma ? (struct slice){ comma + 1, s.n - n - 1 } : (struct slice){ 0 };
    }
}

/* ---- bodies that are ready at once ---- */

static void whole_file(struct reply *r)
{
    struct slice name = r->play->raw;
    struct text path = { 0 };
    ssize_t n;
    int fd;

    text_add(&path, name.at, name.n);
    text_add(&path, "", 1);
    fd = open(path.at, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        r->status = 500;
        text_form(&r->whole, "{'error':{'message':'the simulator cannot read %S'}}", &name);
    } else {
        while ((n = read(fd, text_room(&r->whole, PIECE_MAX), PIECE_MAX)) > 0)
            r->whole.n += (size_t)n;
        close(fd);
    }
    r->in_events = slice_ends(name, ".sse") || slice_ends(name, ".txt");
    r->type = r->in_events ? "text/event-stream; charset=utf-8" : "application/json";
    text_free(&path);
}

static void whole_error(struct reply *r)
{
    struct error_spec e = error_parse(r->play->error);

    if (r->rules.is_refused) {
        e = error_parse((struct slice){ 0 });
        e.message = slice_of(r->rules.why);
        e.code = slice_of(r->rules.code);
        e.param = slice_of(r->rules.param);
        if (e.code.n)
            e.type = slice_of("invalid_request_error");
    }
    if (r->status < 300)
        r->status = e.type.n ? error_status(e, r->ask->dialect) : 500;
    error_write(&r->whole, r->ask->dialect, r->status, e, r->play->retry_after, r->id);
}

static void whole_count(struct reply *r)
{
    static const char *const forms[DIALECTS_N] = {
        "{'input_tokens':%n}",
        "{'input_tokens':%n}",
        "{'object':'response.input_tokens','input_tokens':%n}",
        "{'totalTokens':%n,'promptTokensDetails':[{'modality':'TEXT','tokenCount':%n}]}",
    };
    int64_t all = reply_input_all(r);

    text_form(&r->whole, forms[r->ask->dialect], all, all);
}

static void whole_compact(struct reply *r)
{
    struct slice prompt = { r->ask->prompt.at, r->ask->prompt.n };
    int64_t in = reply_input_all(r);

    text_form(
        &r->whole,
        "{'id':'resp_%s','object':'response.compaction','created_at':%n,'output':["
        "{'type':'message','role':'user','content':[{'type':'input_text','text':%Q}]},"
        "{'id':'cmp_%s','type':'compaction','encrypted_content':'gAAAAABsimulated-compaction'}],"
        "'usage':{'input_tokens':%n,'input_tokens_details':{'cached_tokens':0},"
        "'output_tokens':1,'output_tokens_details':{'reasoning_tokens':0},"
        "'total_tokens':%n}}",
        r->id, r->created, &prompt, r->id, in, in + 1);
}

/* What was kept: the answer, its input, or that it is gone. */
static void whole_stored(struct reply *r)
{
    struct slice id = r->ask->stored;
    struct error_spec e = { .type = slice_of("invalid_request_error") };
    struct text *out = &r->whole, items = { 0 };
    bool is_there = r->ask->op == OP_STORED_DELETE  ? store_remove(id)
                    : r->ask->op == OP_STORED_ITEMS ? store_items(id, &items)
                                                    : store_find(id, out, NULL);
    struct slice list = { items.at, items.n };

    if (!is_there) {
        text_form(&r->said, "Response with id '%S' not found.", &id);
        e.message = (struct slice){ r->said.at, r->said.n };
        error_write(out, RESPONSES, r->status = 404, e, (struct slice){ 0 }, r->id);
    } else if (r->ask->op == OP_STORED_DELETE) {
        text_form(out, "{'id':%Q,'object':'response','deleted':true}", &id);
    } else if (r->ask->op == OP_STORED_ITEMS) {
        text_form(out,
                  "{'object':'list','data':%S,'has_more':false,'first_id':null,'last_id':null}",
                  &list);
    }
    text_free(&items);
}

static void whole_op(struct reply *r)
{
    struct slice none = { 0 };

    if (r->ask->op == OP_COUNT)
        whole_count(r);
    else if (r->ask->op == OP_COMPACT)
        whole_compact(r);
    else if (r->ask->op == OP_MODELS || r->ask->op == OP_MODEL)
        models_write(&r->whole, r->ask, r->play->models);
    else if (r->ask->op == OP_HELLO)
        text_str(&r->whole, "{\"simulator\":\"claude-proxy-sim\"}");
    else if (r->ask->op == OP_GENERATE)
        reply_writer(r)->whole(r, &r->whole);
    else if (r->ask->op >= OP_STORED_GET)
        whole_stored(r);
    else
        error_write(&r->whole, r->ask->dialect, r->status = 404, error_parse(none), none,
                    r->id);
}

static bool choose_fault_body(struct reply *r)
{
    const struct play *play = r->play;

    if (play->raw.n) {
        whole_file(r);
    } else if (play->html) {
        r->type = "text/html; charset=utf-8";
        text_str(&r->whole,
                 "<!DOCTYPE html>\n<html><head><title>Simulated page</title></head>\n"
                 "<body><h1>Bad gateway</h1><p>A page where JSON was expected.</p>"
                 "</body></html>\n");
    } else if (play->garbage >= 0) {
        filler_noise(&r->whole, (size_t)play->garbage);
    } else if (play->body.at) {
        text_add(&r->whole, play->body.at, play->body.n);
    } else if (play->flood >= 0) {
        r->source = SOURCE_FLOOD;
        r->flood_left = play->flood;
        text_str(&r->whole, r->in_events ? "data: {\"flood\":\"" : "{\"flood\":\"");
    } else if (!play->empty) {
        return false;
    }
    return true;
}

void reply_begin(struct reply *r, const struct ask *ask, const struct play *play,
                 int64_t serial)
{
    bool wants_stream = (ask->is_stream || play->as_sse) && !play->as_json;

    r->ask = ask;
    r->play = play;
    r->status = play->status >= 0 ? play->status : 200;
    r->type = "application/json";
    r->source = SOURCE_WHOLE;
    r->whole.n = r->queue.n = 0;
    r->whole_off = r->queue_off = 0;
    r->phase = r->at = r->marks_n = r->mark_at = 0;
    r->in_part = r->is_open = false;
    r->seq = r->events_n = 0;
    r->stop = play->stop;
    r->created = time(NULL);
    r->rules.is_refused = false;
    r->said.n = 0;
    snprintf(r->id, sizeof r->id, "%016llx", (unsigned long long)serial);
    r->in_events = wants_stream && ask->op == OP_GENERATE && !ask->is_broken &&
                   !play->error.at && r->status < 300;
    if (r->in_events && !(ask->has_array_form && !play->as_sse))
        r->type = "text/event-stream; charset=utf-8";
    if (choose_fault_body(r))
        return;
    if (ask->is_broken && !play->error.at && r->status < 300)
        r->status = 400;
    if (play->strict > 0 && !ask->is_broken && !play->error.at && r->status < 300 &&
        !rules_check(&r->rules, ask)) {
        r->status = 400;
        r->source = SOURCE_WHOLE;
        r->in_events = false;
        r->type = "application/json";
    }
    if (play->error.at || r->status >= 400) {
        whole_error(r);
        return;
    }
    choose_parts(r);
    choose_usage(r);
    if (ask->dialect == RESPONSES && ask->op == OP_GENERATE && ask->is_kept)
        responses_keep(r);
    if (r->in_events)
        r->source = SOURCE_STREAM;
    else
        whole_op(r);
}

void reply_fini(struct reply *r)
{
    text_free(&r->whole);
    text_free(&r->queue);
    text_free(&r->said);
    text_free(&r->args);
}

static bool whole_next(struct reply *r, struct text *out)
{
    size_t n = r->whole.n - r->whole_off;
    const char *p, *hit;

    if (!n)
        return false;
    p = r->whole.at + r->whole_off;
    if (r->in_events) {
        hit = memmem(p, n, "\n\n", 2);
        const char *crlf = memmem(p, hit ? (size_t)(hit - p) : n, "\r\n\r\n", 4);
        if (crlf)
            n = (size_t)(crlf + 4 - p);
        else if (hit)
            n = (size_t)(hit + 2 - p);
    } else if (n > PIECE_MAX) {
        n = PIECE_MAX;
    }
    text_add(out, p, n);
    r->whole_off += n;
    return true;
}

static bool flood_next(struct reply *r, struct text *out)
{
    size_t n = r->flood_left < PIECE_MAX ? (size_t)r->flood_left : PIECE_MAX;

    text_add(out, r->whole.at, r->whole.n);
    r->whole.n = 0;
    text_add(out, filler_words(n), n);
    r->flood_left -= (int64_t)n;
    return n > 0;
}

bool reply_next(struct reply *r, struct text *out)
{
    if (r->source == SOURCE_STREAM)
        return stream_next(r, out);
    return r->source == SOURCE_FLOOD ? flood_next(r, out) : whole_next(r, out);
}

bool reply_is_over(const struct reply *r)
{
    if (r->source == SOURCE_STREAM)
        return stream_is_over(r);
    return r->source == SOURCE_WHOLE ? r->whole_off == r->whole.n : r->flood_left == 0;
}
