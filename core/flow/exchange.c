/* SPDX-License-Identifier: MIT */
/*
 * exchange - the request on its way; one birth, one death.
 */
#include "flow/exchange.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/hide.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/chain.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/line.h"
#include "flow/settle.h"
#include "flow/setup.h"
#include "flow/snap.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "plugin/guard.h"
#include "plugin/loader.h"

#include <stdarg.h>
#include <stdio.h>

/* A client may name its request; the name must be printable and short. */
static struct cp_str exchange_id(struct exchange *x)
{
    struct cp_str given = request_header(x->request, "x-request-id");
    char made[27];

    if (given.p && given.n <= 64 && str_is_token(given))
        return given;
    hash_ulid(clock_wall_ms(), made);
    return arena_copy(x->arena, str_of(made));
}

static struct exchange *exchange_make(struct flow *flow, struct setup *setup, struct request *r)
{
    struct arena *arena = request_arena(r);
    struct exchange *x = arena_need(arena, sizeof(*x));

    x->flow = flow;
    x->setup = setup_ref(setup);
    registry_enter(setup->registry);
    x->request = r;
    x->arena = arena;
    x->start_us = request_start_us(r);
    x->retry_after_ms = x->least_wait_ms = x->fit_ms = -1;
    list_init(&x->link);
    list_init(&x->line);
    x->end = (struct end_code){ '-', '-' };
    for (size_t i = 0; i < sizeof(x->tokens) / sizeof(*x->tokens); i++)
        x->tokens[i] = -1;
    ledger_init(&x->ledger);
    buf_init(&x->held, x->setup->conf->reply_bytes * 2); /* translated, it may be longer */
    out_init(&x->out, &x->held);
    return x;
}

struct exchange *exchange_new(struct flow *flow, struct request *r)
{
    struct exchange *x = exchange_make(flow, flow->setup, r);

    x->id = exchange_id(x);
    list_push(&flow->exchanges, &x->link);
    flow->exchanges_n++;
    return x;
}

struct exchange *exchange_twin(const struct exchange *x)
{
    struct exchange *t = exchange_make(x->flow, x->setup, x->request);

    t->id = x->id;
    t->is_ready = x->is_ready;
    t->client = x->client;
    t->client_instance = x->client_instance;
    t->endpoint = x->endpoint;
    t->op = x->op;
    t->is_body = x->is_body;
    t->is_stream = x->is_stream;
    t->model = x->model;
    t->model_slice = x->model_slice;
    t->client_key_id = x->client_key_id;
    t->owner = x->owner;
    t->allowed = x->allowed;
    t->credential_query = x->credential_query;
    t->chain.is_unkept = x->chain.is_unkept;
    t->trace = x->trace;
    t->tries = x->tries;
    t->snap = snap_twin(t, x->snap);
    t->session = x->session;
    t->is_session_looked = x->is_session_looked;
    t->has_session = x->has_session;
    t->seal = x->seal;
    t->is_seal_looked = x->is_seal_looked;
    t->ready_us = x->ready_us;
    t->sched_us = x->sched_us;
    return t;
}

void exchange_hand_over(struct exchange *from, struct exchange *to)
{
    if (list_empty(&from->link))
        return;
    list_push(&from->link, &to->link);
    list_remove(&from->link);
    request_set_user(from->request, to);
}

void exchange_free(struct exchange *x)
{
    hedge_free(x);
    line_leave(x);
    attempt_close(x, E_GONE);
    loop_timer_stop(x->flow->loop, &x->timer);
    if (x->is_call_open)
        host_call_fini(&x->call);
    x->is_call_open = false;
    buf_fini(&x->held);
    if (x->inflight)
        atomic_fetch_sub_explicit(x->inflight, 1, memory_order_relaxed);
    if (!list_empty(&x->link))
        x->flow->exchanges_n--;
    list_remove(&x->link);
    registry_leave(x->setup->registry);
    setup_unref(x->setup);
}

int64_t exchange_upstream_us(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    if (!a->sent_us)
        return x->upstream_us;
    return x->upstream_us + (a->has_end ? a->end.total_us : clock_us() - a->sent_us);
}

void attempt_close(struct exchange *x, int rc)
{
    struct attempt *a = &x->attempt;

    settle_nothing(x);
    x->upstream_us = exchange_upstream_us(x);
    a->sent_us = 0;
    if (a->transfer && !a->has_end) /* after its end it frees itself */
        transfer_cancel(a->transfer);
    a->transfer = NULL;
    if (a->is_rx_open)
        (void)guard_rx_close(a->channel->adapter, a->rx, &a->call, rc,
                             &a->tape); /* what it says now is too late */
    if (a->is_tx_open)
        (void)guard_tx_close(x->client, a->tx, &x->call, rc, &x->out);
    a->is_rx_open = a->is_tx_open = false;
    chain_close(x);
    if (a->is_frames_open)
        frames_fini(&a->frames);
    a->is_frames_open = false;
    buf_fini(&a->body);
    buf_fini(&a->mended);
    if (a->is_call_open)
        host_call_fini(&a->call);
    a->is_call_open = false;
}

void attempt_fail(struct exchange *x, int net, const char *fmt, ...)
{
    struct attempt *a = &x->attempt;
    va_list ap;

    a->net = net;
    va_start(ap, fmt);
    vsnprintf(a->why, sizeof(a->why), fmt, ap);
    va_end(ap);
}

void exchange_mark_tried(struct exchange *x, struct tried t, bool is_later)
{
    if (x->tried_n == x->tried_cap) {
        uint32_t cap = x->tried_cap ? x->tried_cap * 2 : 8;
        struct tried *tried = arena_need(x->arena, cap * sizeof(*tried));
        bool *later = arena_need(x->arena, cap * sizeof(*later));
        for (uint32_t i = 0; i < x->tried_n; i++) {
            tried[i] = x->tried[i];
            later[i] = x->tried_later[i];
        }
        x->tried = tried;
        x->tried_later = later;
        x->tried_cap = cap;
    }
    x->tried[x->tried_n] = t;
    x->tried_later[x->tried_n++] = is_later;
}

void exchange_pardon(struct exchange *x)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < x->tried_n; i++)
        if (!x->tried_later[i]) {
            x->tried[kept] = x->tried[i];
            x->tried_later[kept++] = false;
        }
    x->tried_n = kept;
    x->later_ms = 0;
}

/* Upstreams repeat in errors what they were sent, keys too. */
struct cp_str exchange_scrub(struct exchange *x, struct cp_str text)
{
    size_t from = 0, at = 0, secret = hide_find(text, &at);
    struct buf clean;

    if (!secret)
        return text;
    buf_init(&clean, text.n * 2 + 64);
    while (secret) {
        buf_add_str(&clean, str_cut(str_from(text, from), at - from));
        buf_add_str(&clean, STR("***"));
        from = at += secret;
        secret = hide_find(text, &at);
    }
    buf_add_str(&clean, str_from(text, from));
    text = arena_copy(x->arena, buf_str(&clean));
    buf_fini(&clean);
    return text;
}

struct cp_str exchange_wait(const struct exchange *x)
{
    return arena_printf(x->arena, "%lld", (long long)((x->retry_after_ms + 999) / 1000));
}

struct cp_str exchange_refill(const struct exchange *x)
{
    return arena_printf(x->arena, "%lld", (long long)x->refill_wall_s);
}

struct cp_str exchange_header(void *exchange, int phase, const char *name)
{
    struct exchange *x = exchange;

    if (phase == CP_REQUEST)
        return x->request ? request_header(x->request, name) : STR_NONE;
    if (x->retry_after_ms >= 0 && str_is_nocase(str_of(name), "retry-after"))
        return exchange_wait(x); /* however the upstream said it */
    if (x->refill_wall_s && str_is_nocase(str_of(name), "x-budget-reset"))
        return exchange_refill(x);
    return x->attempt.transfer && x->attempt.has_head
               ? transfer_header(x->attempt.transfer, name)
               : STR_NONE;
}
