/* SPDX-License-Identifier: MIT */
/*
 * retry - step 8: whose fault was it, what cures it: another path, or the client must know.
 *
 *   verdict  = what HTTP says (plugin/verdict.c), corrected by the adapter's classify()
 *   fault    key      -> the key rests (or is out until a human looks); the next key of the channel is asked
 *            model    -> this channel is not asked again for this request
 *            upstream, network -> the base URL rests for a moment; the next one is asked
 *            client   -> nobody is charged
 *   cure     never    -> the client is told, in its own dialect, with the upstream's words
 *
 * A failure after commitment never comes here: a stream that has begun is not begun again elsewhere.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/estimate.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "loop/loop.h"
#include "plugin/guard.h"
#include "plugin/verdict.h"
#include "state/rest.h"
#include "json/check.h"

enum { KEY_REST_MS = 30 * 1000, URL_REST_MS = 2 * 1000 };

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
    static const int sure[] = { 400, 405, 411, 413, 414, 415, 417, 422, 431 };

    if (x->verdict.fault != CP_BY_CLIENT || x->verdict.cure != CP_NEVER)
        return;
    for (size_t i = 0; i < sizeof(sure) / sizeof(*sure); i++)
        if (x->failure.status == sure[i])
            return;
    x->verdict.fault = CP_BY_MODEL;
    x->verdict.cure = CP_ELSEWHERE;
}

static void retry_judge(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    retry_facts(x);
    if (a->unsaid) {
        x->verdict = (struct cp_verdict){
            .fault = CP_BY_MODEL, .cure = CP_ELSEWHERE, .wait_ms = -1, .trouble = a->unsaid
        };
        x->has_failure = true;
        return;
    }
    verdict_default(&x->failure, retry_header, x, clock_wall_ms(), &x->verdict);
    if (a->has_trouble && a->trouble.sub)
        x->verdict.trouble = a->trouble.sub;
    if (a->channel && a->channel->adapter && x->failure.status && x->failure.body.n &&
        !json_check(x->failure.body, NULL, NULL))
        guard_classify(a->channel->adapter, a->channel->instance, &a->call, &x->failure,
                       &x->verdict);
    if (x->setup->conf->fuzzy)
        retry_widen(x);
    x->has_failure = true;
}

static void retry_charge(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    const struct cp_verdict *v = &x->verdict;
    int64_t now_ms = loop_now_ms(x->flow->loop);
    int32_t channel = (int32_t)a->channel->conf->ordinal;

    if (v->fault == CP_BY_KEY) {
        exchange_mark_tried(x, channel, (int32_t)a->key, TRIED_ANY);
        if (a->channel->conf->keys_n && v->disable_key)
            rest_disable(a->channel->keys[a->key], v->fault, v->trouble);
        else if (a->channel->conf->keys_n)
            rest_charge(a->channel->keys[a->key], v->fault, v->trouble, v->wait_ms, KEY_REST_MS,
                        now_ms);
    } else if (v->fault == CP_BY_UPSTREAM || v->fault == CP_BY_NETWORK) {
        exchange_mark_tried(x, channel, TRIED_ANY, (int32_t)a->url);
        rest_charge(a->channel->urls[a->url], v->fault, v->trouble, v->wait_ms, URL_REST_MS,
                    now_ms);
    } else {
        exchange_mark_tried(x, channel, TRIED_ANY, TRIED_ANY);
    }
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

/* The upstream's own words, or ours.  What it says of its own key is not the client's business. */
static void retry_error_item(struct exchange *x, struct cp_item *error)
{
    struct attempt *a = &x->attempt;
    struct cp_tape tape;

    *error = (struct cp_item){ CP_ITEM(ERROR), .sub = x->verdict.trouble };
    if (a->has_trouble) {
        *error = a->trouble;
    } else if (x->failure.body.n && x->failure.status >= 400) { /* a page has words, too */
        tape_init(&tape, x->arena, CP_FAILURE, CP_WANT_ALL, x->failure.body);
        a->call.call.want = CP_WANT_ALL;
        if (!guard_decode(a->channel->adapter, a->channel->instance, &a->call, CP_FAILURE,
                          x->failure.body, &tape) &&
            tape_find(&tape, CP_ERROR))
            *error = *tape_find(&tape, CP_ERROR);
    }
    if (a->unsaid)
        error->text = arena_printf(x->arena, "%s", a->why);
    if (!error->text.n)
        error->text = arena_printf(x->arena, "the upstream failed: %s", a->why);
    /* A body that only says "it failed" does not outweigh what the status says. */
    if (!error->sub || (error->sub == CP_SERVER && x->verdict.trouble))
        error->sub = x->verdict.trouble ? x->verdict.trouble : CP_SERVER;
    if (error->sub == CP_BAD_REQUEST && x->failure.status == 413)
        error->sub = CP_TOO_LARGE;
    error->num = x->failure.status ? x->failure.status : verdict_status(error->sub);
    if (error->num < 400) /* a redirection that is not followed is no answer */
        error->num = 502;
}

static void retry_hide_keys(struct exchange *x, struct cp_item *error)
{
    uint32_t t = x->verdict.trouble;

    if (x->verdict.fault != CP_BY_KEY || t == CP_RATE_LIMIT)
        return;
    *error = (struct cp_item){ CP_ITEM(ERROR), .sub = CP_SERVER, .num = 502 };
    error->text = arena_printf(x->arena, "no usable upstream key: the last one failed with %s",
                               verdict_trouble_name(t));
}

static enum step retry_tell(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    struct cp_item error;

    x->note = arena_copy(x->arena, str_of(a->why));
    if (x->op == CP_COUNT_TOKENS && x->verdict.fault != CP_BY_CLIENT)
        return estimate_answer(x); /* who cannot be asked is guessed: a client wants a number */
    x->end.who = 'U';
    x->end.when = a->content_us ? 'D' : a->has_head ? 'D' : a->end.connect_us < 0 ? 'C' : 'H';
    x->retry_after_ms = x->least_wait_ms;
    bool is_json = x->failure.body.n && !json_check(x->failure.body, NULL, NULL);
    if (a->is_pass && x->verdict.fault != CP_BY_KEY && is_json && x->failure.status >= 400)
        return answer_body(x, x->failure.status, "application/json", x->failure.body);
    retry_error_item(x, &error);
    retry_hide_keys(x, &error);
    return answer_trouble(x, &error, 0);
}

/* Nobody is left to ask: what the last one said is what the client hears. */
static enum step retry_exhausted(struct exchange *x)
{
    if (x->has_failure)
        return retry_tell(x);
    return answer_error(x, CP_OVERLOADED, 503, "no upstream key is usable now");
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
    if (chain_is_lost(x))
        return STEP_NEXT; /* the same once more, with all that it follows */
    bool is_final = x->verdict.fault == CP_BY_CLIENT && x->verdict.cure == CP_NEVER;
    if (!is_final) {
        retry_charge(x);
        is_final = x->attempts >= x->setup->conf->attempts;
    }
    enum step answer = is_final ? retry_tell(x) : STEP_NEXT;
    if (a->transfer && !a->has_end) {
        transfer_cancel(a->transfer);
        a->transfer = NULL;
    }
    return answer;
}
