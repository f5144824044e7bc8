/* SPDX-License-Identifier: MIT */
/*
 * stream - a streamed reply's bytes: queue, framing, the socket.
 *
 * Once the head is out, the socket is ours until the end: the HTTP library keeps the connection suspended.
 *
 *   request_write() --socket takes it--> nothing is kept, nothing allocated
 *        |--it does not--> queue --writable--> socket          over stream_high: E_AGAIN
 *        `--second write of this turn--> queue --end of the turn--> socket
 *                                                              under stream_low: writable()
 *   request_finish() --queue out--> the library is resumed, writes the last chunk, keeps the connection
 *   request_abort()  --queue out or thrown away--> the socket is shut, no last chunk is ever written
 *
 * Replies of known length go the other way: the library fetches from the queue and counts, because only then does it
 * keep the connection.  They are whole bodies on their way through, a few resumes each; events never come this way.
 */
#include "loop/server_private.h"

#include "base/str.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { KEEP_BYTES = 2048, COMPACT_BYTES = 64 * 1024, SCRATCH_BYTES = 64 * 1024 };

static size_t queued(const struct stream *s)
{
    return s->queue.n - s->at;
}

static void release(struct buf *b)
{
    if (b->cap > KEEP_BYTES)
        buf_fini(b);
    b->n = 0;
}

static void enqueue(struct stream *s, const char *p, size_t n)
{
    if (s->at >= COMPACT_BYTES && s->at > s->queue.n / 2) {
        buf_drop(&s->queue, s->at);
        s->at = 0;
    }
    (void)buf_add(&s->queue, p, n); /* it has no ceiling: E_AGAIN is what stops the handler */
}

void stream_fini(struct stream *s)
{
    list_remove(&s->late);
    buf_fini(&s->queue);
}

/* ---- the socket ---- */

static int socket_error(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? E_AGAIN : E_GONE;
}

long stream_send(struct request *r, const char *p, size_t n)
{
    struct stream *s = &r->stream;
    void *session = r->server->config.tls ? server_tls_session(r->conn) : NULL;
    if (!session) {
        ssize_t sent = send(r->conn->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? socket_error() : (long)sent;
    }
    /* A record that gnutls holds back must be asked for again before anything else. */
    long sent = s->owed ? server_tls_send(session, NULL, 0) : server_tls_send(session, p, n);
    s->owed = sent == E_AGAIN;
    return sent;
}

/* 0: all is out; E_AGAIN; E_GONE */
static int flush(struct request *r)
{
    struct stream *s = &r->stream;
    list_remove(&s->late);
    while (s->at < s->queue.n) {
        long n = stream_send(r, s->queue.p + s->at, queued(s));
        if (n == E_AGAIN && !s->stuck_ms)
            s->stuck_ms = loop_now_ms(r->server->loop);
        if (n < 0)
            return (int)n;
        s->at += (size_t)n;
        s->stuck_ms = 0;
    }
    s->at = 0;
    release(&s->queue);
    return 0;
}

/* The library may have left the head in a corked socket; this makes the kernel send what it has. */
static void push_out(struct request *r)
{
    int on = 1, off = 0;
    if (r->server->config.tls)
        (void)setsockopt(r->conn->fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
    /* On a unix socket both fail, and there is nothing to push. */
    (void)setsockopt(r->conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* ---- watching ---- */

void stream_watch(struct request *r)
{
    struct stream *s = &r->stream;
    struct loop *loop = r->server->loop;
    bool wants_out = s->is_open && !s->is_pulled && queued(s) && list_empty(&s->late);
    uint32_t events = (r->has_fin ? 0 : LOOP_RDHUP) | (wants_out ? LOOP_OUT : 0);
    if (r->is_gone || r->is_aborted)
        return;
    if (r->watch.fd >= 0) {
        (void)loop_rewatch(loop, &r->watch, events); /* it is there */
        return;
    }
    if (!r->is_watched && !wants_out) {
        request_wait(r);
        return;
    }
    r->is_watched = true;
    list_remove(&r->young);
    if (loop_watch(loop, &r->watch, r->conn->fd, events))
        request_doom(r, false);
}

static void end_if_out(struct request *r)
{
    struct stream *s = &r->stream;
    if (!s->is_open || queued(s))
        return;
    if (s->is_cut)
        request_doom(r, false);
    else if (s->is_finished) {
        request_unwait(r);
        server_resume(r);
    }
}

static void tell_writable(struct request *r)
{
    const struct server_handler *h = r->server->handler;
    if (!r->stream.is_full || queued(&r->stream) > r->server->config.limits.stream_low)
        return;
    r->stream.is_full = false;
    if (!r->stream.is_finished && !r->stream.is_cut)
        h->writable(h->ctx, r);
}

void stream_event(struct request *r, uint32_t events)
{
    if (events & LOOP_RDHUP)
        r->has_fin = true;
    if (events & (LOOP_HUP | LOOP_ERR) ||
        (events & LOOP_RDHUP && r->server->config.limits.half_close_is_gone)) {
        request_doom(r, true);
        return;
    }
    if (events & LOOP_OUT && flush(r) == E_GONE) {
        request_doom(r, true);
        return;
    }
    tell_writable(r);
    end_if_out(r);
    if (r->watch.fd >= 0)
        stream_watch(r);
}

void stream_turn(struct server *server)
{
    server->turn++;
    while (!list_empty(&server->late)) {
        struct stream *s = LIST_ENTRY(server->late.next, struct stream, late);
        struct request *r = LIST_ENTRY(s, struct request, stream);
        int rc = flush(r);
        if (r->is_gone || r->is_aborted)
            continue;
        if (rc == E_GONE) {
            request_doom(r, true);
            continue;
        }
        tell_writable(r);
        end_if_out(r);
        if (rc == E_AGAIN)
            stream_watch(r);
    }
}

/* ---- what the library asks ---- */

static int verdict(const struct request *r)
{
    const struct stream *s = &r->stream;
    if (r->is_gone || r->is_aborted || (s->is_cut && !queued(s)))
        return STREAM_CUT;
    return s->is_finished && !queued(s) ? STREAM_END : STREAM_LATER;
}

int stream_opened(struct request *r)
{
    struct stream *s = &r->stream;
    if (!s->is_open) {
        s->is_open = true;
        bool had = queued(s) > 0;
        if (flush(r) == E_GONE)
            request_doom(r, true);
        if (r->server->config.tls || !had)
            push_out(r);
        tell_writable(r);
        end_if_out(r);
    }
    return verdict(r);
}

long stream_pull(struct request *r, char *to, size_t room)
{
    struct stream *s = &r->stream;
    s->is_open = true;
    if (r->is_gone || r->is_aborted)
        return STREAM_CUT;
    size_t n = queued(s) < room ? queued(s) : room;
    if (!n) {
        bool is_short = s->is_finished || s->is_cut; /* else the library would not ask */
        return is_short ? STREAM_CUT : STREAM_LATER;
    }
    memcpy(to, s->queue.p + s->at, n);
    s->at += n;
    if (s->at == s->queue.n) {
        s->at = 0;
        release(&s->queue);
    }
    tell_writable(r);
    return (long)n;
}

/* ---- what the handler does ---- */

/* Keeps what the socket did not take of the three parts. */
static void keep_rest(struct stream *s, const struct iovec *iov, size_t n, size_t sent)
{
    for (size_t i = 0; i < n; i++) {
        size_t skip = sent < iov[i].iov_len ? sent : iov[i].iov_len;
        sent -= skip;
        if (skip < iov[i].iov_len)
            enqueue(s, (const char *)iov[i].iov_base + skip, iov[i].iov_len - skip);
    }
}

/* One record for the frame, not three. */
static long send_joined(struct request *r, const struct iovec *iov, size_t n)
{
    struct buf *b = &r->server->scratch;
    long sent = 0, more = 0;
    b->n = 0;
    for (size_t i = 0; i < n; i++)
        (void)buf_add(b, iov[i].iov_base, iov[i].iov_len); /* it has no ceiling */
    while (more >= 0 && (size_t)sent < b->n) {
        more = stream_send(r, b->p + sent, b->n - (size_t)sent);
        sent += more > 0 ? more : 0;
    }
    if (b->cap > SCRATCH_BYTES)
        buf_fini(b);
    return more == E_GONE ? E_GONE : sent;
}

static long send_parts(struct request *r, struct iovec *iov, size_t n)
{
    if (r->server->config.tls)
        return send_joined(r, iov, n);
    struct msghdr m = { .msg_iov = iov, .msg_iovlen = n };
    ssize_t sent = sendmsg(r->conn->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? socket_error() : (long)sent;
}

/* One read from an upstream that we lag behind brings a dozen events: the first goes out at once, the
 * others together, or the lag would cost us most when we have least to spare. */
static bool put_off(struct request *r, const struct iovec *iov, size_t n)
{
    struct stream *s = &r->stream;
    bool is_first = s->turn != r->server->turn;
    s->turn = r->server->turn;
    if (list_empty(&s->late) && (is_first || queued(s)))
        return false;
    keep_rest(s, iov, n, 0);
    if (list_empty(&s->late))
        list_push(&r->server->late, &s->late);
    return true;
}

static void write_parts(struct request *r, struct iovec *iov, size_t n)
{
    struct stream *s = &r->stream;
    bool is_ours = s->is_open && !s->is_pulled;
    if (is_ours && put_off(r, iov, n))
        return;
    long sent = is_ours && !queued(s) ? send_parts(r, iov, n) : 0;
    if (sent == E_GONE) {
        request_doom(r, true);
        return;
    }
    keep_rest(s, iov, n, sent < 0 ? 0 : (size_t)sent);
    if (is_ours && queued(s)) {
        if (!s->stuck_ms)
            s->stuck_ms = loop_now_ms(r->server->loop);
        stream_watch(r);
    }
}

int request_write(struct request *r, struct cp_str bytes)
{
    struct stream *s = &r->stream;
    char head[20];
    struct iovec iov[3];
    size_t n = 0;
    if (r->state != REQUEST_STREAMING || s->is_finished || s->is_cut || r->is_gone ||
        r->is_aborted)
        return E_GONE;
    if (bytes.n && !r->is_head) { /* an empty chunk would be the end */
        if (s->is_chunked)
            iov[n++] =
                (struct iovec){ head, (size_t)snprintf(head, sizeof head, "%zx\r\n", bytes.n) };
        iov[n++] = (struct iovec){ (void *)(uintptr_t)bytes.p, bytes.n };
        if (s->is_chunked)
            iov[n++] = (struct iovec){ (void *)(uintptr_t) "\r\n", 2 };
        s->taken += bytes.n;
        write_parts(r, iov, n);
        if (s->is_pulled)
            server_resume(r);
    }
    if (r->is_gone || r->is_aborted)
        return E_GONE;
    s->is_full = s->is_full || queued(s) > r->server->config.limits.stream_high;
    return s->is_full ? E_AGAIN : 0;
}

void request_finish(struct request *r)
{
    struct stream *s = &r->stream;
    if (r->state != REQUEST_STREAMING || s->is_finished || s->is_cut)
        return;
    s->is_finished = true;
    if (s->is_pulled)
        server_resume(r);
    else
        end_if_out(r);
}

void request_abort(struct request *r, bool should_flush)
{
    struct stream *s = &r->stream;
    bool has_stream = r->state == REQUEST_STREAMING && !r->is_gone && !r->is_aborted;
    r->is_abort_asked = true;
    if (has_stream && should_flush && !s->is_pulled) {
        s->is_cut = true;
        end_if_out(r);
        return;
    }
    if (has_stream)
        s->queue.n = s->at = 0;
    if (r->state != REQUEST_REPLYING)
        request_doom(r, false);
}

size_t request_queued(const struct request *r)
{
    return queued(&r->stream);
}

uint64_t request_bytes_out(const struct request *r)
{
    const struct stream *s = &r->stream;
    return s->taken > queued(s) ? s->taken - queued(s) : 0;
}
