/* SPDX-License-Identifier: MIT */
/*
 * server - the clients' side of a worker; the only file that knows libmicrohttpd.
 *
 * The library's epoll descriptor hangs in the worker's epoll.  Its readiness, a resumed connection, a new connection:
 * each only marks the library as due, and it runs once before the loop's next wait.  It may say that it wants to run again
 * at once; it is obeyed RUNS_MAX times a turn, then others get theirs.
 *
 * Why connections are suspended at all: one that waits for its handler would keep the library's ready list busy.  Why
 * that happens once per request and not once per event: resuming walks the list of all suspended connections.
 *
 * Facts about libmicrohttpd 0.9.75 used here, read in its source and tried, 2026-11:
 *  - a reply queued in the first call of a request that has a body closes the connection and stops a 100 Continue;
 *    in later calls before the body's end a reply cannot be queued at all (hence request_refuse_raw())
 *  - method, header and path strings live in the connection's pool until the request is completed
 *  - a content reader is called for the first time when the whole head is with the kernel
 *  - a chunked reply whose reader says END_OF_STREAM gets its last chunk, one that says END_WITH_ERROR gets none
 *  - suspended connections neither time out nor notice that their client left
 */
#include "loop/server_private.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/inflate.h"

#include <microhttpd.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RUNS_MAX = 8,
    POOL_MIN = 4096,
    REPLY_HEAD_BYTES = 2048, /* of the pool, kept for the reply's head */
    HEADER_COST = 64,        /* the library's bookkeeping for one header */
    PULL_BYTES = 32 * 1024,
    LOG_MAX = 10 /* the library's own messages a second */
};

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3"

static struct conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void make_due(struct server *s)
{
    s->is_due = true;
    loop_defer(s->loop, &s->again);
}

/* ---- what the other files ask ---- */

void server_resume(struct request *r)
{
    if (!r->is_suspended)
        return;
    r->is_suspended = false;
    MHD_resume_connection(r->conn->mhd);
    make_due(r->server);
}

void server_limit_idle(struct conn *c, int64_t idle_ms)
{
    unsigned idle_s = (unsigned)((idle_ms + 999) / 1000);
    /* Fails for unknown options only. */
    (void)MHD_set_connection_option(c->mhd, MHD_CONNECTION_OPTION_TIMEOUT, idle_s);
    make_due(c->server);
}

void *server_tls_session(const struct conn *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? info->tls_session : NULL;
}

struct server_tls *server_tls_for(void *mhd_connection)
{
    struct conn *c = conn_of(mhd_connection);
    if (!c->tls)
        c->tls = server_tls_ref(c->server->config.tls);
    return c->tls;
}

void server_adopt(struct server *s, int fd, const void *address, unsigned address_bytes)
{
    if (MHD_add_connection(s->mhd, fd, address, address_bytes) != MHD_YES)
        log_msg(CP_LOG_WARN, "a connection could not be taken on: %s", strerror(errno));
    make_due(s);
}

/* ---- replies ---- */

static bool is_handlers_to_set(const char *name)
{
    static const char *const names[] = { "content-length", "transfer-encoding", "connection",
                                         "keep-alive" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is_nocase(str_of(name), names[i]))
            return false;
    return true;
}

static void add_headers(struct request *r, const struct reply_header *h, size_t n,
                        uint32_t flags)
{
    for (size_t i = 0; i < n; i++) {
        if (!h[i].value.p || !is_handlers_to_set(h[i].name))
            continue;
        const char *value = arena_z(r->arena, h[i].value);
        if (MHD_add_response_header(r->response, h[i].name, value) != MHD_YES)
            log_msg(CP_LOG_WARN, "reply header %s left out: not a legal value", h[i].name);
    }
    if (flags & REPLY_CLOSE || r->server->is_draining)
        (void)MHD_add_response_header(r->response, "Connection", "close"); /* a legal one */
}

bool server_make_whole(struct request *r, const struct reply_header *h, size_t n,
                       struct cp_str body, uint32_t flags)
{
    static char empty[1];
    void *p = body.n ? (void *)(uintptr_t)body.p : empty;
    enum MHD_ResponseMemoryMode mode = !body.n              ? MHD_RESPMEM_PERSISTENT
                                       : flags & REPLY_TAKE ? MHD_RESPMEM_MUST_FREE
                                                            : MHD_RESPMEM_MUST_COPY;
    r->response = MHD_create_response_from_buffer(body.n, p, mode);
    if (!r->response)
        abort(); /* out of memory */
    if (!body.n && flags & REPLY_TAKE)
        free((void *)(uintptr_t)body.p);
    add_headers(r, h, n, flags);
    r->reply_bytes = body.n;
    return true;
}

static void suspend(struct request *r)
{
    MHD_suspend_connection(r->conn->mhd);
    r->is_suspended = true;
    stream_watch(r);
}

static ssize_t answer_reader(struct request *r, long rc)
{
    if (rc == STREAM_LATER)
        suspend(r);
    return rc == STREAM_END     ? MHD_CONTENT_READER_END_OF_STREAM
           : rc == STREAM_CUT   ? MHD_CONTENT_READER_END_WITH_ERROR
           : rc == STREAM_LATER ? 0
                                : rc;
}

static ssize_t on_push(void *ctx, uint64_t at, char *to, size_t room)
{
    return answer_reader(ctx, stream_opened(ctx));
}

static ssize_t on_pull(void *ctx, uint64_t at, char *to, size_t room)
{
    return answer_reader(ctx, stream_pull(ctx, to, room));
}

bool server_make_stream(struct request *r, const struct reply_header *h, size_t n,
                        int64_t length)
{
    if (length >= 0)
        r->response =
            MHD_create_response_from_callback((uint64_t)length, PULL_BYTES, on_pull, r, NULL);
    else
        r->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16, on_push, r, NULL);
    if (!r->response)
        abort(); /* out of memory */
    add_headers(r, h, n, 0);
    return true;
}

static enum MHD_Result queue_reply(struct request *r)
{
    struct conn *c = r->conn;
    request_unwait(r);
    c->phase = r->state == REQUEST_STREAMING ? CONN_WORK : CONN_REPLY;
    c->since_ms = loop_now_ms(r->server->loop);
    enum MHD_Result rc = MHD_queue_response(c->mhd, (unsigned)r->status, r->response);
    MHD_destroy_response(r->response);
    r->response = NULL;
    return rc;
}

/* ---- the head ---- */

struct header_fill {
    struct headcheck_pair *at;
    size_t n, room;
};

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                 size_t name_n, const char *value, size_t value_n)
{
    struct header_fill *f = ctx;
    if (f->n < f->room)
        f->at[f->n++] =
            (struct headcheck_pair){ str_n(name, name_n), str_n(value ? value : "", value_n) };
    return MHD_YES;
}

static void read_head(struct request *r, const char *method)
{
    struct MHD_Connection *mhd = r->conn->mhd;
    int n = MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, NULL, NULL);
    struct header_fill f = { NULL, 0, n > 0 ? (size_t)n : 0 };
    f.at = arena_need(r->arena, f.room * sizeof *f.at);
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, on_header, &f);
    r->headers = f.at;
    r->headers_n = f.n;
    r->method = str_of(method);
    r->is_head = str_is(r->method, "HEAD");
    r->start_us = clock_us();
}

/* Would the reply's head still find room in the pool? */
static bool is_head_too_large(const struct request *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->conn->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t used = (info ? info->header_size : 0) + r->headers_n * HEADER_COST;
    return used + REPLY_HEAD_BYTES > r->server->config.limits.head_bytes;
}

static void begin_body(struct request *r, const struct headcheck_result *check)
{
    struct server *s = r->server;
    struct cp_str coding = request_header(r, "content-encoding");
    if (check->length > 0 && (uint64_t)check->length > s->config.limits.body_bytes) {
        request_refuse(r, 413, CP_TOO_LARGE, "the request body is too large");
        return;
    }
    if (r->has_body && inflate_open(&r->inflate, coding)) {
        request_refuse(r, 415, CP_MEDIA_TYPE, "this Content-Encoding is not known here");
        return;
    }
    /* An honest length spares the copying of a growing buffer; a lie costs address space only. */
    if (check->length > 0 && !r->inflate)
        (void)buf_room(&r->body, (size_t)check->length);
    r->is_known = true;
    s->requests_n++;
    s->handler->head(s->handler->ctx, r);
}

static enum MHD_Result on_head(struct request *r, const char *method, const char *version)
{
    struct conn *c = r->conn;
    struct headcheck_result check;
    read_head(r, method);
    headcheck_run(r->method, r->target, str_of(version), r->headers, r->headers_n, &check);
    r->is_http10 = str_is(str_of(version), "HTTP/1.0");
    r->has_body = check.is_chunked || check.length > 0;
    r->state = REQUEST_READING;
    c->phase = r->has_body ? CONN_BODY : CONN_WORK;
    c->since_ms = loop_now_ms(r->server->loop);
    c->window_bytes = 0;
    if (check.status)
        request_refuse(r, check.status, check.trouble, check.why);
    else if (is_head_too_large(r))
        request_refuse(r, 431, CP_HEADERS_TOO_LARGE, "the request's headers are too large");
    else if (c->is_extra)
        request_refuse(r, 503, CP_OVERLOADED, "too many connections");
    else
        begin_body(r, &check);
    if (r->is_gone || r->is_aborted)
        return MHD_NO;
    /* Without a body the reply waits for the next call, which keeps the connection alive. */
    return r->response && (r->has_body || r->is_refused) ? queue_reply(r) : MHD_YES;
}

/* ---- the body and the rest ---- */

static void take_body(struct request *r, struct cp_str piece)
{
    size_t most = r->server->config.limits.body_bytes;
    r->conn->window_bytes += piece.n;
    r->body_sent += piece.n;
    if (r->is_discarding || r->response)
        return;
    int rc = r->body_sent > most ? E_LIMIT
             : r->inflate        ? inflate_feed(r->inflate, piece, &r->body)
                                 : buf_add_str(&r->body, piece);
    if (rc == E_SYNTAX)
        request_refuse_raw(r, 400, CP_BAD_REQUEST, "the compressed request body is broken");
    else if (rc)
        request_refuse_raw(r, 413, CP_TOO_LARGE, "the request body is too large");
}

static enum MHD_Result on_whole(struct request *r)
{
    struct server *s = r->server;
    r->conn->phase = CONN_WORK;
    r->state = REQUEST_WAITING;
    if (r->inflate && inflate_end(r->inflate))
        request_refuse(r, 400, CP_BAD_REQUEST, "the compressed request body ends too early");
    else
        s->handler->ready(s->handler->ctx, r);
    if (r->is_gone || r->is_aborted)
        return MHD_NO;
    if (r->response)
        return queue_reply(r);
    request_wait(r);
    suspend(r);
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_n, void **ctx)
{
    struct request *r = *ctx;
    if (!r)
        return MHD_NO; /* cannot be: on_target() always gives one */
    if (r->state == REQUEST_HEADING)
        return on_head(r, method, version);
    if (*upload_n) {
        take_body(r, str_n(upload, *upload_n));
        *upload_n = 0;
        return r->is_gone || r->is_aborted ? MHD_NO : MHD_YES;
    }
    if (r->is_gone || r->is_aborted || r->is_discarding)
        return MHD_NO;
    if (r->state == REQUEST_READING)
        return on_whole(r);
    if (r->response)
        return queue_reply(r);
    suspend(r); /* it still waits */
    return MHD_YES;
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct conn *c = conn_of(mhd);
    if (c->phase == CONN_IDLE)
        c->since_ms = loop_now_ms(c->server->loop);
    c->phase = CONN_HEAD;
    c->request = request_new(c, str_of(target));
    return c->request;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **ctx,
                         enum MHD_RequestTerminationCode why)
{
    struct request *r = *ctx;
    struct conn *c = conn_of(mhd);
    *ctx = NULL;
    if (!r)
        return;
    enum request_end how = REQUEST_GONE;
    if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK && r->state >= REQUEST_REPLYING)
        how = REQUEST_DONE;
    else if (why == MHD_REQUEST_TERMINATED_WITH_ERROR && r->state == REQUEST_READING)
        how = REQUEST_REFUSED; /* by the library: chunks that are none */
    if (r->response)
        MHD_destroy_response(r->response);
    request_end(r, how);
    if (c->is_timed)
        server_limit_idle(c, 0);
    c->is_timed = false;
    c->phase = CONN_IDLE;
    c->since_ms = loop_now_ms(c->server->loop);
}

/* ---- connections ---- */

static struct conn *conn_new(struct server *s, struct MHD_Connection *mhd)
{
    struct conn *c = mem_new(1, sizeof *c);
    c->server = s;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->phase = CONN_HEAD;
    c->since_ms = loop_now_ms(s->loop);
    listener_name_peer(
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->peer);
    list_push(&s->conns, &c->link);
    s->conns_n++;
    c->is_extra = s->conns_n > s->config.limits.connections;
    if (!s->tick.place)
        loop_timer(s->loop, &s->tick, 1000);
    return c;
}

static void conn_free(struct conn *c)
{
    if (c->request)
        request_end(c->request, REQUEST_GONE);
    list_remove(&c->link);
    c->server->conns_n--;
    if (c->tls)
        server_tls_unref(c->tls);
    free(c);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = conn_new(cls, mhd);
    else if (*context)
        conn_free(*context);
}

/* ---- the daemon ---- */

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *fmt,
                                                         va_list args)
{
    struct server *s = cls;
    int64_t now_ms = clock_ms();
    if (log_level_now() < CP_LOG_DEBUG)
        return; /* mostly what clients did wrong, which is told elsewhere */
    if (now_ms - s->log_ms >= 1000) {
        s->log_ms = now_ms;
        s->log_n = 0;
    }
    if (s->log_n++ >= LOG_MAX)
        return;
    char text[256];
    vsnprintf(text, sizeof text, fmt, args);
    log_msg(CP_LOG_DEBUG, "http: %.*s", STR_FMT(str_trim(str_of(text))));
}

/* Percent-escapes are judged by headcheck and decoded by whoever needs it. */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
    return strlen(text);
}

static void on_mhd_ready(struct watch *w, uint32_t events)
{
    make_due(LIST_ENTRY(w, struct server, mhd_watch));
}

static void on_again(struct task *t)
{
    (void)t; /* it was in the list, so the loop does not sleep: that is all */
}

static int64_t on_prepare(struct prepare *p)
{
    struct server *s = LIST_ENTRY(p, struct server, prepare);
    for (int i = 0; i < RUNS_MAX; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        bool has_wait = MHD_get_timeout(s->mhd, &wait_ms) == MHD_YES;
        if (!s->is_due && (!has_wait || wait_ms))
            return has_wait ? (int64_t)wait_ms : -1;
        s->is_due = false;
        MHD_run(s->mhd);
    }
    return 0;
}

static int start_daemon(struct server *s, struct err *err)
{
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (s->config.tls)
        flags |= MHD_USE_TLS;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)server_tls_callback() },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
        { MHD_OPTION_END, 0, NULL },
    };
    s->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->config.limits.head_bytes,
        MHD_OPTION_CONNECTION_LIMIT, 1u << 20, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, s, MHD_OPTION_ARRAY,
        s->config.tls ? tls : tls + 2, MHD_OPTION_END);
    if (!s->mhd)
        return err_set(err, E_IO, "listen", "the HTTP library did not start: %s",
                       strerror(errno));
    return 0;
}

int server_open(struct server **out, struct loop *loop, const struct server_config *config,
                const struct server_handler *handler, struct err *err)
{
    struct server *s = mem_new(1, sizeof *s);
    s->loop = loop;
    s->config = *config;
    if (s->config.limits.head_bytes < POOL_MIN)
        s->config.limits.head_bytes = POOL_MIN;
    if (s->config.tls)
        s->config.tls = server_tls_ref(s->config.tls);
    s->handler = handler;
    listener_init(&s->listener, s);
    s->mhd_watch.fd = -1;
    s->mhd_watch.ready = on_mhd_ready;
    s->prepare.run = on_prepare;
    s->again.run = on_again;
    s->tick.fire = deadline_tick;
    s->young_timer.fire = request_watch_aged;
    list_init(&s->again.link);
    list_init(&s->conns);
    list_init(&s->young);
    buf_init(&s->scratch, SIZE_MAX);
    loop_prepare(loop, &s->prepare);
    int rc = start_daemon(s, err);
    if (!rc) {
        int fd = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
        rc = loop_watch(loop, &s->mhd_watch, fd, LOOP_IN);
        rc = rc ? rc : listener_open(&s->listener);
        if (rc)
            err_set(err, rc, "listen", "cannot watch the sockets: %s", strerror(errno));
    }
    if (rc)
        server_close(s);
    else
        *out = s;
    return rc;
}

void server_close(struct server *s)
{
    if (!s)
        return;
    listener_close(&s->listener);
    if (s->mhd) {
        LIST_EACH(at, &s->conns)
        {
            struct request *r = LIST_ENTRY(at, struct conn, link)->request;
            if (r)
                request_doom(r, false);
        }
        MHD_run(s->mhd); /* the library forbids stopping while connections are suspended */
        loop_unwatch(s->loop, &s->mhd_watch);
        MHD_stop_daemon(s->mhd);
    }
    loop_unprepare(&s->prepare);
    loop_cancel(&s->again);
    loop_timer_stop(s->loop, &s->tick);
    loop_timer_stop(s->loop, &s->young_timer);
    if (s->config.tls)
        server_tls_unref(s->config.tls);
    buf_fini(&s->scratch);
    free(s);
}

void server_drain(struct server *s)
{
    listener_close(&s->listener);
    s->is_draining = true;
    loop_timer(s->loop, &s->tick, 0);
}

uint32_t server_connections(const struct server *s)
{
    return s->conns_n;
}

uint32_t server_requests(const struct server *s)
{
    return s->requests_n;
}

void server_set_tls(struct server *s, struct server_tls *tls)
{
    if (!s->config.tls || !tls)
        return; /* clear text stays clear text until the next start */
    struct server_tls *old = s->config.tls;
    s->config.tls = server_tls_ref(tls);
    server_tls_unref(old);
}

void server_set_limits(struct server *s, const struct server_limits *limits)
{
    /* The pool was given when the library started. */
    size_t head_bytes = s->config.limits.head_bytes;
    s->config.limits = *limits;
    s->config.limits.head_bytes = head_bytes;
}
