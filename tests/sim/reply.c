/* SPDX-License-Identifier: MIT */
/*
 * reply - the answer to one request: its status, its head's facts, and its body piece by piece.
 *
 *            reply_begin
 *     START -> PARTS -> FINISH -> END -> OVER      a stream, one beat at a time
 *                 |
 *                 +-- open, delta..., close for each part; or, interleaved,
 *                     all opened, deltas in turn, all closed
 *
 * A beat may be several events on the wire (Responses opens a text part with two); they wait in
 * queue with their ends marked, so that pace, cutevent and stallevent count what a client counts.
 */
#include "reply.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_MAX = 1 << 16 };
enum { PHASE_START, PHASE_PINGS, PHASE_PARTS, PHASE_FINISH, PHASE_END, PHASE_OVER };

static const struct dialect_writer *const writers[DIALECTS_N] = {
    &claude_writer,
    &chat_writer,
    &responses_writer,
    &gemini_writer,
};

static const struct dialect_writer *writer_of(const struct reply *r)
{
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
    struct slice schema, name;

    r->said.n = r->args.n = 0;
    if (!ask_wanted_tool(r->ask, &r->said, &schema))
        return false;
    ask_least_args(schema, &r->args);
    name = (struct slice){ r->said.at, r->said.n };
    add_tool(r, name, (struct slice){ r->args.at, r->args.n });
    return true;
}

static void choose_parts(struct reply *r)
{
    const struct play *play = r->play;
    struct slice text = play->text;
    int64_t size = play->size;

    r->parts_n = 0;
    if (play->think.n)
        add_part(r, PART_THINK, play->think);
    if (!play->text.at && size < 0 && play->events > 0)
        size = play->events * 20;
    if (size >= 0)
        text = (struct slice){ filler_words((size_t)size), (size_t)size };
    if (text.at && (text.n || play->events > 0))
        add_text(r, text);
    for (int i = 0; i < play->tools_n; i++)
        add_tool(r, play->tool[i].name, play->tool[i].args);
    if (!text.at && !play->tools_n && !demo_tool(r))
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

    if (r->status < 300)
        r->status = e.type.n ? error_status(e) : 500;
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

    text_form(&r->whole,
              "{'id':'resp_%s','object':'response.compaction','created_at':%n,'output':["
              "{'type':'message','role':'user','content':[{'type':'input_text','text':%Q}]},"
              "{'id':'cmp_%s','type':'compaction','encrypted_content':'c2ltLWNvbXBhY3Rpb24='}],"
              "'usage':{'input_tokens':%n,'input_tokens_details':{'cached_tokens':0},"
              "'output_tokens':1,'output_tokens_details':{'reasoning_tokens':0},"
              "'total_tokens':%n}}",
              r->id, r->created, &prompt, r->id, in, in + 1);
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
        writer_of(r)->whole(r, &r->whole);
    else
        error_write(&r->whole, r->ask->dialect, r->status = 404, error_parse(none), none, r->id);
}

static bool choose_fault_body(struct reply *r)
{
    const struct play *play = r->play;

    if (play->raw.n) {
        whole_file(r);
    } else if (play->html) {
        r->type = "text/html; charset=utf-8";
        text_str(&r->whole, "<!DOCTYPE html>\n<html><head><title>Simulated page</title></head>\n"
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

void reply_begin(struct reply *r, const struct ask *ask, const struct play *play, int64_t serial)
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
    snprintf(r->id, sizeof r->id, "%016llx", (unsigned long long)serial);
    r->in_events = wants_stream && ask->op == OP_GENERATE && !ask->is_broken && !play->error.at &&
                   r->status < 300;
    if (r->in_events && !(ask->has_array_form && !play->as_sse))
        r->type = "text/event-stream; charset=utf-8";
    if (choose_fault_body(r))
        return;
    if (ask->is_broken && !play->error.at && r->status < 300)
        r->status = 400;
    if (play->error.at || r->status >= 400) {
        whole_error(r);
        return;
    }
    choose_parts(r);
    choose_usage(r);
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

/* ---- a stream ---- */

static const char *line_end(const struct reply *r)
{
    return r->play->crlf || r->ask->dialect == GEMINI ? "\r\n" : "\n";
}

static bool is_array(const struct reply *r)
{
    return r->ask->has_array_form && !r->play->as_sse;
}

struct text *wire_raw(struct reply *r)
{
    return &r->queue;
}

void wire_mark(struct reply *r)
{
    if (r->marks_n < REPLY_MARKS_MAX)
        r->mark[r->marks_n++] = r->queue.n;
}

struct text *wire_open(struct reply *r, const char *event)
{
    const char *eol = line_end(r);

    if (is_array(r)) {
        text_str(&r->queue, r->events_n++ ? ",\r\n" : "[");
        return &r->queue;
    }
    if (r->play->bom && !r->events_n)
        text_str(&r->queue, "\xEF\xBB\xBF");
    if (r->play->comments)
        text_form(&r->queue, ": comment %n%s%s", r->events_n, eol, eol);
    r->events_n++;
    if (event)
        text_form(&r->queue, "event: %s%s", event, eol);
    text_str(&r->queue, "data: ");
    return &r->queue;
}

void wire_close(struct reply *r)
{
    if (!is_array(r)) {
        text_str(&r->queue, line_end(r));
        text_str(&r->queue, line_end(r));
    }
    wire_mark(r);
}

void reply_delta_text(struct reply *r, struct text *out, int i, struct slice fragment)
{
    struct timespec now;

    if (r->play->stamp && r->part[i].kind == PART_TEXT) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        text_form(out, "t=%n ", (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    }
    text_json(out, fragment.at, fragment.n);
}

/* The next fragment of a part, ending between characters; false: there is none. */
static bool take_fragment(struct part *p, struct slice *fragment)
{
    size_t end = p->off + p->step;

    if (p->left == 0 || (p->left < 0 && p->off >= p->body.n))
        return false;
    if (end > p->body.n || p->left == 1)
        end = p->body.n;
    while (end < p->body.n && ((unsigned char)p->body.at[end] & 0xC0) == 0x80)
        end++;
    *fragment = (struct slice){ p->body.at + p->off, end - p->off };
    p->off = end;
    if (p->left > 0)
        p->left--;
    return true;
}

static void beat_serial(struct reply *r)
{
    const struct dialect_writer *w = writer_of(r);
    struct slice fragment;

    if (r->at == r->parts_n) {
        r->phase = PHASE_FINISH;
    } else if (!r->in_part) {
        w->part_open(r, r->at);
        r->in_part = true;
    } else if (take_fragment(&r->part[r->at], &fragment)) {
        w->part_delta(r, r->at, fragment);
    } else {
        w->part_close(r, r->at++);
        r->in_part = false;
    }
}

/* Tools side by side: at counts beats; all are opened, then each gives a fragment in its turn. */
static void beat_woven(struct reply *r, int first)
{
    const struct dialect_writer *w = writer_of(r);
    struct slice fragment;
    int n = r->parts_n - first;

    for (; r->at - first < n; r->at++)
        w->part_open(r, r->at);
    for (int i = 0; i < n; i++) {
        int turn = first + (r->at++ - first) % n;
        if (take_fragment(&r->part[turn], &fragment)) {
            w->part_delta(r, turn, fragment);
            return;
        }
    }
    for (int i = first; i < r->parts_n; i++)
        w->part_close(r, i);
    r->phase = PHASE_FINISH;
}

static void beat_parts(struct reply *r)
{
    bool may_weave = r->ask->dialect == CHAT || r->ask->dialect == RESPONSES;
    int first = 0;

    while (first < r->parts_n && r->part[first].kind != PART_TOOL)
        first++;
    if (r->play->interleave && may_weave && r->parts_n - first > 1 && r->at >= first)
        beat_woven(r, first);
    else
        beat_serial(r);
}

static void beat_pings(struct reply *r)
{
    if (!is_array(r)) {
        for (int64_t i = 0; i < r->play->pings && i < REPLY_MARKS_MAX; i++) {
            if (r->ask->dialect == CLAUDE) {
                text_str(wire_open(r, "ping"), "{\"type\":\"ping\"}");
                wire_close(r);
            } else {
                text_form(&r->queue, ": ping%s%s", line_end(r), line_end(r));
                wire_mark(r);
            }
        }
    }
    r->phase = PHASE_PARTS;
}

static void next_beat(struct reply *r)
{
    const struct dialect_writer *w = writer_of(r);

    switch (r->phase) {
    case PHASE_START:
        w->start(r);
        r->phase = r->play->pings > 0 ? PHASE_PINGS : PHASE_PARTS;
        break;
    case PHASE_PINGS:
        beat_pings(r);
        break;
    case PHASE_PARTS:
        beat_parts(r);
        break;
    case PHASE_FINISH:
        if (!r->play->nofinish)
            w->finish(r);
        r->phase = r->play->nodone || r->play->nofinish ? PHASE_OVER : PHASE_END;
        break;
    case PHASE_END:
        w->end(r);
        r->phase = PHASE_OVER;
        break;
    }
}

static void fill_queue(struct reply *r)
{
    int64_t errafter = r->play->errafter > 0 ? r->play->errafter : 0;

    r->queue.n = r->queue_off = 0;
    r->marks_n = r->mark_at = 0;
    while (!r->marks_n && r->phase != PHASE_OVER) {
        if (r->play->errevent.at && r->events_n >= errafter) {
            writer_of(r)->error(r);
            r->phase = PHASE_OVER;
        } else {
            next_beat(r);
        }
    }
}

static bool stream_next(struct reply *r, struct text *out)
{
    size_t end;

    if (r->mark_at == r->marks_n)
        fill_queue(r);
    if (r->mark_at == r->marks_n)
        return false;
    end = r->mark[r->mark_at++];
    /* one event may have been cut short of its blank line: the last one, with noblank */
    if (r->play->noblank && r->phase == PHASE_OVER && r->mark_at == r->marks_n && !is_array(r))
        r->queue.n = end - strlen(line_end(r));
    text_add(out, r->queue.at + r->queue_off, (end > r->queue.n ? r->queue.n : end) - r->queue_off);
    r->queue_off = end;
    return true;
}

static bool whole_next(struct reply *r, struct text *out)
{
    const char *p = r->whole.at + r->whole_off, *hit = NULL;
    size_t n = r->whole.n - r->whole_off;

    if (!n)
        return false;
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
        return r->phase == PHASE_OVER && r->mark_at == r->marks_n;
    return r->source == SOURCE_WHOLE ? r->whole_off == r->whole.n : r->flood_left == 0;
}
