/* SPDX-License-Identifier: MIT */
/*
 * flow - a worker's side of the flow: what all its exchanges share, and the door the server knocks at.
 */
#include "flow/flow.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/answer.h"
#include "flow/exchange.h"
#include "flow/hedge.h"
#include "flow/pipeline.h"
#include "flow/relay.h"
#include "flow/settle.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "loop/client.h"
#include "loop/loop.h"

void flow_init(struct flow *f, struct loop *loop, struct client *client, struct setup *setup)
{
    *f = (struct flow){ .loop = loop, .client = client, .setup = setup_ref(setup) };
    list_init(&f->exchanges);
    hash_random(&f->random, sizeof(f->random));
    f->random |= 1; /* of zero nothing comes */
    line_open(f, NULL);
}

void flow_fini(struct flow *f)
{
    line_close(f);
    setup_unref(f->setup);
    f->setup = NULL;
}

void flow_drain(struct flow *f)
{
    f->is_draining = true;
    line_close(f);
}

void flow_retire(struct flow *f)
{
    f->is_retired = true;
}

/* xorshift64*: G. Marsaglia 2003, S. Vigna 2014. */
uint64_t flow_random(struct flow *f)
{
    f->random ^= f->random >> 12;
    f->random ^= f->random << 25;
    f->random ^= f->random >> 27;
    return f->random * UINT64_C(0x2545F4914F6CDD1D);
}

void flow_set_setup(struct flow *f, struct setup *s)
{
    setup_unref(f->setup);
    f->setup = s;
    line_renew(f);
}

void flow_head(void *ctx, struct request *r)
{
    struct exchange *x = exchange_new(ctx, r);

    request_set_user(r, x);
    pipeline_run(x);
}

void flow_ready(void *ctx, struct request *r)
{
    struct exchange *x = request_user(r);

    (void)ctx;
    x->is_ready = true;
    pipeline_run(x);
}

/* The server refuses before or while it reads: the exchange may not exist yet. */
void flow_refuse(void *ctx, struct request *r, int status, uint32_t trouble, const char *why)
{
    struct exchange *x = request_user(r);
    struct endpoint_match m;
    struct cp_item error = { CP_ITEM(ERROR), .sub = trouble, .num = status,
                             .text = str_of(why) };

    if (!x) {
        x = exchange_new(ctx, r);
        request_set_user(r, x);
    }
    if (!x->client) {
        m = registry_match(x->setup->registry, request_method(r), request_path(r),
                           request_query(r), NULL, NULL);
        x->client = m.adapter;
        x->client_instance = m.adapter ? x->setup->clients[m.adapter->ordinal] : NULL;
    }
    x->end = (struct end_code){ trouble == CP_TIMEOUT ? 'P' : 'C', 'R' };
    if (trouble == CP_OVERLOADED)
        x->retry_after_ms = 1000;
    answer_trouble(x, &error, REPLY_CLOSE | ANSWER_EXACT);
}

void flow_writable(void *ctx, struct request *r)
{
    struct exchange *x = request_user(r);

    (void)ctx;
    if (!x || !x->is_paused)
        return;
    x->is_paused = false;
    if (x->attempt.transfer && !x->attempt.has_end)
        transfer_resume(x->attempt.transfer);
}

void flow_gone(void *ctx, struct request *r)
{
    struct exchange *x = request_user(r);

    (void)ctx;
    if (!x)
        return;
    x->is_gone = true;
    hedge_end(x);
    if (!x->is_answered)
        x->end = (struct end_code){ 'C', x->attempt.has_head  ? 'D'
                                         : x->attempt.channel ? 'H'
                                         : x->sched_us        ? 'Q'
                                                              : 'R' };
    if (x->attempt.transfer && !x->attempt.has_end)
        transfer_cancel(x->attempt.transfer);
    x->attempt.transfer = NULL;
    x->step = UINT32_MAX;
    line_leave(x);
    loop_timer_stop(x->flow->loop, &x->timer);
    settle_served(x);
}

void flow_done(void *ctx, struct request *r, enum request_end how)
{
    struct exchange *x = request_user(r);

    (void)ctx;
    if (!x)
        return;
    if (how == REQUEST_GONE && x->end.who == '-')
        x->end = (struct end_code){ 'C', x->is_answered ? 'L' : 'D' };
    if (how == REQUEST_ABORTED && x->end.who == '-')
        x->end = (struct end_code){ 'P', 'D' };
    if (x->has_error_out && x->end.who == '-')
        x->end = (struct end_code){ 'U', 'D' };
    step_account(x);
    request_set_user(r, NULL);
    exchange_free(x);
}

static void flow_kill_one(struct exchange *x)
{
    if (x->is_answered || x->is_gone || !x->request)
        return;
    hedge_end(x);
    x->end = (struct end_code){ 'K', x->is_committed ? 'D' : 'H' };
    if (x->attempt.transfer && !x->attempt.has_end)
        transfer_cancel(x->attempt.transfer);
    x->attempt.transfer = NULL;
    x->step = UINT32_MAX;
    settle_served(x);
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_OVERLOADED, .num = 503,
                             .text = STR("the gateway is shutting down") };
    if (!x->is_ready) {
        x->end.when = 'R';
        request_abort(x->request, false); /* who is still sending takes no answer */
        return;
    }
    if (!x->is_committed) {
        answer_trouble(x, &error, REPLY_CLOSE);
        return;
    }
    relay_forget(x);
    if (answer_error_event(x, &error))
        relay_finish(x);
    else
        request_abort(x->request, false);
    x->is_answered = true;
}

void flow_kill(struct flow *f)
{
    struct link *next;

    line_close(f);
    for (struct link *l = f->exchanges.next; l != &f->exchanges; l = next) {
        next = l->next;
        flow_kill_one(LIST_ENTRY(l, struct exchange, link));
    }
}
