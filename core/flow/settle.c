/* SPDX-License-Identifier: MIT */
/*
 * settle - an attempt gives back what it took: its slot, its pass through the breakers, and what was learned.
 *
 * A client that leaves after it has seen content leaves a path that works, and a conversation that will come back
 * there; one that leaves before that has taught nothing.
 */
#include "flow/settle.h"

#include "balance/charge.h"
#include "balance/trace.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/line.h"
#include "flow/record.h"
#include "flow/sealed.h"
#include "flow/session.h"
#include "flow/setup.h"
#include "loop/loop.h"
#include "plugin/verdict.h"
#include "state/cooldown.h"

/* -1: nobody told any. */
static int64_t settle_tokens(const struct exchange *x)
{
    int64_t sum = 0;
    bool is_told = false;

    for (size_t i = CP_INPUT; i <= CP_REASONING_TOKENS; i++) {
        is_told |= x->tokens[i] >= 0;
        sum += x->tokens[i] > 0 ? x->tokens[i] : 0;
    }
    return is_told ? sum : -1;
}

/* Only of streams: until a whole answer is there, all of it must have been written. */
static int64_t settle_first_us(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    return a->is_stream && a->content_us ? a->content_us - a->start_us : -1;
}

static void settle_note(struct exchange *x, const struct outcome *o)
{
    const struct attempt *a = &x->attempt;
    struct trace_step s = { .kind = TRACE_ATTEMPT,
                            .why =
                                (uint16_t)(o->result == CHARGE_FAILED ? o->verdict.fault : 0),
                            .channel = a->pick.channel,
                            .key = a->pick.key,
                            .url = a->pick.url,
                            .at_us = clock_us(),
                            /* whatever its head said, it taught nothing */
                            .value = o->result == CHARGE_NEUTRAL ? 0 : o->status,
                            .first_content_us = o->first_content_us };
    trace_add(x->trace, &s);
}

static void settle_book(struct exchange *x, struct outcome *o)
{
    struct pick *p = &x->attempt.pick;
    bool had_slot = p->has_slot;

    record_try(x, o->result == CHARGE_OK, o->is_cut);
    if (!p->is_open)
        return;
    o->status = x->attempt.status;
    o->is_unsent = !x->attempt.sent_us;
    o->model = x->model;
    o->first_content_us = settle_first_us(x);
    o->tokens = settle_tokens(x);
    o->session = x->has_session ? &x->session : NULL;
    o->client_key = x->client_key_id;
    settle_note(x, o);
    charge_settle(&x->setup->roster, p, o, loop_now_ms(x->flow->loop), clock_wall_ms());
    if (had_slot)
        line_wake(x->flow);
}

void settle_nothing(struct exchange *x)
{
    struct outcome o = { .result = CHARGE_NEUTRAL };
    settle_book(x, &o);
}

void settle_failed(struct exchange *x)
{
    struct outcome o = { .result = CHARGE_FAILED };

    o.verdict = x->verdict;
    o.wait_source = x->wait_source;
    if (x->attempt.unsaid)
        o.result = CHARGE_NEUTRAL; /* our side could not say it */
    settle_book(x, &o);
}

void settle_shown(struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    if (x->is_committed && a->content_us && !a->has_trouble)
        charge_content(&x->setup->roster, &x->attempt.pick, loop_now_ms(x->flow->loop));
}

/* It broke off, or ended in an error event: what is said inside the stream says whose fault it was. */
static void settle_cut(struct exchange *x, struct outcome *o)
{
    const struct attempt *a = &x->attempt;
    struct cp_failure f = { .net = CP_NET_CUT };

    if (a->has_trouble)
        f = (struct cp_failure){ .status = a->trouble.num ? (int32_t)a->trouble.num
                                                          : verdict_status(a->trouble.sub) };
    verdict_default(&f, NULL, NULL, 0, &o->verdict);
    o->result = CHARGE_FAILED;
    o->wait_source = COOLDOWN_PRESET;
    o->is_cut = true;
}

void settle_served(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    bool is_broken = x->end.who == 'U' || (x->end.who == '-' && x->has_error_out);
    struct outcome o = { .result = CHARGE_NEUTRAL };

    if (!a->pick.is_open)
        return;
    if (!a->is_judged && a->has_head && a->status >= 200 && a->status < 300) {
        if (is_broken)
            settle_cut(x, &o);
        else if (a->content_us || (x->is_answered && a->has_end))
            o.result = CHARGE_OK;
    }
    if (o.result == CHARGE_OK) {
        session_served(x);
        sealed_served(x);
    }
    settle_book(x, &o);
}
