/* SPDX-License-Identifier: MIT */
/*
 * server - the clients' side of a worker; the only file that knows libmicrohttpd.
 *
 * Each daemon's epoll descriptor hangs in the worker's epoll.  Its readiness, a resumed connection, a new connection:
 * each only marks the daemon as due, and it runs once before the loop's next wait.  It may say that it wants to run again
 * at once; it is obeyed RUNS_MAX times a turn, then others get theirs.
 *
 * Why connections are suspended, once per request: one that waits would keep the library's ready list busy; and see below.
 *
 * Why several daemons: resuming walks the list of all suspended connections, 40 us with 5,000 of them.  So connections
 * fill one daemon ("shard") after the other, SHARD_CONNS each: few connections share one run of the library,
 * thousands never make a long list.
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

#include <microhttpd.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RUNS_MAX = 8,
    SHARD_CONNS = 512,
    POOL_MIN = 4096,
    PULL_BYTES = 32 * 1024,
    LOG_MAX = 10 /* the library's own messages a second */
};

/* What 0.9.75 refuses by itself, it refuses in HTML; the guard does it in the client's dialect.  1.0 answers a target
 * with a blank in it with a redirect unless it is told to be strict. */
#if MHD_VERSION >= 0x01000000
#define STRICTNESS 1
#else
#define STRICTNESS 0
#endif

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3"

static struct conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void make_due(struct shard *sh)
{
    sh->is_due = true;
    loop_defer(sh->server->loop, &sh->server->again);
}

/* ---- what the other files ask ---- */

void server_resume(struct request *r)
{
    if (!r->is_suspended)
        return;
    r->is_suspended = false;
    MHD_resume_connection(r->conn->mhd);
    make_due(r->conn->shard);
}

void server_limit_idle(struct conn *c, int64_t idle_ms)
{
    unsigned idle_s = (unsigned)((idle_ms + 999) / 1000);
    /* Fails for unknown options only. */
    (void)MHD_set_connection_option(c->mhd, MHD_CONNECTION_OPTION_TIMEOUT, idle_s);
    make_due(c->shard);
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

void server_make_whole(struct request *r, const struct reply_header *h, size_t n,
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
}

static void suspend(struct request *r)
{
    MHD_suspend_connection(r->conn->mhd);
    r->is_suspended = true;
    stream_watch(r);
}

/*
 * A reader's answer that makes the library close the connection leaves it closed but not cleaned up, perhaps for hours:
 * it stands in no list that is looked at (0.9.75 and 1.0.1, seen 2026-11).  Connections with a timeout of their own are
 * looked at in each run.
 */
static void have_cleaned_up(struct conn *c)
{
    c->is_closing = true;
    server_limit_idle(c, 1000);
}

static ssize_t answer_reader(struct request *r, long rc)
{
    if (rc == STREAM_LATER)
        suspend(r);
    else if (rc == STREAM_CUT || (rc == STREAM_END && !r->stream.is_chunked))
        have_cleaned_up(r->conn);
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

void server_make_stream(struct request *r, const struct reply_header *h, size_t n,
                        int64_t length)
{
    if (length >= 0)
        r->response =
            MHD_create_response_from_callback((uint64_t)length, PULL_BYTES, on_pull, r, NULL);
    else
        r->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16, on_push, r, NULL);
    if (!r->response)
        abort(); /* out of memory */
    /* The library would send a last chunk after the head that was asked for alone. */
    if (r->is_head && length < 0)
        (void)MHD_set_response_options(r->response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
                                       MHD_RO_END);
    add_headers(r, h, n, 0);
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

/* Returns the head's size. */
static size_t read_head(struct request *r, const char *method)
{
    struct MHD_Connection *mhd = r->conn->mhd;
    int n = MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, NULL, NULL);
    struct header_fill f = { NULL, 0, n > 0 ? (size_t)n : 0 };
    f.at = arena_need(r->arena, f.room * sizeof *f.at);
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, on_header, &f);
    r->headers = f.at;
    r->headers_n = f.n;
    r->method = str_of(method);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

static enum MHD_Result act(struct request *r, enum intake what)
{
    if (what == INTAKE_REPLY)
        return queue_reply(r);
    if (what == INTAKE_WAIT)
        suspend(r);
    return what == INTAKE_CLOSE ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_n, void **ctx)
{
    struct request *r = *ctx;
    if (!r)
        return MHD_NO; /* cannot be: on_target() always gives one */
    if (r->state == REQUEST_HEADING) {
        size_t head_bytes = read_head(r, method);
        return act(r, intake_head(r, str_of(version), head_bytes));
    }
    if (!*upload_n)
        return act(r, intake_whole(r));
    struct cp_str piece = str_n(upload, *upload_n);
    *upload_n = 0;
    return act(r, intake_body(r, piece));
}

/*
 * The library would take the query apart, for which nobody asks it; and when its memory does not hold that many parts, it
 * neither answers nor closes (seen with libmicrohttpd 0.9.75).  We have our copy: so it finds an empty one.
 */
static void forget_query(const char *target)
{
    char *query = strchr((char *)(uintptr_t)target, '?');
    if (query && query[1])
        query[1] = '\0';
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct conn *c = conn_of(mhd);
    if (c->phase == CONN_IDLE)
        c->since_ms = loop_now_ms(c->server->loop);
    c->phase = CONN_HEAD;
    c->request = request_new(c, str_of(target));
    forget_query(target);
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
    if (why == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED)
        r->is_aborted = true; /* server_limit_idle() */
    if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK && r->state >= REQUEST_REPLYING)
        how = REQUEST_DONE;
    else if (why == MHD_REQUEST_TERMINATED_WITH_ERROR && r->state == REQUEST_READING)
        how = REQUEST_REFUSED; /* by the library: chunks that are none */
    if (r->response)
        MHD_destroy_response(r->response);
    request_end(r, how);
    if (c->is_timed && !c->is_closing)
        server_limit_idle(c, 0);
    c->is_timed = false;
    c->phase = CONN_IDLE;
    c->since_ms = loop_now_ms(c->server->loop);
}

/* ---- connections ---- */

static struct conn *conn_new(struct shard *sh, struct MHD_Connection *mhd)
{
    struct server *s = sh->server;
    struct conn *c = mem_new(1, sizeof *c);
    c->server = s;
    c->shard = sh;
    sh->conns_n++;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->phase = CONN_HEAD;
    c->since_ms = loop_now_ms(s->loop);
    listener_name_peer(
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->peer);
    list_push(&s->conns, &c->link);
    s->conns_n++;
    c->is_extra = atomic_fetch_add(&server_gauge(s)->open, 1) >= s->config.limits.connections;
    atomic_fetch_add_explicit(&server_gauge(s)->accepted, 1, memory_order_relaxed);
    if (c->is_extra)
        atomic_fetch_add_explicit(&server_gauge(s)->over_limit, 1, memory_order_relaxed);
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
    atomic_fetch_sub(&server_gauge(c->server)->open, 1);
    c->shard->conns_n--;
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
    struct server *s = ((struct shard *)cls)->server;
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

static void on_ready(struct watch *w, uint32_t events)
{
    make_due(LIST_ENTRY(w, struct shard, watch));
}

/* Runs it while it is due; returns how long it may wait, ms; -1: for ever. */
static int64_t run_shard(struct shard *sh)
{
    for (int i = 0; i < RUNS_MAX; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        bool has_wait = MHD_get_timeout(sh->mhd, &wait_ms) == MHD_YES;
        if (!sh->is_due && (!has_wait || wait_ms))
            return has_wait ? (int64_t)wait_ms : -1;
        sh->is_due = false;
        MHD_run(sh->mhd);
    }
    return 0;
}

static int64_t on_prepare(struct prepare *p)
{
    struct server *s = LIST_ENTRY(p, struct server, prepare);
    int64_t least_ms = -1;
    stream_turn(s);
    for (size_t i = 0; i < s->shards_n; i++) {
        int64_t ms = run_shard(s->shards[i]);
        if (ms >= 0 && (least_ms < 0 || ms < least_ms))
            least_ms = ms;
    }
    stream_turn(s); /* what the library's callbacks wrote must not wait for the next event */
    return least_ms;
}

static void on_again(struct task *t)
{
    (void)t; /* it was in the list, so the loop does not sleep: that is all */
}

static struct MHD_Daemon *start_daemon(struct shard *sh)
{
    const struct server_config *config = &sh->server->config;
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)server_tls_callback() },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
        { MHD_OPTION_END, 0, NULL },
    };
    if (config->tls)
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, sh, MHD_OPTION_EXTERNAL_LOGGER,
                            on_log, sh, MHD_OPTION_STRICT_FOR_CLIENT, STRICTNESS,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, config->limits.head_bytes,
                            MHD_OPTION_CONNECTION_LIMIT, 1u << 20, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, sh, MHD_OPTION_NOTIFY_CONNECTION, on_connection, sh,
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, sh,
                            MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, sh, MHD_OPTION_ARRAY,
                            config->tls ? tls : tls + 2, MHD_OPTION_END);
}

static void close_shard(struct shard *sh)
{
    loop_unwatch(sh->server->loop, &sh->watch);
    if (sh->mhd) {
        MHD_run(sh->mhd); /* the library forbids stopping while connections are suspended */
        MHD_stop_daemon(sh->mhd);
    }
    free(sh);
}

static struct shard *open_shard(struct server *s)
{
    struct shard *sh = mem_new(1, sizeof *sh);
    sh->server = s;
    sh->watch.fd = -1;
    sh->watch.ready = on_ready;
    sh->mhd = start_daemon(sh);
    if (sh->mhd) {
        int fd = MHD_get_daemon_info(sh->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
        if (loop_watch(s->loop, &sh->watch, fd, LOOP_IN) == 0) {
            s->shards[s->shards_n++] = sh;
            return sh;
        }
    }
    close_shard(sh);
    return NULL;
}

static struct shard *choose_shard(struct server *s)
{
    struct shard *least = s->shards[0];
    for (size_t i = 0; i < s->shards_n; i++) {
        if (s->shards[i]->conns_n < SHARD_CONNS)
            return s->shards[i];
        if (s->shards[i]->conns_n < least->conns_n)
            least = s->shards[i];
    }
    struct shard *fresh = s->shards_n < SHARDS_MAX ? open_shard(s) : NULL;
    return fresh ? fresh : least;
}

void server_adopt(struct server *s, int fd, const void *address, unsigned address_bytes)
{
    struct shard *sh = choose_shard(s);
    if (MHD_add_connection(sh->mhd, fd, address, address_bytes) != MHD_YES)
        log_msg(CP_LOG_WARN, "a connection could not be taken on: %s", strerror(errno));
    make_due(sh);
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
    s->prepare.run = on_prepare;
    s->again.run = on_again;
    s->tick.fire = deadline_tick;
    s->young_timer.fire = request_watch_aged;
    list_init(&s->again.link);
    list_init(&s->conns);
    list_init(&s->young);
    list_init(&s->late);
    buf_init(&s->scratch, SIZE_MAX);
    loop_prepare(loop, &s->prepare);
    int rc = 0;
    if (!open_shard(s))
        rc =
            err_set(err, E_IO, "listen", "the HTTP library did not start: %s", strerror(errno));
    else if (listener_open(&s->listener))
        rc = err_set(err, E_IO, "listen", "cannot watch the socket: %s", strerror(errno));
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
    stream_turn(s);
    LIST_EACH(at, &s->conns)
    {
        struct request *r = LIST_ENTRY(at, struct conn, link)->request;
        if (r)
            request_doom(r, false);
    }
    for (size_t i = 0; i < s->shards_n; i++)
        close_shard(s->shards[i]);
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
    s->is_retired = false;
    loop_timer(s->loop, &s->tick, 0);
}

void server_retire(struct server *s)
{
    server_drain(s);
    s->is_retired = true; /* and with it patience: deadline.c */
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
