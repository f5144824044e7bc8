/* SPDX-License-Identifier: MIT */
/*
 * worker - a thread with a loop, its listeners, its upstream connections and its flow, until told to stop.
 *
 * Workers share nothing but the listening sockets, the snapshot and the health table.  Orders from the main
 * thread come as tasks posted to the loop, so that nothing here needs a lock.
 */
#include "main/worker.h"

#include "admin/admin.h"
#include "admin/captures.h"
#include "admin/numbers.h"
#include "admin/office.h"
#include "admin/panel.h"
#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/client.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "main/ticker.h"
#include "plugin/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAIN_LOOK_MS = 20, LAST_WORDS_MS = 1000, UPSTREAM_BUFFER = 4096, LISTENERS = 8 };

struct worker {
    pthread_t thread;
    uint32_t number, listeners_n, connections;
    struct loop *loop;
    struct client *client;
    struct server *servers[LISTENERS + 1]; /* the local one is last */
    struct server_handler handler;         /* lent to the servers */
    struct flow flow;
    struct admin admin;
    struct timer drain;
    struct ticker ticker; /* of the first one */
    int64_t
        cut_ms; /* when a killed worker waits no longer for its clients to read; 0: it waits */
    atomic_bool is_done, is_retired;
    atomic_uint in_flight;
};

enum order_kind { ORDER_SETUP, ORDER_TLS, ORDER_PANEL, ORDER_DRAIN, ORDER_RETIRE, ORDER_KILL };

struct order {
    struct task task;
    struct worker *worker;
    enum order_kind kind;
    struct setup *setup;
    struct server_tls *tls;
    struct panel *panel;
    uint32_t listener;
};

static void worker_head(void *ctx, struct request *r)
{
    struct worker *w = ctx;

    if (!admin_head(&w->admin, r))
        flow_head(&w->flow, r);
    atomic_store_explicit(&w->in_flight, w->flow.exchanges_n, memory_order_relaxed);
}

static void worker_ready(void *ctx, struct request *r)
{
    struct worker *w = ctx;

    if (admin_owns(&w->admin, r))
        admin_ready(&w->admin, r);
    else
        flow_ready(&w->flow, r);
}

static void worker_refuse(void *ctx, struct request *r, int status, uint32_t trouble,
                          const char *why)
{
    struct worker *w = ctx;

    if (!admin_refuse(&w->admin, r, status, why))
        flow_refuse(&w->flow, r, status, trouble, why);
}

static void worker_writable(void *ctx, struct request *r)
{
    struct worker *w = ctx;

    if (!admin_owns(&w->admin, r))
        flow_writable(&w->flow, r);
}

static void worker_gone(void *ctx, struct request *r)
{
    struct worker *w = ctx;

    if (admin_owns(&w->admin, r))
        admin_gone(&w->admin, r);
    else
        flow_gone(&w->flow, r);
}

static void worker_done(void *ctx, struct request *r, enum request_end how)
{
    struct worker *w = ctx;

    if (admin_owns(&w->admin, r))
        admin_done(&w->admin, r);
    else
        flow_done(&w->flow, r, how);
    atomic_store_explicit(&w->in_flight, w->flow.exchanges_n, memory_order_relaxed);
}

static void worker_limits(const struct conf *c, uint32_t connections, struct server_limits *l)
{
    *l = (struct server_limits){
        .connections = connections,
        .head_bytes = c->head_bytes,
        .body_bytes = c->body_bytes,
        .head_ms = c->head_ms,
        .body_ms = c->body_ms,
        .keepalive_ms = c->keepalive_ms,
        .write_ms = c->write_ms,
        .stream_high = c->stream_high,
        .stream_low = c->stream_low,
        .half_close_is_gone = c->half_close_is_gone,
    };
}

/* Where what becomes of its requests is told. */
static void worker_count(struct worker *w, const struct office *o)
{
    if (!o)
        return;
    w->flow.diary = o->diary;
    w->flow.passes = o->passes;
    w->flow.captures = o->captures ? captures_hall(o->captures) : NULL;
    if (o->numbers)
        w->flow.inflight = numbers_inflight(o->numbers);
}

/* It counts for itself: a full house keeps nobody from looking why. */
static int worker_open_local(struct worker *w, const struct worker_config *wc,
                             const struct server_config *like, struct err *err)
{
    struct server_config sc = { .listen_fd = wc->local_fd,
                                .limits = like->limits,
                                .is_local = true,
                                .local_gid = wc->local_gid };

    if (w->number || wc->local_fd < 0)
        return 0;
    int rc = server_open(&w->servers[w->listeners_n], w->loop, &sc, &w->handler, err);
    if (!rc)
        w->listeners_n++;
    return rc;
}

static int worker_open(struct worker *w, const struct worker_config *wc, struct err *err)
{
    const struct conf *c = wc->setup->conf;
    struct client_config cc = { .idle_connections = c->idle_connections,
                                .buffer_bytes = UPSTREAM_BUFFER,
                                .trust = wc->trust };
    struct server_config sc = { 0 };
    int rc = loop_open(&w->loop);

    if (rc)
        return err_set(err, rc, "worker", "cannot open an event loop");
    rc = client_open(&w->client, w->loop, &cc, err);
    if (rc)
        return rc;
    flow_init(&w->flow, w->loop, w->client, wc->setup);
    w->flow.kept = wc->kept;
    w->flow.recalled = wc->recalled;
    w->flow.ratios = wc->ratios;
    worker_count(w, wc->office);
    if (!w->number)
        ticker_start(&w->ticker, &w->flow, wc->office);
    line_open(&w->flow, wc->hall);
    w->admin =
        (struct admin){ .flow = &w->flow, .started_ms = wc->started_ms, .office = wc->office };
    admin_set_panel(&w->admin, wc->panel);
    w->handler = (struct server_handler){
        w, worker_head, worker_ready, worker_refuse, worker_writable, worker_gone, worker_done
    };
    worker_limits(c, wc->connections, &sc.limits);
    sc.gauge = wc->gauge;
    for (uint32_t i = 0; i < wc->listeners_n && i < LISTENERS; i++) {
        sc.listen_fd = wc->listen_fds[i];
        sc.tls = wc->tls[i];
        rc = server_open(&w->servers[i], w->loop, &sc, &w->handler, err);
        if (rc)
            return rc;
        w->listeners_n++;
    }
    return worker_open_local(w, wc, &sc, err);
}

static void worker_close(struct worker *w)
{
    for (uint32_t i = 0; i < w->listeners_n; i++)
        server_close(w->servers[i]);
    ticker_stop(&w->ticker);
    admin_fini(&w->admin);
    if (w->flow.setup)
        flow_fini(&w->flow);
    if (w->client)
        client_close(w->client);
    w->listeners_n = 0;
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    char name[16];

    snprintf(name, sizeof(name), "worker-%u", w->number % 1000);
    pthread_setname_np(pthread_self(), name);
    guard_thread();
    if (loop_run(w->loop))
        log_msg(CP_LOG_ERROR, "worker %u: the event loop failed", w->number);
    worker_close(w);
    atomic_store(&w->is_done, true);
    return NULL;
}

int worker_start(struct worker **out, const struct worker_config *wc, struct err *err)
{
    struct worker *w = calloc(1, sizeof(*w));

    if (!w)
        abort();
    w->number = wc->number;
    w->connections = wc->connections;
    int rc = worker_open(w, wc, err);
    if (!rc && pthread_create(&w->thread, NULL, worker_main, w))
        rc = err_set(err, E_IO, "worker", "cannot start a thread");
    if (rc) {
        worker_close(w);
        if (w->loop)
            loop_close(w->loop);
        free(w);
        return rc;
    }
    *out = w;
    return 0;
}

/* Looks now and then, because an end can come from anywhere; it is never hot. */
static void worker_look(struct timer *t)
{
    struct worker *w = LIST_ENTRY(t, struct worker, drain);
    uint32_t left = 0;

    for (uint32_t i = 0; i < w->listeners_n; i++)
        left += w->flow.is_draining ? server_requests(w->servers[i])
                                    : server_connections(w->servers[i]);
    if (left && !(w->cut_ms && loop_now_ms(w->loop) >= w->cut_ms))
        loop_timer(w->loop, &w->drain, DRAIN_LOOK_MS);
    else
        loop_stop(w->loop);
}

static void order_setup(struct worker *w, struct setup *s)
{
    struct server_limits limits;

    worker_limits(s->conf, w->connections, &limits);
    for (uint32_t i = 0; i < w->listeners_n; i++)
        server_set_limits(w->servers[i], &limits);
    flow_set_setup(&w->flow, s);
}

static void order_drain(struct worker *w)
{
    if (w->flow.is_draining)
        return;
    flow_drain(&w->flow);
    for (uint32_t i = 0; i < w->listeners_n; i++)
        server_drain(w->servers[i]);
    w->drain.fire = worker_look;
    loop_timer(w->loop, &w->drain, 1);
}

static void order_retire(struct worker *w)
{
    if (w->flow.is_draining || w->flow.is_retired)
        return;
    flow_retire(&w->flow);
    for (uint32_t i = 0; i < w->listeners_n; i++)
        server_retire(w->servers[i]);
    atomic_store(&w->is_retired, true);
    w->drain.fire = worker_look;
    loop_timer(w->loop, &w->drain, 1);
}

/* It came too late: there is nothing left to change. */
static void order_drop(struct order *o)
{
    setup_unref(o->setup);
    server_tls_unref(o->tls);
    panel_unref(o->panel);
    free(o);
}

static void order_run(struct task *t)
{
    struct order *o = LIST_ENTRY(t, struct order, task);
    struct worker *w = o->worker;

    if (atomic_load(&w->is_done)) {
        order_drop(o);
        return;
    }
    switch (o->kind) {
    case ORDER_SETUP:
        order_setup(w, o->setup);
        break;
    case ORDER_TLS:
        if (o->listener < w->listeners_n)
            server_set_tls(w->servers[o->listener], o->tls);
        server_tls_unref(o->tls);
        break;
    case ORDER_PANEL:
        admin_set_panel(&w->admin, o->panel);
        panel_unref(o->panel);
        break;
    case ORDER_KILL:
        order_drain(w);
        flow_kill(&w->flow);
        w->cut_ms = loop_now_ms(w->loop) + LAST_WORDS_MS;
        break;
    case ORDER_DRAIN:
        order_drain(w);
        break;
    case ORDER_RETIRE:
        order_retire(w);
        break;
    }
    free(o);
}

static void worker_order(struct worker *w, const struct order *order)
{
    struct order *o = malloc(sizeof(*o));

    if (!o)
        abort();
    *o = *order;
    o->worker = w;
    list_init(&o->task.link);
    o->task.run = order_run;
    loop_post(w->loop, &o->task);
}

void worker_set_setup(struct worker *w, struct setup *s)
{
    worker_order(w, &(struct order){ .kind = ORDER_SETUP, .setup = setup_ref(s) });
}

void worker_set_tls(struct worker *w, uint32_t listener, struct server_tls *tls)
{
    worker_order(w, &(struct order){
                        .kind = ORDER_TLS, .tls = server_tls_ref(tls), .listener = listener });
}

void worker_set_panel(struct worker *w, struct panel *panel)
{
    worker_order(w, &(struct order){ .kind = ORDER_PANEL, .panel = panel_ref(panel) });
}

void worker_drain(struct worker *w)
{
    worker_order(w, &(struct order){ .kind = ORDER_DRAIN });
}

void worker_retire(struct worker *w)
{
    worker_order(w, &(struct order){ .kind = ORDER_RETIRE });
}

void worker_kill(struct worker *w)
{
    worker_order(w, &(struct order){ .kind = ORDER_KILL });
}

bool worker_is_done(const struct worker *w)
{
    return atomic_load(&w->is_done);
}

struct pulse_one worker_pulse(const struct worker *w)
{
    return (struct pulse_one){ w->loop, w->thread };
}

bool worker_is_retired(const struct worker *w)
{
    return atomic_load(&w->is_retired);
}

uint32_t worker_in_flight(const struct worker *w)
{
    return atomic_load_explicit(&w->in_flight, memory_order_relaxed);
}

void worker_join(struct worker *w)
{
    pthread_join(w->thread, NULL);
    loop_finish(
        w->loop); /* jobs of the pool whose clients had left, orders that came too late */
}

void worker_free(struct worker *w)
{
    loop_finish(w->loop); /* what the finishing of others has brought */
    loop_close(w->loop);
    free(w);
}
