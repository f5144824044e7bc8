/* SPDX-License-Identifier: MIT */
/*
 * deadline - who is late, once a second.
 *
 * The HTTP library's own timeout is one of inactivity: a byte a second keeps a request alive for ever.  So the times are
 * ours, one clock for each phase of a connection, looked at together.  Whoever is late gets his socket shut, which
 * the library notices by itself; only a late body is worth an answer, for its sender is a real client on a bad line.
 */
#include "loop/server_private.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    TICK_MS = 1000,
    EXTRA_HEAD_MS = 5000,   /* a connection beyond the limit shall say what it wants */
    LINGER_MS = 30000,      /* at most, and */
    LINGER_QUIET_MS = 5000, /* this long after its last byte: the times nginx takes too */
    SILENT_MS = 1000,       /* for a first request line, while we drain */
    BODY_RATE = 1024,       /* bytes a second a body must bring on average */
    REPLY_MS = 1000         /* a reply that takes longer is watched by the library */
};

static void shut(struct conn *c)
{
    shutdown(c->fd, SHUT_RDWR);
}

/* While we drain: nobody is waited for who has been silent for so long. */
static int64_t patience_ms(const struct server *s, int64_t usual_ms)
{
    return s->is_retired ? SERVER_SPARE_MS : usual_ms;
}

static void check_head(struct conn *c, const struct server_limits *l, int64_t age_ms)
{
    bool is_silent = !c->request && age_ms >= patience_ms(c->server, SILENT_MS);
    if (age_ms >= l->head_ms || (c->is_extra && age_ms >= EXTRA_HEAD_MS) ||
        (c->server->is_draining && is_silent))
        shut(c);
}

static void check_body(struct conn *c, const struct server_limits *l, int64_t age_ms)
{
    if (age_ms < l->body_ms)
        return;
    if (c->window_bytes * 1000 >= (uint64_t)l->body_ms * BODY_RATE) {
        c->since_ms += age_ms;
        c->window_bytes = 0;
    } else if (c->request && c->request->state == REQUEST_READING) {
        request_refuse_raw(c->request, 408, CP_TIMEOUT, "the request body came too slowly");
    } else {
        shut(c);
    }
}

static void check_idle(struct conn *c, const struct server_limits *l, int64_t age_ms)
{
    int waiting_bytes = 0;
    bool is_unwanted = c->server->is_draining && age_ms >= patience_ms(c->server, 0) &&
                       ioctl(c->fd, FIONREAD, &waiting_bytes) == 0 && waiting_bytes == 0;
    if (is_unwanted || age_ms >= l->keepalive_ms)
        shut(c);
}

static void check_work(struct conn *c, const struct server_limits *l, int64_t now_ms)
{
    struct request *r = c->request;
    if (!r || r->state != REQUEST_STREAMING)
        return;
    if (r->stream.is_pulled && !c->is_timed) {
        c->is_timed = true;
        server_limit_idle(c, l->write_ms);
    } else if (r->stream.stuck_ms && now_ms - r->stream.stuck_ms >= l->write_ms) {
        request_doom(r, false);
    }
}

static void check_linger(struct conn *c, int64_t age_ms, int64_t now_ms)
{
    if (c->window_bytes)
        c->heard_ms = now_ms;
    c->window_bytes = 0;
    if (age_ms >= LINGER_MS || now_ms - c->heard_ms >= LINGER_QUIET_MS ||
        c->server->is_draining)
        shut(c);
}

static void check(struct conn *c, int64_t now_ms)
{
    const struct server_limits *l = &c->server->config.limits;
    int64_t age_ms = now_ms - c->since_ms;
    switch (c->phase) {
    case CONN_IDLE:
        check_idle(c, l, age_ms);
        break;
    case CONN_HEAD:
        check_head(c, l, age_ms);
        break;
    case CONN_BODY:
        check_body(c, l, age_ms);
        break;
    case CONN_WORK:
        check_work(c, l, now_ms);
        break;
    case CONN_REPLY:
        if (age_ms >= REPLY_MS && !c->is_timed) {
            c->is_timed = true;
            server_limit_idle(c, l->write_ms);
        }
        break;
    case CONN_LINGER:
        check_linger(c, age_ms, now_ms);
        break;
    }
}

void deadline_tick(struct timer *t)
{
    struct server *s = LIST_ENTRY(t, struct server, tick);
    int64_t now_ms = loop_now_ms(s->loop);
    /* Nobody is freed in here: sockets are shut, and the library closes them when it runs. */
    LIST_EACH(at, &s->conns)
    check(LIST_ENTRY(at, struct conn, link), now_ms);
    if (s->conns_n)
        loop_timer(s->loop, t, TICK_MS);
}
