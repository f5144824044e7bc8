/* SPDX-License-Identifier: MIT */
/*
 * stream - makes the events of a stream, one beat at a time.
 *
 *     START -> PINGS -> PARTS -> FINISH -> END -> OVER
 *                         |
 *                         +-- open, delta..., close for each part; or, interleaved,
 *                             all opened, deltas in turn, all closed
 *
 * A beat may be several events on the wire (Responses opens a text part with two); they wait in
 * queue with their ends marked, so that pace, cutevent and stallevent count what a client counts.
 */
#include "reply.h"

#include <string.h>
#include <time.h>

enum { PHASE_START, PHASE_PINGS, PHASE_PARTS, PHASE_FINISH, PHASE_END, PHASE_OVER };

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
    const struct dialect_writer *w = reply_writer(r);
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
    const struct dialect_writer *w = reply_writer(r);
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
    const struct dialect_writer *w = reply_writer(r);

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
            reply_writer(r)->error(r);
            r->phase = PHASE_OVER;
        } else {
            next_beat(r);
        }
    }
}

bool stream_next(struct reply *r, struct text *out)
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
    text_add(out, r->queue.at + r->queue_off,
             (end > r->queue.n ? r->queue.n : end) - r->queue_off);
    r->queue_off = end;
    return true;
}

bool stream_is_over(const struct reply *r)
{
    return r->phase == PHASE_OVER && r->mark_at == r->marks_n;
}
