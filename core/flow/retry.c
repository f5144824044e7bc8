/* SPDX-License-Identifier: MIT */
/*
 * retry - step 8: whose fault was it, what cures it: another path, or the client must know.
 *
 *   verdict  = what HTTP says (plugin/verdict.c), corrected by the adapter's classify()
 *   fault    says who is charged, and what is not asked again for this request: balance/charge.h
 *   cure     never      the client is told, in its own dialect, with the upstream's words
 *            elsewhere  the next path
 *            later      the next path; and if none is left and it is soon, this one again
 *
 * There is an end to it: limits.attempts, scheduler.budget, scheduler.waits.  A failure after commitment never comes here:
 * a stream that has begun is not begun again elsewhere.
 */
#include "balance/charge.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/best.h"
#include "flow/chain.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/learn.h"
#include "flow/line.h"
#include "flow/settle.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "flow/unquote.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "plugin/guard.h"
#include "plugin/verdict.h"
#include "state/cooldown.h"
#include "state/vitals.h"
#include "json/check.h"

enum { JITTER_PART = 5, JITTER_MS = 50 };

static struct cp_str retry_header(void *ctx, const char *name)
{
    return exchange_header(ctx, CP_RESPONSE, name);
}

/* An error event inside a 200 counts as the status that it means. */
static void retry_facts(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    x->failure = (struct cp_failure){ .status = a->status, .net = a->net };
    if (a->has_trouble) {
        x->failure.status =
            a->trouble.num ? (int32_t)a->trouble.num : verdict_status(a->trouble.sub);
        x->failure.net = 0;
        x->failure.body = STR_NONE;
    } else if (a->net || a->unsaid) {
        x->failure.status = 0;
    } else {
        x->failure.body = exchange_scrub(x, arena_copy(x->arena, buf_str(&a->body)));
    }
}

/* Fuzzy mode: what is not surely the client's own mistake may be this upstream's oddity. */
static void retry_widen(struct exchange *x)
{
    if (x->verdict.fault != CP_BY_CLIENT || x->verdict.cure != CP_NEVER ||
        verdict_is_final(&x->verdict, x->failure.status))
        return;
    x->verdict.fault = CP_BY_MODEL;
    x->verdict.cure = CP_ELSEWHERE;
}

/* Who said how long to wait. */
static uint32_t retry_source(const struct exchange *x, int64_t by_header_ms)
{
    if (x->verdict.wait_ms < 0)
        return COOLDOWN_PRESET;
    return x->verdict.wait_ms == by_header_ms ? COOLDOWN_HEADER : COOLDOWN_BODY;
}

/* What such words of an error mean; the header's share of the wait. */
static int64_t retry_read(struct exchange *x, struct cp_str words, int64_t wall_ms)
{
    struct attempt *a = &x->attempt;
    struct cp_failure said = x->failure;

    said.body = words;
    verdict_default(&said, retry_header, x, wall_ms, &x->verdict);
    int64_t by_header_ms = verdict_header_wait_ms(&x->verdict, retry_header, x, wall_ms);
    if (a->has_trouble && a->trouble.sub && a->trouble.sub != CP_SERVER &&
        a->trouble.sub != CP_BAD_REQUEST)
        x->verdict.trouble = a->trouble.sub;
    if (a->channel->adapter && said.status && x->failure.body.n &&
        !json_check(said.body, NULL, NULL))
        guard_classify(a->channel->adapter, a->channel->instance, &a->call, &said, &x->verdict);
    return by_header_ms;
}

/* Whether somebody else than the client is to blame for no other reason than an error's words. */
static bool retry_is_by_words(struct exchange *x, int64_t wall_ms)
{
    const struct cp_verdict *v = &x->verdict;
    struct cp_failure bare = x->failure;
    struct cp_verdict other;

    if (v->fault == CP_BY_CLIENT || v->refused.n)
        return false;
    bare.body = STR_NONE;
    verdict_default(&bare, retry_header, x, wall_ms, &other);
    return v->fault != other.fault || v->trouble != other.trouble ||
           v->disable_key != other.disable_key || v->for_model != other.for_model ||
           v->wait_ms != other.wait_ms;
}

/* The words without those that are the client's own; absent: there are none. */
static struct cp_str retry_unquote(struct exchange *x, struct cp_str words)
{
    const struct outgoing *o = x->attempt.outgoing;
    struct unquote *u = unquote_begin(x->arena, words);

    unquote_text(u, x->model, true);
    unquote_text(u, x->attempt.model, true);
    for (size_t i = 0; o && i < o->spec.headers_n; i++)
        unquote_text(u, o->spec.headers[i].value, false);
    if (x->is_body)
        unquote_json(u, request_body(x->request));
    return unquote_rest(u);
}

static void retry_judge(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    int64_t wall_ms = clock_wall_ms();

    retry_facts(x);
    if (a->unsaid) {
        x->verdict = (struct cp_verdict){
            .fault = CP_BY_MODEL, .cure = CP_ELSEWHERE, .wait_ms = -1, .trouble = a->unsaid
        };
        return;
    }
    /* a relay's purse is empty in streams, too */
    struct cp_str words = a->has_trouble ? a->trouble.text : x->failure.body;
    int64_t by_header_ms = retry_read(x, words, wall_ms);
    if (words.n && retry_is_by_words(x, wall_ms)) {
        words = retry_unquote(x, words);
        if (words.p)
            by_header_ms = retry_read(x, words, wall_ms);
    }
    if (conf_is_fuzzy(x->setup->conf, str_of(x->client->hooks.family)))
        retry_widen(x);
    x->wait_source = retry_source(x, by_header_ms);
}

static void retry_log(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    const struct conf_channel *c = a->channel->conf;
    struct log_field f[] = {
        { "req", LOG_STR, x->id, 0 },
        { "channel", LOG_STR, c->id, 0 },
        { "upkey", LOG_STR, c->keys_n ? str_of(c->keys[a->key].id) : STR_NONE, 0 },
        { "attempt", LOG_INT, STR_NONE, x->attempts },
        { "up_status", LOG_INT, STR_NONE, a->status ? a->status : -1 },
        { "fault", LOG_STR, str_of(verdict_fault_name(x->verdict.fault)), 0 },
        { "cause", LOG_STR, str_of(verdict_trouble_name(x->verdict.trouble)), 0 },
        { "wait_ms", LOG_INT, STR_NONE, x->verdict.wait_ms },
    };
    log_record(CP_LOG_WARN, "attempt", f, sizeof(f) / sizeof(*f), "attempt failed: %s", a->why);
}

/* ---- what cures it ---- */

static int64_t retry_later(int64_t a_ms, int64_t b_ms)
{
    return a_ms > b_ms ? a_ms : b_ms;
}

/* When the path that failed may be asked again: what it said, or how long it rests now. */
static int64_t retry_until(const struct exchange *x)
{
    const struct roster_channel *c = x->attempt.channel->at;
    const struct attempt *a = &x->attempt;
    int64_t now_ms = loop_now_ms(x->flow->loop), until_ms = now_ms;

    if (x->verdict.wait_ms >= 0)
        return now_ms + x->verdict.wait_ms;
    if (c->keys[a->key])
        until_ms = retry_later(until_ms, cooldown_until(&c->keys[a->key]->cooldown, now_ms));
    return retry_later(until_ms, cooldown_until(&c->urls[a->url]->cooldown, now_ms));
}

/* The attempt is over, and this path is not asked again for the same fault: unless all it wants is time. */
static void retry_charge(struct exchange *x)
{
    bool is_later = x->verdict.cure == CP_LATER;

    settle_failed(x);
    exchange_mark_tried(x, charge_tried(&x->attempt.pick, &x->verdict), is_later);
    if (!is_later)
        return;
    int64_t until_ms = retry_until(x);
    if (!x->later_ms || until_ms < x->later_ms)
        x->later_ms = until_ms;
}

static bool retry_is_over_budget(const struct exchange *x, int64_t more_ms)
{
    int64_t budget_ms = x->setup->conf->scheduler.budget_ms;
    int64_t spent_ms = (clock_us() - x->sched_us) / 1000;

    return budget_ms > 0 && spent_ms + more_ms >= budget_ms;
}

/* So that not all who were told the same time come back at the same moment. */
static int64_t retry_jitter(struct exchange *x, int64_t wait_ms)
{
    return (int64_t)(flow_random(x->flow) % (uint64_t)(wait_ms / JITTER_PART + JITTER_MS));
}

/* Nobody is left to ask: those who only want time are given it, if it is short, or the client hears what was best. */
static enum step retry_exhausted(struct exchange *x)
{
    const struct conf_scheduler *s = &x->setup->conf->scheduler;
    int64_t wait_ms = x->later_ms - loop_now_ms(x->flow->loop);

    if (!x->later_ms && x->degraded >= PICK_DEGRADED_MOST)
        wait_ms = x->fit_ms; /* there are more, but none that should be asked now */
    else if (!x->later_ms)
        wait_ms = -1;
    else if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms < 0 || wait_ms > s->wait_most_ms || x->waits >= s->waits)
        return best_tell(x);
    wait_ms += retry_jitter(x, wait_ms);
    if (retry_is_over_budget(x, wait_ms) || !line_pause(x, wait_ms))
        return best_tell(x);
    x->waits++;
    exchange_pardon(x);
    attempt_close(x, E_GONE);
    return STEP_WAIT;
}

static enum step retry_decide(struct exchange *x)
{
    bool is_final = x->verdict.fault == CP_BY_CLIENT && x->verdict.cure == CP_NEVER;

    if (chain_is_lost(x) || learn_from(x)) { /* the same once more, said in another way */
        x->is_again = x->attempt.pick.is_open;
        return STEP_NEXT;
    }
    best_note(x);
    retry_charge(x);
    if (hedge_yields(x))
        return STEP_ANSWER;
    if (is_final || x->op == CP_COUNT_TOKENS ||
        x->attempts >= x->setup->conf->attempts + x->learned_n || retry_is_over_budget(x, 0))
        return best_tell(x);
    return STEP_NEXT;
}

enum step step_retry(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    loop_timer_stop(x->flow->loop, &x->timer);
    if (!a->channel || a->is_judged)
        return retry_exhausted(x);
    a->is_judged = true;
    retry_judge(x);
    retry_log(x);
    if (x->verdict.wait_ms >= 0 &&
        (x->least_wait_ms < 0 || x->verdict.wait_ms < x->least_wait_ms))
        x->least_wait_ms = x->verdict.wait_ms;
    enum step answer = retry_decide(x);
    if (a->transfer && !a->has_end) {
        transfer_cancel(a->transfer);
        a->transfer = NULL;
    }
    return answer;
}
