/* SPDX-License-Identifier: MIT */
/*
 * schedule - step 4: which channel, key and base URL is asked next.
 *
 * The choice itself is balance/pick.c's; here the question is put and its four answers are acted on.
 *
 *   found      an attempt begins
 *   wait       all that is fit is at its caps: the request stands in line (line.c) and asks again
 *   exhausted  retry decides: wait for who said "later", or tell the client
 *   nobody     no channel serves this at all: the client is told so
 *
 * A count of tokens goes where the chat would go, so that it is counted by who will be asked; where nobody can count, or all
 * rest, it is estimated.
 */
#include "flow/schedule.h"

#include "balance/trace.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/best.h"
#include "flow/chain.h"
#include "flow/estimate.h"
#include "flow/flow.h"
#include "flow/line.h"
#include "flow/record.h"
#include "flow/sealed.h"
#include "flow/session.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "flow/stored.h"
#include "loop/loop.h"

enum { BYTES_OF_A_TOKEN = 4 };

static bool schedule_may(void *ctx, uint32_t channel)
{
    const struct exchange *x = ctx;
    return chain_allows(x, &x->setup->channels[channel]);
}

struct pick_ask schedule_ask(struct exchange *x)
{
    return (struct pick_ask){
        .family = str_of(x->client->hooks.family),
        .model = x->model,
        .op = x->op,
        .any_model = x->stored.n || x->op == CP_LIST_MODELS,
        .session = session_of(x),
        .maker = x->chain.maker,
        .sealed = sealed_of(x),
        .may = x->stored.n || x->chain.is_bound ? schedule_may : NULL,
        .ctx = x,
        .tried = x->tried,
        .tried_n = x->tried_n,
        .degraded = x->degraded,
        .is_last = x->attempts + 1 >= x->setup->conf->attempts + x->learned_n,
        .is_dry = x->op == CP_COUNT_TOKENS,
        .tokens = (int64_t)(request_body(x->request).n / BYTES_OF_A_TOKEN),
        .caps = x->setup != x->flow->setup ? &x->flow->setup->roster : NULL,
        .random = flow_random(x->flow),
        .now_ms = loop_now_ms(x->flow->loop),
        .wall_ms = clock_wall_ms(),
        .trace = x->trace,
    };
}

static enum pick_result schedule_pick(struct exchange *x, struct pick *p, int64_t *wait_ms)
{
    const struct pick_ask ask = schedule_ask(x);

    return pick_choose(&x->setup->roster, &ask, p, wait_ms);
}

static enum step schedule_nobody(struct exchange *x)
{
    if (x->stored.n)
        return stored_refuse(x);
    if (x->chain.is_bound)
        return chain_refuse(x);
    if (x->op == CP_COUNT_TOKENS)
        return estimate_answer(x);
    if (x->op == CP_LIST_MODELS || x->op == CP_GET_MODEL)
        return answer_error(x, CP_NOT_FOUND, 404, "no upstream offers a list of models");
    if (!x->setup->channels_n)
        return answer_error(
            x, CP_OVERLOADED, 503,
            "no channel is configured: add one with claude-proxyctl channel add, or to "
            "the configuration file");
    return answer_error(x, CP_NOT_FOUND, 404, "no channel serves the model \"%.*s\" for %s",
                        STR_FMT(str_cut(x->model, 100)), x->client->hooks.family);
}

/* Who rests is left in peace: an estimate is as good, and a chat will find out. */
static bool schedule_is_guessed(const struct exchange *x, const struct pick *p)
{
    const struct adapter *a = x->setup->channels[p->channel].adapter;
    bool can_count = a->hooks.ops & CP_BIT(CP_COUNT_TOKENS);

    return x->op == CP_COUNT_TOKENS && (!can_count || p->is_degraded);
}

static enum step schedule_begin(struct exchange *x, const struct pick *p)
{
    attempt_close(x, E_GONE);
    x->attempt = (struct attempt){
        .channel = &x->setup->channels[p->channel], .pick = *p, .key = p->key, .url = p->url
    };
    x->attempt.start_us = clock_us();
    x->has_terminal = x->has_error_out = false; /* what the last one said, nobody heard */
    for (size_t i = 0; i < sizeof(x->tokens) / sizeof(*x->tokens); i++)
        x->tokens[i] = -1;
    x->attempts++;
    return STEP_NEXT;
}

/* The same path once more: it keeps the slot it has. */
static enum step schedule_again(struct exchange *x)
{
    struct pick p = x->attempt.pick;

    x->is_again = false;
    x->attempt.pick.is_open = false;
    return schedule_begin(x, &p);
}

static enum step schedule_found(struct exchange *x, const struct pick *p)
{
    if (schedule_is_guessed(x, p))
        return estimate_answer(x);
    x->degraded += p->is_degraded;
    return schedule_begin(x, p);
}

/* The first time.  STEP_NEXT: there is something to choose. */
static enum step schedule_first(struct exchange *x)
{
    x->sched_us = clock_us();
    chain_learn(x);
    if (x->stored.n && stored_answer(x) == STEP_ANSWER)
        return STEP_ANSWER;
    x->trace = arena_need(x->arena, sizeof(*x->trace));
    x->tries = record_tries(x);
    line_catch_up(x->flow);
    return STEP_NEXT;
}

/* All that is fit is at its caps.  Somebody may have left between the look and the place in line: line.c. */
static enum pick_result schedule_wait(struct exchange *x, struct pick *p, int64_t *wait_ms)
{
    if (line_has(x) || x->op == CP_COUNT_TOKENS)
        return PICK_WAIT;
    return line_join(x, *wait_ms) ? schedule_pick(x, p, wait_ms) : PICK_WAIT;
}

static enum step schedule_nowhere(struct exchange *x, enum pick_result result)
{
    if (result == PICK_NOBODY)
        return schedule_nobody(x);
    if (x->op == CP_COUNT_TOKENS && !x->attempts)
        return estimate_answer(x);
    return result == PICK_WAIT ? (enum step)best_busy(x) : STEP_RETRY;
}

enum step step_schedule(struct exchange *x)
{
    struct pick p = { 0 };
    int64_t wait_ms = -1;

    if (!x->sched_us && schedule_first(x) == STEP_ANSWER)
        return STEP_ANSWER;
    if (x->is_again)
        return schedule_again(x);
    enum pick_result result = schedule_pick(x, &p, &wait_ms);
    if (result == PICK_WAIT)
        result = schedule_wait(x, &p, &wait_ms);
    if (result == PICK_WAIT && x->op != CP_COUNT_TOKENS && line_join(x, wait_ms))
        return STEP_WAIT;
    line_leave(x);
    x->fit_ms = result == PICK_FOUND ? -1 : wait_ms;
    return result == PICK_FOUND ? schedule_found(x, &p) : schedule_nowhere(x, result);
}
