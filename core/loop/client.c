/* SPDX-License-Identifier: MIT */
/*
 * client - the upstreams' side of a worker; the only file that knows libcurl.
 *
 * One multi handle for each profile (loop/profile.h).
 *
 * libcurl must not be called from inside its callbacks, and handlers are called there.  So whatever a
 * handler asks for (start, resume, cancel) is only noted and done later in the same turn: transfer.c.
 *
 * Certificates are checked by loop/trust.h in the pre-request callback: after the handshake, before
 * the first byte of the request, and for kept connections again (it remembers what it checked).
 * libcurl's own check would parse the system's store anew for every connection: 3.4 MB and
 * milliseconds each with its GnuTLS backend.
 * source: libcurl 7.88.1 lib/vtls/gtls.c gtls_client_init(), lib/multi.c MSTATE_DO, read 2026-11-22
 */
#include "loop/client.h"

#include "base/mem.h"
#include "base/str.h"
#include "loop/address.h"
#include "loop/answer.h"
#include "loop/parcel.h"
#include "loop/profile.h"
#include "loop/transfer.h"
#include "loop/trust.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    POOL_MAX = 64,           /* easy handles kept for the next transfers */
    UPLOAD_BYTES = 16 * 1024 /* libcurl's least; 7.88 keeps it as long as the transfer lives */
};

struct sock {
    struct watch watch;
    struct link link;
    struct profile *profile;
};

_Static_assert(sizeof(struct curl_slist) == sizeof(struct parcel_line) &&
                   offsetof(struct curl_slist, data) == offsetof(struct parcel_line, text) &&
                   offsetof(struct curl_slist, next) == offsetof(struct parcel_line, next),
               "struct parcel_line is libcurl's list");

static void finish(struct transfer *t, CURLcode rc);

/* ---- sockets and timers ---- */

static void read_messages(struct profile *p)
{
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(p->multi, &left))) {
        struct transfer *t = NULL;
        if (msg->msg != CURLMSG_DONE)
            continue;
        CURLcode rc = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(t, rc);
    }
}

static void run_socket(struct profile *p, curl_socket_t fd, int mask)
{
    int running;
    p->client->depth++;
    curl_multi_socket_action(p->multi, fd, mask, &running);
    p->client->depth--;
    read_messages(p);
}

static void sock_ready(struct watch *w, uint32_t events)
{
    struct sock *s = LIST_ENTRY(w, struct sock, watch);
    int mask = (events & (LOOP_IN | LOOP_RDHUP) ? CURL_CSELECT_IN : 0) |
               (events & LOOP_OUT ? CURL_CSELECT_OUT : 0) |
               (events & (LOOP_ERR | LOOP_HUP) ? CURL_CSELECT_IN | CURL_CSELECT_ERR : 0);
    run_socket(s->profile, w->fd, mask);
}

static void sock_free(struct sock *s)
{
    loop_unwatch(s->profile->client->loop, &s->watch);
    list_remove(&s->link);
    free(s);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *sock)
{
    struct profile *p = ctx;
    struct sock *s = sock;
    uint32_t events =
        (what & CURL_POLL_IN ? LOOP_IN : 0) | (what & CURL_POLL_OUT ? LOOP_OUT : 0);
    if (what == CURL_POLL_REMOVE) {
        if (s)
            sock_free(s);
        return 0;
    }
    if (s)
        return loop_rewatch(p->client->loop, &s->watch, events) == 0 ? 0 : -1;
    s = mem_new(1, sizeof *s);
    s->profile = p;
    s->watch = (struct watch){ .fd = -1, .ready = sock_ready };
    list_init(&s->link);
    list_push(&p->socks, &s->link);
    curl_multi_assign(p->multi, fd, s);
    return loop_watch(p->client->loop, &s->watch, fd, events) == 0 ? 0 : -1;
}

static void timer_fired(struct timer *timer)
{
    run_socket(LIST_ENTRY(timer, struct profile, timer), CURL_SOCKET_TIMEOUT, 0);
}

static void kicked(struct task *task)
{
    run_socket(LIST_ENTRY(task, struct profile, kick), CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long wait_ms, void *ctx)
{
    struct profile *p = ctx;
    loop_cancel(&p->kick);
    loop_timer_stop(p->client->loop, &p->timer);
    if (wait_ms == 0)
        loop_defer(p->client->loop, &p->kick);
    else if (wait_ms > 0)
        loop_timer(p->client->loop, &p->timer, wait_ms);
    return 0;
}

/* ---- one engine for each profile ---- */

void client_engine_open(struct profile *p)
{
    p->multi = curl_multi_init();
    if (!p->multi)
        abort(); /* out of memory */
    p->timer.fire = timer_fired;
    p->kick.run = kicked;
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    curl_multi_setopt(p->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(p->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      (long)p->client->config.host_connections);
}

/* libcurl counts connections in use too: with a fixed number a busy cache would throw away
 * each connection as its transfer ends. */
void client_engine_size(struct profile *p)
{
    curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS,
                      (long)p->n + (long)p->client->config.idle_connections);
}

void client_engine_close(struct profile *p)
{
    curl_multi_cleanup(p->multi);
    while (!list_empty(&p->socks))
        sock_free(LIST_ENTRY(p->socks.next, struct sock, link));
    loop_timer_stop(p->client->loop, &p->timer);
    loop_cancel(&p->kick);
}

/* ---- callbacks of a transfer; all inside libcurl ---- */

/* The head is here: libcurl needs the list and the body no more, if all of it was sent. */
static void drop_parcel(struct transfer *t)
{
    curl_off_t sent = 0;
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    if ((uint64_t)sent < t->body.total)
        return;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
    if (t->body.total) /* it would make a POST of the rest */
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, NULL);
    parcel_wipe(t);
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    if (answer_line(t, str_n(p, size * n)) != 0)
        return 0;
    if (t->phase == TRANSFER_BODY && t->block)
        drop_parcel(t);
    return size * n;
}

static size_t on_write(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    if (t->is_paused && !t->is_dead) {
        t->is_stalled = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    return answer_bytes(t, str_n(p, size * n)) == 0 ? size * n : 0;
}

static size_t on_read(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    if (t->is_dead)
        return CURL_READFUNC_ABORT;
    answer_awaited(t);
    return pieces_read(&t->body, p, size * n);
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
    struct transfer *t = ctx;
    if (t->is_dead || origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_FAIL;
    return pieces_seek(&t->body, (uint64_t)offset) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* A proxy of the administrator's may be anywhere; what it connects to is beyond our sight. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = ctx;
    const char *why = address_refusal(&to->addr, t->spec.allow_private || t->spec.proxy);
    if (why) {
        t->denied = why;
        return CURL_SOCKET_BAD;
    }
    t->is_opened = true;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* The connection stands, nothing of the request has been sent. */
static int on_prereq(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    struct transfer *t = ctx;
    if (t->is_dead)
        return CURL_PREREQFUNC_ABORT;
    if (t->url.is_https && !t->spec.insecure) {
        struct curl_tlssessioninfo *tls = NULL;
        char why[128];
        curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &tls);
        void *session = tls && tls->backend == CURLSSLBACKEND_GNUTLS ? tls->internals : NULL;
        if (trust_check(t->client->trust, t->profile->seen, session, t->spec.ca_file,
                        t->url.host, why) != 0) {
            /* HTTP/2 connections survive a failed transfer: not this one. */
            curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
            answer_fail(t, CP_NET_TLS, "certificate: %s", why);
            return CURL_PREREQFUNC_ABORT;
        }
    }
    answer_connected(t);
    return CURL_PREREQFUNC_OK;
}

/* ---- the request ---- */

/* The only place where libcurl gets header lines; transfer_start() has checked the words. */
static void set_request(struct transfer *t)
{
    CURL *e = t->easy;
    const char *method = t->spec.method;
    bool is_post = strcmp(method, "POST") == 0 || t->body.total;
    parcel_build(t);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, (struct curl_slist *)t->block);
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
        return;
    }
    if (is_post) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body.total);
        curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, parcel_small_body(t));
    }
    if (strcmp(method, is_post ? "POST" : "GET") != 0)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
}

static void set_callbacks(struct transfer *t)
{
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(e, CURLOPT_READDATA, t);
    curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(e, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_prereq);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
}

static void set_connection(struct transfer *t)
{
    CURL *e = t->easy;
    const struct transfer_spec *spec = &t->spec;
    bool is_http2 = t->url.is_https && !spec->http1 && t->client->has_http2;
    curl_easy_setopt(e, CURLOPT_URL, spec->url);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PROXY, spec->proxy ? spec->proxy : "");
    curl_easy_setopt(e, CURLOPT_NOPROXY, ""); /* else the environment's no_proxy is asked */
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    /* A resolver thread that is no longer wanted is left to end by itself, not waited for. */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
                     (long)(is_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(e, CURLOPT_PIPEWAIT, is_http2 ? 1L : 0L);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)t->client->config.buffer_bytes);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    /* Ours is exact; this one makes libcurl share the time among several addresses. */
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)spec->connect_ms);
    /* Certificates are ours to check: see on_prereq(). */
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* Connections are kept; a new one proves itself by a whole handshake. */
    curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (spec->is_fresh) {
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    }
}

struct transfer *client_lend(struct client *c)
{
    struct transfer *t;
    CURL *easy;
    if (list_empty(&c->pool)) {
        t = mem_new(1, sizeof *t);
        easy = curl_easy_init();
        if (!easy)
            abort(); /* out of memory */
    } else {
        t = LIST_ENTRY(c->pool.next, struct transfer, queue);
        list_remove(&t->queue);
        c->pool_n--;
        easy = t->easy;
    }
    *t = (struct transfer){ .client = c, .easy = easy };
    list_init(&t->queue);
    list_init(&t->link);
    return t;
}

void client_prepare(struct transfer *t)
{
    profile_join(profile_for(t->client, &t->spec), t);
    set_request(t);
    set_callbacks(t);
    set_connection(t);
}

/* ---- the end ---- */

static int net_of(const struct transfer *t, CURLcode rc)
{
    bool has_head = t->phase == TRANSFER_BODY;
    switch (rc) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
        return CP_NET_RESOLVE;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return t->denied && !t->is_opened ? CP_NET_DENIED : CP_NET_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_ISSUER_ERROR:
        return CP_NET_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return CP_NET_TIMEOUT;
    case CURLE_GOT_NOTHING:
        return has_head ? CP_NET_CUT : CP_NET_EMPTY;
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_READ_ERROR:
        return has_head ? CP_NET_CUT : CP_NET_SEND;
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return has_head ? CP_NET_CUT : CP_NET_RECV;
    default: /* a peer that does not speak HTTP */
        return CP_NET_PROTOCOL;
    }
}

void client_bury(struct transfer *t)
{
    struct client *c = t->client;
    if (t->is_added)
        curl_multi_remove_handle(t->profile->multi, t->easy);
    answer_fini(t);
    list_remove(&t->queue);
    profile_leave(t->profile, t);
    curl_easy_reset(t->easy);
    parcel_wipe(t);
    if (c->pool_n < POOL_MAX) {
        list_push(&c->pool, &t->queue);
        c->pool_n++;
        return;
    }
    curl_easy_cleanup(t->easy);
    free(t);
}

/* A kept connection may die just as it is used again.  libcurl tries anew by itself unless it dies
 * under a body being sent; the request may go out twice since nobody has answered the first. */
static bool try_again(struct transfer *t, CURLcode rc, long connects)
{
    if ((rc != CURLE_SEND_ERROR && rc != CURLE_RECV_ERROR && rc != CURLE_GOT_NOTHING) ||
        connects != 0 || t->is_again || t->first_byte_us || !t->connected_us)
        return false;
    t->is_again = true;
    t->error[0] = 0;
    answer_again(t);
    curl_multi_remove_handle(t->profile->multi, t->easy);
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
    return curl_multi_add_handle(t->profile->multi, t->easy) == CURLM_OK;
}

/* How far connecting went. */
static void tell_connecting(struct transfer *t, struct transfer_end *end)
{
    curl_off_t lookup = 0, tcp = 0, tls = 0;
    char *address = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup);
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &tcp);
    curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
    end->lookup_us = lookup;
    end->tcp_us = tcp;
    end->tls_us = tls;
    snprintf(end->address, sizeof end->address, "%s", address ? address : "");
}

static void finish(struct transfer *t, CURLcode rc)
{
    struct transfer_end end = { 0 };
    long connects = 1;
    curl_off_t sent = 0;
    if (!t->is_dead) {
        curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
        if (try_again(t, rc, connects))
            return;
        int net = net_of(t, rc);
        if (net == CP_NET_DENIED)
            answer_fail(t, net, "%s: not allowed for this channel", t->denied);
        else if (rc != CURLE_OK || t->phase != TRANSFER_BODY)
            answer_fail(t, net, "%s", t->error[0] ? t->error : curl_easy_strerror(rc));
        curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
        end.is_reused = t->connected_us && connects == 0;
        end.bytes_out = (uint64_t)sent;
        if (t->spec.is_fresh)
            tell_connecting(t, &end);
        answer_end(t, &end);
    }
    client_bury(t);
}

void client_expire(struct transfer *t)
{
    finish(t, CURLE_OPERATION_TIMEDOUT);
}

void client_add(struct transfer *t)
{
    if (t->denied) {
        finish(t, CURLE_COULDNT_CONNECT);
        return;
    }
    CURLMcode rc = curl_multi_add_handle(t->profile->multi, t->easy);
    t->is_added = rc == CURLM_OK;
    if (!t->is_added) {
        answer_fail(t, CP_NET_CONNECT, "%s", curl_multi_strerror(rc));
        finish(t, CURLE_FAILED_INIT);
    }
}

void client_wake(struct transfer *t)
{
    t->is_stalled = false;
    t->client->depth++;
    CURLcode rc = curl_easy_pause(t->easy, CURLPAUSE_CONT); /* may call on_write() */
    t->client->depth--;
    if (rc != CURLE_OK)
        finish(t, rc);
}

/* ---- birth and death ---- */

int client_open(struct client **out, struct loop *loop, const struct client_config *config,
                struct err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, E_UNSUPPORTED, "libcurl", "does not start");
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    const char *tls = version->ssl_version;
    if (!tls || strncmp(tls, "GnuTLS/", 7) != 0) {
        curl_global_cleanup();
        return err_set(err, E_UNSUPPORTED, "libcurl",
                       "speaks TLS by %s; certificates could not be checked without GnuTLS",
                       tls ? tls : "nothing");
    }
    struct client *c = mem_new(1, sizeof *c);
    c->loop = loop;
    c->config = *config;
    if (c->config.buffer_bytes < 1024)
        c->config.buffer_bytes = 1024;
    /* Below it, a paused stream can hold up the others and leaks; 8.14 is what has been tested. */
    c->has_http2 = version->version_num >= 0x080e00 && version->features & CURL_VERSION_HTTP2;
    c->trust = config->trust ? trust_ref(config->trust) : trust_new();
    c->tidy.run = transfer_tidy;
    list_init(&c->tidy.link);
    list_init(&c->profiles);
    list_init(&c->pool);
    list_init(&c->asked);
    list_init(&c->mark);
    *out = c;
    return 0;
}

void client_close(struct client *c)
{
    if (!c)
        return;
    LIST_EACH(at, &c->profiles)
    {
        struct profile *p = LIST_ENTRY(at, struct profile, link);
        while (!list_empty(&p->transfers))
            client_bury(LIST_ENTRY(p->transfers.next, struct transfer, link));
    }
    while (!list_empty(&c->profiles))
        profile_free(LIST_ENTRY(c->profiles.next, struct profile, link));
    while (!list_empty(&c->pool)) {
        struct transfer *t = LIST_ENTRY(c->pool.next, struct transfer, queue);
        list_remove(&t->queue);
        curl_easy_cleanup(t->easy);
        free(t);
    }
    loop_cancel(&c->tidy);
    trust_unref(c->trust);
    free(c);
    curl_global_cleanup();
}

bool client_has_http2(const struct client *c)
{
    return c->has_http2;
}

uint32_t client_transfers(const struct client *c)
{
    return c->transfers;
}
