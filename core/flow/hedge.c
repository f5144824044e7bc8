/* SPDX-License-Identifier: MIT */
/*
 * hedge - a second attempt beside a slow first one; whoever has content first takes the request.
 *
 *   ALONE   the clock runs, or has run and there was nobody to ask, or no share left
 *   BOTH    two exchanges are under way; the one in flow->exchanges has the request
 *   LAST    one has left: the other claimed the request, or it failed and what it learned went to the other
 *   PAST    so did the other: the request goes on as any other does, and is not asked twice again
 *
 * Who leaves stays in memory until the request ends, because his functions may still be on the stack; but all that costs
 * something (connection, slot, buffers) is given back at once.
 *
 * Another channel is asked rather than another key of the same one: that an answer does not begin is seldom the key's
 * doing.  It costs the other channel's prompt cache, and then the conversation stays where it was served.
 *
 * The share is an account in percent: each request that may be asked twice pays in, each second attempt takes 100.  It may
 * save up for a few, so that one bad moment in a quiet hour finds something there.
 *
 * Of a first attempt that lost it is known that it would have taken longer than it was given.  That time is a sample, too:
 * without it the slowest tenth would never be counted, and what is called p90 would sink from day to day.
 */
#include "flow/hedge.h"

#include "balance/trace.h"
#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "flow/desk.h"
#include "flow/flow.h"
#include "flow/line.h"
#include "flow/pipeline.h"
#include "flow/relay.h"
#include "flow/schedule.h"
#include "flow/setup.h"
#include "loop/loop.h"
#include "state/vitals.h"

enum { P90_SAMPLES = 20, P90_LEAST_MS = 100 };
enum { ONE = 100, SAVED_MOST = 10 * ONE }; /* of flow->hedge_owed */

enum hedge_state { HEDGE_ALONE, HEDGE_BOTH, HEDGE_LAST, HEDGE_PAST };

struct hedge {
    enum hedge_state state;
    struct exchange *first, *second;
    const struct exchange *served; /* NULL: none of the two, so far */
    struct timer timer;
    int64_t after_ms;
    uint32_t attempts; /* of the first, when the second began */
};

static struct exchange *hedge_other(const struct exchange *x)
{
    return x == x->hedge->first ? x->hedge->second : x->hedge->first;
}

/* ---- one leaves ---- */

static int64_t hedge_sooner(int64_t a, int64_t b, int64_t none)
{
    return a == none || (b != none && b < a) ? b : a;
}

/* What this one has met with, the other need not find out again. */
static void hedge_bequeath(struct exchange *to, const struct exchange *from)
{
    size_t most = sizeof(to->learned) / sizeof(*to->learned);

    to->attempts += from->attempts - from->hedge->attempts;
    to->degraded += from->degraded;
    to->waits += from->waits;
    to->later_ms = hedge_sooner(to->later_ms, from->later_ms, 0);
    to->least_wait_ms = hedge_sooner(to->least_wait_ms, from->least_wait_ms, -1);
    best_join(&to->best, &from->best);
    for (uint32_t i = 0; i < from->tried_n; i++)
        exchange_mark_tried(to, from->tried[i], from->tried_later[i]);
    for (uint32_t i = 0; i < from->learned_n && to->learned_n < most; i++)
        to->learned[to->learned_n++] = from->learned[i];
}

static void hedge_leave(struct exchange *x, struct exchange *stays)
{
    x->hedge->state = HEDGE_LAST;
    hedge_bequeath(stays, x);
    exchange_hand_over(x, stays);
    line_leave(x);
    attempt_close(x, E_GONE);
    loop_timer_stop(x->flow->loop, &x->timer);
    buf_fini(&x->held);
    x->is_answered = true;
    x->request = NULL;
    x->step = UINT32_MAX;
}

/* How long at least its first content would have taken. */
static void hedge_measure(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    if (a->sent_us && a->is_stream)
        meter_add(&a->channel->at->vitals->meter, clock_us() - a->start_us,
                  loop_now_ms(x->flow->loop));
}

void hedge_claim(struct exchange *x)
{
    struct hedge *h = x->hedge;

    if (!h)
        return;
    if (h->state == HEDGE_BOTH && x == h->second)
        hedge_measure(h->first);
    hedge_end(x);
    if (h->state == HEDGE_LAST)
        h->served = x;
}

bool hedge_yields(struct exchange *x)
{
    struct hedge *h = x->hedge;

    if (!h)
        return false;
    loop_timer_stop(x->flow->loop, &h->timer);
    if (h->state == HEDGE_LAST)
        h->state = HEDGE_PAST;
    if (h->state != HEDGE_BOTH)
        return false;
    hedge_leave(x, hedge_other(x));
    return true;
}

void hedge_end(struct exchange *x)
{
    struct hedge *h = x->hedge;

    if (!h)
        return;
    loop_timer_stop(x->flow->loop, &h->timer);
    if (h->state == HEDGE_BOTH)
        hedge_leave(hedge_other(x), x);
}

void hedge_free(struct exchange *x)
{
    if (!x->hedge)
        return;
    hedge_end(x);
    struct exchange *other = hedge_other(x);
    x->hedge = NULL;
    if (!other)
        return;
    other->hedge = NULL;
    exchange_free(other);
}

const char *hedge_served(const struct exchange *x)
{
    const struct hedge *h = x->hedge;

    if (!h || !h->second)
        return NULL;
    if (!h->served)
        return "neither";
    return h->served == h->first ? "first" : "second";
}

/* ---- a second one begins ---- */

/* Another channel, or else another key of this one, that is well. */
static bool hedge_pick(struct exchange *x, struct pick *p)
{
    struct pick_ask ask = schedule_ask(x);
    struct tried *tried = arena_need(x->arena, (x->tried_n + 1) * sizeof(*tried));
    int64_t wait_ms;

    for (uint32_t i = 0; i < x->tried_n; i++)
        tried[i] = x->tried[i];
    tried[x->tried_n] =
        (struct tried){ (int32_t)x->attempt.pick.channel, TRIED_ANY, TRIED_ANY };
    ask.tried = tried;
    ask.tried_n = x->tried_n + 1;
    ask.is_hedge = true;
    ask.trace = NULL; /* who is left out has been told when the first was chosen */
    if (pick_choose(&x->setup->roster, &ask, p, &wait_ms) == PICK_FOUND)
        return true;
    tried[x->tried_n].key = (int32_t)x->attempt.key;
    return pick_choose(&x->setup->roster, &ask, p, &wait_ms) == PICK_FOUND;
}

static void hedge_note(const struct exchange *x, const struct pick *p)
{
    struct trace_step s = { .kind = TRACE_HEDGE,
                            .channel = TRACE_ANY,
                            .key = TRACE_ANY,
                            .url = TRACE_ANY,
                            .at_us = clock_us(),
                            .value = x->hedge->after_ms };

    trace_add(x->trace, &s);
    s = (struct trace_step){ .kind = TRACE_CHOSEN,
                             .why = (uint16_t)p->why,
                             .channel = p->channel,
                             .key = p->key,
                             .url = p->url,
                             .at_us = s.at_us };
    trace_add(x->trace, &s);
}

static void hedge_start(struct exchange *x, struct pick *p)
{
    struct hedge *h = x->hedge;
    struct exchange *t = exchange_twin(x);

    h->state = HEDGE_BOTH;
    h->second = t;
    h->attempts = t->attempts = x->attempts;
    hedge_note(x, p);
    t->hedge = h;
    t->upstream_us = exchange_upstream_us(x);
    desk_client(t);
    t->call.call.model = x->call.call.model;
    p->is_detour = false; /* who serves has the prompt cached: it is the conversation's home */
    t->attempt.pick = *p;
    t->is_again = true;
    pipeline_enter(t);
}

/* It is still silent, and has not failed already. */
static bool hedge_is_due(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    return x->hedge->state == HEDGE_ALONE && a->transfer && !a->has_end && !x->is_committed &&
           !x->is_answered && !x->is_gone && a->relay != &relay_error &&
           x->attempts < x->setup->conf->attempts && !x->flow->is_draining &&
           x->flow->hedge_owed <= 0;
}

static void hedge_fire(struct timer *timer)
{
    struct hedge *h = LIST_ENTRY(timer, struct hedge, timer);
    struct exchange *x = h->first;
    struct pick p;

    if (!hedge_is_due(x) || !hedge_pick(x, &p))
        return;
    x->flow->hedge_owed += ONE;
    hedge_start(x, &p);
}

/* ---- the clock ---- */

/* Who probes is not overtaken: were he always, nobody would ever learn whether that path is well again. */
static bool hedge_may(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    return x->op == CP_CHAT && x->is_stream && a->is_stream && !x->chain.is_tied &&
           !a->is_summary && a->pick.why != TRACE_PROBE;
}

/* -1: too little is known of the channel. */
static int64_t hedge_after_ms(const struct exchange *x)
{
    const struct conf_scheduler *s = &x->setup->conf->scheduler;
    const struct vitals *v = x->attempt.channel->at->vitals;

    if (s->hedge == CONF_HEDGE_AFTER)
        return s->hedge_ms;
    int64_t p90_us = meter_percentile(&v->meter, 90, P90_SAMPLES);
    if (p90_us < 0)
        return -1;
    return p90_us / 1000 < P90_LEAST_MS ? P90_LEAST_MS : p90_us / 1000;
}

/* The first time: it pays in. */
static void hedge_open(struct exchange *x)
{
    int64_t *owed = &x->flow->hedge_owed;

    x->hedge = arena_need(x->arena, sizeof(*x->hedge));
    x->hedge->first = x;
    x->hedge->timer.fire = hedge_fire;
    *owed -= x->setup->conf->scheduler.hedge_percent;
    if (*owed < -SAVED_MOST)
        *owed = -SAVED_MOST;
}

void hedge_begin(struct exchange *x)
{
    if (x->setup->conf->scheduler.hedge == CONF_HEDGE_OFF || !hedge_may(x))
        return;
    if (!x->hedge)
        hedge_open(x);
    if (x->hedge->state != HEDGE_ALONE)
        return;
    x->hedge->after_ms = hedge_after_ms(x);
    if (x->hedge->after_ms >= 0)
        loop_timer(x->flow->loop, &x->hedge->timer, x->hedge->after_ms);
}
