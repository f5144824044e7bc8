/* SPDX-License-Identifier: MIT */
/*
 * intake - a request on its way in: guard, limits, body.
 *
 * A reply that is ready before the body is read has three ways out:
 *  - the guard refused: what stands behind the head is never looked at; the library answers and closes
 *  - the client waits for 100 Continue, so nothing is under way: the same
 *  - else bytes are on their way to us, and closing over them would reset the connection, most likely before the client
 *    saw why.  Short bodies are read to their end and thrown away, and the connection lives on.  Long ones are
 *    answered at once, past the library, and thrown away for a while (CONN_LINGER).
 */
#include "loop/server_private.h"

#include "base/clock.h"
#include "base/str.h"
#include "loop/inflate.h"

enum {
    REPLY_HEAD_BYTES = 2048, /* of the pool, kept for the reply's head */
    HEADER_COST = 64,        /* the library's bookkeeping for one header */
    SHORT_BYTES = 1024 * 1024,
    RESERVE_BYTES = 256 * 1024 /* of a body's memory, on the word of its Content-Length */
};

static bool is_dead(const struct request *r)
{
    return r->is_gone || r->is_aborted;
}

/* Would the reply's head still find room in the library's pool? */
static bool is_too_large(const struct request *r, size_t head_bytes)
{
    size_t used = head_bytes + r->headers_n * HEADER_COST;
    return used + REPLY_HEAD_BYTES > r->server->config.limits.head_bytes;
}

static void begin_body(struct request *r, const struct headcheck_result *check)
{
    struct server *s = r->server;
    uint64_t length = check->length > 0 ? (uint64_t)check->length : 0;
    bool is_awaited = request_header(r, "expect").p != NULL;
    r->is_raw = !is_awaited && (check->is_chunked || length > SHORT_BYTES);
    r->is_awaited = is_awaited && r->has_body;
    r->body_hint = length < RESERVE_BYTES ? (size_t)length : RESERVE_BYTES;
    if (length > s->config.limits.body_bytes) {
        request_refuse(r, 413, CP_TOO_LARGE, "the request body is too large");
    } else if (r->has_body &&
               inflate_open(&r->inflate, request_header(r, "content-encoding"))) {
        request_refuse(r, 415, CP_MEDIA_TYPE, "this Content-Encoding is not known here");
    } else {
        r->is_known = true;
        s->requests_n++;
        s->handler->head(s->handler->ctx, r);
    }
    if (r->state == REQUEST_READING)
        r->is_raw = false;
}

static enum intake after_head(struct request *r, bool is_guarded)
{
    if (is_dead(r))
        return INTAKE_CLOSE;
    if (r->response && (is_guarded || r->is_awaited))
        return INTAKE_REPLY;
    return INTAKE_MORE;
}

enum intake intake_head(struct request *r, struct cp_str version, size_t head_bytes)
{
    struct conn *c = r->conn;
    struct headcheck_result check;
    headcheck_run(r->method, r->target, version, r->headers, r->headers_n, &check);
    r->start_us = clock_us();
    r->is_http10 = str_is(version, "HTTP/1.0");
    r->is_head = str_is(r->method, "HEAD");
    r->has_body = check.is_chunked || check.length > 0;
    r->state = REQUEST_READING;
    c->phase = r->has_body ? CONN_BODY : CONN_WORK;
    c->since_ms = loop_now_ms(r->server->loop);
    c->window_bytes = 0;
    if (check.status)
        request_refuse(r, check.status, check.trouble, check.why);
    else if (is_too_large(r, head_bytes))
        request_refuse(r, 431, CP_HEADERS_TOO_LARGE, "the request's headers are too large");
    else if (c->is_extra)
        request_refuse(r, 503, CP_OVERLOADED, "too many connections");
    else {
        begin_body(r, &check);
        return after_head(r, false);
    }
    return after_head(r, true);
}

static int keep(struct request *r, struct cp_str piece)
{
    if (r->body_sent > r->server->config.limits.body_bytes)
        return E_LIMIT;
    if (r->inflate)
        return inflate_feed(r->inflate, piece, &r->body);
    if (!r->body.p)
        (void)buf_room(&r->body, r->body_hint); /* it fits: begin_body() saw to that */
    return buf_add_str(&r->body, piece);
}

enum intake intake_body(struct request *r, struct cp_str piece)
{
    r->conn->window_bytes += piece.n;
    r->body_sent += piece.n;
    if (is_dead(r))
        return INTAKE_CLOSE;
    if (r->state != REQUEST_READING)
        return INTAKE_MORE; /* answered: it is thrown away */
    int rc = keep(r, piece);
    if (rc == E_SYNTAX)
        request_refuse_raw(r, 400, CP_BAD_REQUEST, "the compressed request body is broken");
    else if (rc)
        request_refuse_raw(r, 413, CP_TOO_LARGE, "the request body is too large");
    return INTAKE_MORE;
}

static void hand_over(struct request *r)
{
    struct server *s = r->server;
    r->conn->phase = CONN_WORK;
    r->state = REQUEST_WAITING;
    if (r->inflate && inflate_end(r->inflate))
        request_refuse(r, 400, CP_BAD_REQUEST, "the compressed request body ends too early");
    else
        s->handler->ready(s->handler->ctx, r);
}

enum intake intake_whole(struct request *r)
{
    if (is_dead(r) || r->is_discarding)
        return INTAKE_CLOSE;
    if (r->state == REQUEST_READING)
        hand_over(r);
    if (is_dead(r))
        return INTAKE_CLOSE;
    return r->response ? INTAKE_REPLY : INTAKE_WAIT;
}
