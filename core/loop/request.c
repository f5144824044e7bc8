/* SPDX-License-Identifier: MIT */
/*
 * request - a request as its handler sees it, from birth to done().
 *
 * Strings of the head are lent from the HTTP library's pool, the target is a copy (the library cuts its own up).
 */
#include "loop/server_private.h"

#include "base/arena.h"
#include "base/str.h"
#include "loop/inflate.h"

#include <stdlib.h>
#include <sys/socket.h>

/* What relaying a stream takes fits, so that one that idles for minutes holds one block. */
enum { ARENA_FIRST_BYTES = 8192, YOUNG_MS = 200, PEER_GROUPS = 1024 };

static void on_ready(struct watch *w, uint32_t events)
{
    stream_event(LIST_ENTRY(w, struct request, watch), events);
}

struct request *request_new(struct conn *c, struct cp_str target)
{
    struct arena *arena = arena_new(ARENA_FIRST_BYTES, 0);
    struct request *r = arena_need(arena, sizeof *r);
    r->conn = c;
    r->server = c->server;
    r->arena = arena;
    r->state = REQUEST_HEADING;
    if (target.p) {
        r->target = arena_copy(arena, target);
        ptrdiff_t query = str_chr(r->target, '?');
        r->path = query < 0 ? r->target : str_cut(r->target, (size_t)query);
        r->query = query < 0 ? STR_NONE : str_from(r->target, (size_t)query + 1);
    }
    buf_init(&r->body, c->server->config.limits.body_bytes);
    buf_init(&r->stream.queue, SIZE_MAX);
    r->watch.fd = -1;
    r->watch.ready = on_ready;
    list_init(&r->young);
    list_init(&r->stream.late);
    return r;
}

static bool is_worked_on(const struct request *r)
{
    if (r->state == REQUEST_STREAMING)
        return !r->stream.is_finished && !r->stream.is_cut;
    return r->state == REQUEST_WAITING;
}

static void tell_end(struct request *r, enum request_end how)
{
    const struct server_handler *h = r->server->handler;
    bool is_sent = how == REQUEST_DONE || r->is_discarding;
    if (is_sent && r->state == REQUEST_REPLYING)
        r->stream.taken = r->is_head ? 0 : r->reply_bytes;
    if (r->is_aborted)
        how = REQUEST_ABORTED;
    else if (r->is_refused)
        how = REQUEST_REFUSED;
    else if (r->is_discarding)
        how = REQUEST_DONE;
    r->server->requests_n--;
    if (how != REQUEST_DONE && is_worked_on(r) && !r->is_abort_asked) {
        r->is_gone = true;
        h->gone(h->ctx, r);
    }
    h->done(h->ctx, r, how);
}

void request_end(struct request *r, enum request_end how)
{
    request_unwait(r);
    if (r->is_known)
        tell_end(r, how);
    r->conn->request = NULL;
    inflate_close(r->inflate);
    buf_fini(&r->body);
    stream_fini(&r->stream);
    arena_free(r->arena);
}

/* ---- waiting ---- */

void request_wait(struct request *r)
{
    struct server *s = r->server;
    if (r->watch.fd >= 0 || !list_empty(&r->young))
        return;
    r->wait_ms = loop_now_ms(s->loop);
    list_push(&s->young, &r->young);
    if (!s->young_timer.place)
        loop_timer(s->loop, &s->young_timer, YOUNG_MS);
}

void request_unwait(struct request *r)
{
    list_remove(&r->young);
    loop_unwatch(r->server->loop, &r->watch);
}

void request_watch_aged(struct timer *t)
{
    struct server *s = LIST_ENTRY(t, struct server, young_timer);
    int64_t now_ms = loop_now_ms(s->loop);
    while (!list_empty(&s->young)) {
        struct request *r = LIST_ENTRY(s->young.next, struct request, young);
        if (r->wait_ms + YOUNG_MS > now_ms) {
            loop_timer(s->loop, t, r->wait_ms + YOUNG_MS - now_ms);
            return;
        }
        list_remove(&r->young);
        r->is_watched = true;
        stream_watch(r);
    }
}

static void reset_peer(int fd)
{
    /* On Linux this sends a RST at once; a FIN would look like a good end to who reads until the close. */
    struct sockaddr none = { .sa_family = AF_UNSPEC };
    (void)!connect(fd, &none, sizeof none);
}

void request_doom(struct request *r, bool is_gone)
{
    struct stream *s = &r->stream;
    bool has_no_frame =
        r->state == REQUEST_STREAMING && s->is_open && !s->is_chunked && !s->is_pulled;
    if (r->is_gone || r->is_aborted)
        return;
    r->is_gone = is_gone;
    r->is_aborted = !is_gone;
    request_unwait(r);
    if (r->is_aborted && has_no_frame && s->at == s->queue.n && !s->is_cut)
        reset_peer(r->conn->fd);
    shutdown(r->conn->fd, SHUT_RDWR);
    server_resume(r);
}

/* ---- replies ---- */

static const char *reason(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    default:
        return "Refused"; /* nobody reads it */
    }
}

/* In mid-body the library takes no reply, so it is written past it; whatever the socket does not take is lost. */
static void reply_raw(struct request *r, const struct reply_header *h, size_t n,
                      struct cp_str body)
{
    struct buf out;
    buf_init(&out, SIZE_MAX);
    buf_printf(&out, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %zu\r\n",
               r->status, reason(r->status), body.n);
    for (size_t i = 0; i < n; i++) {
        struct cp_str name = str_of(h[i].name);
        if (!h[i].value.p || !str_is_token(name) || !str_is_field_value(h[i].value) ||
            str_is_nocase(name, "content-length") || str_is_nocase(name, "connection") ||
            str_is_nocase(name, "transfer-encoding"))
            continue;
        buf_printf(&out, "%s: ", h[i].name);
        buf_add_str(&out, h[i].value);
        buf_add_z(&out, "\r\n");
    }
    buf_add_z(&out, "\r\n");
    buf_add_str(&out, r->is_head ? STR_NONE : body);
    (void)stream_send(r, out.p, out.n); /* the connection is lost either way */
    buf_fini(&out);
    if (!r->server->config.tls)
        shutdown(r->conn->fd, SHUT_WR);
    r->is_discarding = true;
    r->conn->phase = CONN_LINGER;
    r->conn->since_ms = r->conn->heard_ms = loop_now_ms(r->server->loop);
    r->conn->window_bytes = 0;
}

static int is_answerable(const struct request *r)
{
    bool is_open = r->state == REQUEST_READING || r->state == REQUEST_WAITING;
    return is_open && !r->is_gone && !r->is_aborted && !r->is_discarding;
}

int request_reply(struct request *r, int status, const struct reply_header *h, size_t n,
                  struct cp_str body, uint32_t flags)
{
    if (!is_answerable(r)) {
        if (flags & REPLY_TAKE)
            free((void *)(uintptr_t)body.p);
        return E_GONE;
    }
    r->state = REQUEST_REPLYING;
    r->status = status;
    r->reply_bytes = body.n;
    if (!r->is_raw) {
        server_make_whole(r, h, n, body, flags);
        server_resume(r);
        return 0;
    }
    reply_raw(r, h, n, body);
    if (flags & REPLY_TAKE)
        free((void *)(uintptr_t)body.p);
    return 0;
}

int request_stream(struct request *r, int status, const struct reply_header *h, size_t n,
                   int64_t length)
{
    if (!is_answerable(r) || r->is_raw)
        return E_GONE;
    r->state = REQUEST_STREAMING;
    r->status = status;
    r->stream.is_pulled = length >= 0;
    r->stream.is_chunked = length < 0 && !r->is_http10;
    server_make_stream(r, h, n, length);
    server_resume(r);
    return 0;
}

void request_refuse(struct request *r, int status, uint32_t trouble, const char *why)
{
    const struct server_handler *h = r->server->handler;
    r->is_refused = true;
    if (!r->is_known)
        r->server->requests_n++;
    r->is_known = true;
    h->refuse(h->ctx, r, status, trouble, why);
    if (is_answerable(r))
        (void)request_reply(r, status, NULL, 0, STR_NONE,
                            REPLY_CLOSE); /* it can: asked just now */
}

void request_refuse_raw(struct request *r, int status, uint32_t trouble, const char *why)
{
    r->is_raw = true;
    request_refuse(r, status, trouble, why);
}

/* ---- what the handler may know ---- */

void request_set_user(struct request *r, void *user)
{
    r->user = user;
}

void *request_user(const struct request *r)
{
    return r->user;
}

void request_set_owner(struct request *r, const void *owner)
{
    r->owner = owner;
}

const void *request_owner(const struct request *r)
{
    return r->owner;
}

bool request_is_tls(const struct request *r)
{
    return r->server->config.tls != NULL;
}

bool request_is_local(const struct request *r)
{
    return r->server->config.is_local;
}

static bool peer_of(const struct request *r, struct ucred *who)
{
    socklen_t n = sizeof *who;
    return r->server->config.is_local &&
           !getsockopt(r->conn->fd, SOL_SOCKET, SO_PEERCRED, who, &n);
}

int64_t request_peer_uid(const struct request *r)
{
    struct ucred who;
    return peer_of(r, &who) ? (int64_t)who.uid : -1;
}

bool request_peer_is_member(const struct request *r)
{
    int64_t gid = r->server->config.local_gid;
    gid_t groups[PEER_GROUPS];
    socklen_t n = sizeof groups;
    struct ucred who;
    if (gid < 0 || !peer_of(r, &who))
        return false;
    bool is_member = (int64_t)who.gid == gid;
    /* Linux 4.13: those he had when he connected.  ERANGE: in more groups than that; then only the first counts. */
    if (getsockopt(r->conn->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n))
        return is_member;
    for (size_t i = 0; i < n / sizeof *groups; i++)
        is_member |= (int64_t)groups[i] == gid;
    return is_member;
}

struct arena *request_arena(struct request *r)
{
    return r->arena;
}

struct cp_str request_method(const struct request *r)
{
    return r->method;
}

struct cp_str request_path(const struct request *r)
{
    return r->path;
}

struct cp_str request_query(const struct request *r)
{
    return r->query;
}

struct cp_str request_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->headers_n; i++)
        if (str_is_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    return STR_NONE;
}

size_t request_headers(const struct request *r)
{
    return r->headers_n;
}

void request_header_at(const struct request *r, size_t i, struct cp_str *name,
                       struct cp_str *value)
{
    *name = r->headers[i].name;
    *value = r->headers[i].value;
}

struct cp_str request_body(const struct request *r)
{
    return buf_str(&r->body);
}

struct cp_str request_peer(const struct request *r)
{
    return str_of(r->conn->peer);
}

int64_t request_start_us(const struct request *r)
{
    return r->start_us;
}

bool request_is_http10(const struct request *r)
{
    return r->is_http10;
}
