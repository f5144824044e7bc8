/* SPDX-License-Identifier: MIT */
/*
 * send - puts a reply onto the wire: its head, its pieces in their framing, and the faults there.
 *
 * Faults that concern bytes (cut, stall, wrong length, bad chunk) live here and nowhere else: what
 * comes from reply_next() is always whole and well-formed.
 */
#include "conn.h"
#include "script.h"
#include "server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 16384 };

static bool has_header(const struct play *play, const char *name)
{
    size_t n = strlen(name);

    for (int i = 0; i < play->headers_n; i++) {
        struct slice h = play->header[i];
        if (h.n > n && h.at[n] == ':' && slice_is_nocase((struct slice){ h.at, n }, name))
            return true;
    }
    return false;
}

static void put_own_headers(struct conn *c, struct text *out)
{
    const struct play *play = &c->play;

    for (int i = 0; i < play->headers_n; i++)
        text_form(out, "%S\r\n", &play->header[i]);
    if (play->retry_after.n)
        text_form(out, "Retry-After: %S\r\n", &play->retry_after);
    for (int64_t i = 0; i < play->junkheaders; i++)
        text_form(out, "X-Junk-%n: %n\r\n", i, i);
    if (play->bigheader > 0) {
        text_str(out, "X-Big: ");
        text_add(out, filler_words((size_t)play->bigheader), (size_t)play->bigheader);
        text_str(out, "\r\n");
    }
}

static void put_vendor_headers(struct conn *c, struct text *out)
{
    switch (c->ask.dialect) {
    case CLAUDE:
        text_form(out, "request-id: req_%s\r\nanthropic-organization-id: sim\r\n", c->reply.id);
        break;
    case CHAT:
    case RESPONSES:
        text_form(out, "x-request-id: req_%s\r\nopenai-version: 2020-10-01\r\n", c->reply.id);
        break;
    default:
        break;
    }
}

static enum framing choose_framing(const struct conn *c)
{
    const struct reply *r = &c->reply;
    bool has_body = r->status >= 200 && r->status != 204 && r->status != 304;

    if (!has_body && !c->play.body.at)
        return FRAMING_NONE;
    if (c->play.close)
        return FRAMING_CLOSE;
    if (r->source == SOURCE_WHOLE && !r->in_events && !c->play.gzip)
        return FRAMING_LENGTH;
    return FRAMING_CHUNKED;
}

static void put_framing(struct conn *c, struct text *out)
{
    int64_t length = (int64_t)c->reply.whole.n;

    if (c->framing == FRAMING_LENGTH) {
        if (c->play.wronglength != PLAY_UNSET)
            length += c->play.wronglength;
        text_form(out, "Content-Length: %n\r\n", length);
    } else if (c->framing == FRAMING_CHUNKED) {
        text_str(out, "Transfer-Encoding: chunked\r\n");
    }
}

void send_head(struct conn *c)
{
    struct text *out = &c->out;
    const struct reply *r = &c->reply;

    for (int64_t i = 0; i < c->play.continues; i++)
        text_str(out, "HTTP/1.1 100 Continue\r\n\r\n");
    c->framing = choose_framing(c);
    if (c->framing == FRAMING_CLOSE)
        c->is_last = true;
    text_form(out, "HTTP/1.1 %n %s\r\n", r->status, http_reason(r->status));
    if (r->type && c->framing != FRAMING_NONE && !has_header(&c->play, "content-type"))
        text_form(out, "Content-Type: %s\r\n", r->type);
    if (r->in_events && !has_header(&c->play, "cache-control"))
        text_str(out, "Cache-Control: no-cache\r\n");
    put_framing(c, out);
    put_vendor_headers(c, out);
    put_own_headers(c, out);
    if (c->play.gzip)
        text_str(out, "Content-Encoding: gzip\r\n");
    text_str(out, c->is_last ? "Connection: close\r\n\r\n" : "\r\n");
    if (c->play.gzip) {
        c->packed.n = 0;
        gzip_begin(c, &c->packed);
    }
}

static void put_chunk(struct conn *c, const char *p, size_t n, size_t allowed)
{
    static const char hex[] = "0123456789abcdef";
    char size[20];
    int i = sizeof size;

    size[--i] = '\n';
    size[--i] = '\r';
    for (size_t v = n; v || i == (int)sizeof size - 2; v >>= 4)
        size[--i] = hex[v & 15];
    if (c->play.badchunk)
        size[i] = 'Z';
    text_add(&c->out, size + i, sizeof size - (size_t)i);
    text_add(&c->out, p, allowed < n ? allowed : n);
    if (allowed >= n)
        text_add(&c->out, "\r\n", 2);
}

/* n bytes of body in their framing, of which only allowed may leave. */
static void put_body(struct conn *c, struct slice s, size_t allowed)
{
    size_t step = c->play.chunk > 0 ? (size_t)c->play.chunk : s.n;

    c->body_n += (int64_t)(allowed < s.n ? allowed : s.n);
    if (c->framing != FRAMING_CHUNKED) {
        text_add(&c->out, s.at, allowed < s.n ? allowed : s.n);
        return;
    }
    while (s.n) {
        size_t n = s.n < step ? s.n : step;
        put_chunk(c, s.at, n, allowed);
        if (allowed < n)
            return;
        allowed -= n;
        s = (struct slice){ s.at + n, s.n - n };
    }
}

/* How many bytes of the body may still leave before the fault; -1: no such fault. */
static int64_t bytes_allowed(const struct conn *c, enum stage *then)
{
    int64_t cut = c->play.cut, stall = c->play.stall;

    *then = cut >= 0 && (stall < 0 || cut <= stall) ? STAGE_CUT : STAGE_SILENT;
    if (cut < 0 && stall < 0)
        return -1;
    return (*then == STAGE_CUT ? cut : stall) - c->body_n;
}

static bool pieces_are_over(struct conn *c)
{
    if (c->play.cutevent >= 0 && c->pieces_n >= c->play.cutevent)
        c->stage = STAGE_CUT;
    else if (c->play.stallevent >= 0 && c->pieces_n >= c->play.stallevent)
        c->stage = STAGE_SILENT;
    return c->stage != STAGE_PIECES;
}

static void put_piece(struct conn *c)
{
    struct slice s = { c->piece.at, c->piece.n };
    enum stage then;
    int64_t allowed = bytes_allowed(c, &then);

    if (c->play.gzip) {
        gzip_add(c, &c->packed, s);
        s = (struct slice){ c->packed.at, c->packed.n };
    }
    put_body(c, s, allowed < 0 ? s.n : (size_t)allowed);
    c->packed.n = 0;
    c->pieces_n++;
    if (allowed >= 0 && (int64_t)s.n >= allowed)
        c->stage = then;
}

static void put_end(struct conn *c)
{
    c->stage = STAGE_END;
    if (c->play.gzip) {
        gzip_end(c, &c->packed);
        put_body(c, (struct slice){ c->packed.at, c->packed.n }, c->packed.n);
        c->packed.n = 0;
    }
    if (c->framing == FRAMING_CHUNKED)
        text_str(&c->out, "0\r\n\r\n");
}

static bool must_wait(struct conn *c)
{
    int64_t now = c->worker->now_us;

    if (c->play.pace_ms <= 0 || !c->pieces_n)
        return false;
    if (c->due_us > now) {
        timer_set(&c->worker->timers, &c->timer, c->due_us);
        return true;
    }
    return false;
}

bool send_pieces(struct conn *c)
{
    if (c->framing == FRAMING_NONE || c->is_head_only) {
        c->stage = STAGE_END;
        return true;
    }
    while (c->stage == STAGE_PIECES && c->out.n < BATCH) {
        if (pieces_are_over(c))
            break;
        if (must_wait(c))
            return false;
        if (c->play.pace_ms > 0)
            c->due_us = (c->pieces_n ? c->due_us : c->worker->now_us) + c->play.pace_ms * 1000;
        c->piece.n = 0;
        if (reply_next(&c->reply, &c->piece))
            put_piece(c);
        if (c->stage == STAGE_PIECES && !pieces_are_over(c) && reply_is_over(&c->reply))
            put_end(c);
        if (c->play.pace_ms >= 0 || c->play.each)
            break;
    }
    return true;
}

static int64_t write_some(struct conn *c, size_t n)
{
    const char *p = c->out.at + c->out_off;

    return c->tls ? tls_write(c->tls, p, n) : send(c->fd, p, n, MSG_NOSIGNAL);
}

int send_flush(struct conn *c)
{
    while (c->out_off < c->out.n) {
        bool is_dripping = c->play.drip_ms >= 0;
        int64_t n = write_some(c, is_dripping ? 1 : c->out.n - c->out_off);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n <= 0)
            return -1;
        c->out_off += (size_t)n;
        if (is_dripping && c->play.drip_ms > 0 && c->out_off < c->out.n) {
            timer_set(&c->worker->timers, &c->timer,
                      c->worker->now_us + c->play.drip_ms * 1000);
            return 0;
        }
    }
    c->out.n = c->out_off = 0;
    return 1;
}
