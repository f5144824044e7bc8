/* SPDX-License-Identifier: MIT */
/*
 * schedule - step 4: which channel, key and base URL is asked next.
 *
 * Lists every path that may serve (status, family, operation, model) and has not failed in this exchange, in
 * configured order, and lets the strategy name one.  Health only reorders: a resting path is asked when
 * nothing else is left, so that the last usable path is never closed.
 */
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/estimate.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "flow/stored.h"
#include "loop/loop.h"
#include "state/rest.h"

enum { CANDIDATES = 512 };

/* One way to an upstream: ordinals in the snapshot, in the channel, in the channel. */
struct candidate {
    uint32_t channel, key, url;
    int64_t until_ms; /* resting until then, monotonic; <= now: well; INT64_MAX: needs a human */
};

static int failover_pick(const struct candidate *c, uint32_t n, int64_t now_ms)
{
    int best = -1;

    for (uint32_t i = 0; i < n; i++) {
        if (c[i].until_ms <= now_ms)
            return (int)i;
        if (c[i].until_ms != INT64_MAX && (best < 0 || c[i].until_ms < c[best].until_ms))
            best = (int)i;
    }
    return best;
}

static int64_t schedule_later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Who cannot compact can be asked for a summary (summary.c). */
static bool schedule_can(const struct adapter *a, uint32_t op)
{
    uint64_t enough = op == CP_COMPACT ? CP_BIT(CP_COMPACT) | CP_BIT(CP_CHAT) : CP_BIT(op);
    return a->hooks.ops & enough;
}

static bool schedule_serves(const struct exchange *x, const struct setup_channel *c)
{
    if (!c->adapter || c->conf->status != CONF_ACTIVE)
        return false;
    if (!conf_serves_family(c->conf, str_of(x->client->hooks.family)))
        return false;
    if (!schedule_can(c->adapter, x->op) || !chain_allows(x, c))
        return false;
    return x->op == CP_LIST_MODELS || x->stored.n || conf_serves_model(c->conf, x->model);
}

/* A channel without keys has one path with key 0. */
static uint32_t schedule_list(const struct exchange *x, uint32_t ordinal, struct candidate *out,
                              uint32_t room)
{
    const struct setup_channel *c = &x->setup->channels[ordinal];
    uint32_t keys_n = c->conf->keys_n ? (uint32_t)c->conf->keys_n : 1, n = 0;

    for (uint32_t k = 0; k < keys_n; k++) {
        if (c->conf->keys_n && !c->conf->keys[k].is_enabled)
            continue;
        for (uint32_t u = 0; u < c->conf->urls_n && n < room; u++) {
            if (exchange_was_tried(x, ordinal, k, u))
                continue;
            int64_t until = schedule_later(rest_until(c->rest), rest_until(c->urls[u]));
            if (c->conf->keys_n)
                until = schedule_later(until, rest_until(c->keys[k]));
            out[n++] = (struct candidate){ ordinal, k, u, until };
        }
    }
    return n;
}

/* Who made the answer that the request follows is asked first. */
static uint32_t schedule_prefer(const struct exchange *x, struct candidate *list, uint32_t n)
{
    struct candidate others[CANDIDATES];
    uint32_t first = 0, rest = 0;

    if (!x->chain.maker.p)
        return n;
    for (uint32_t i = 0; i < n; i++) {
        if (chain_is_maker(x, &x->setup->channels[list[i].channel]))
            list[first++] = list[i];
        else
            others[rest++] = list[i];
    }
    memcpy(list + first, others, rest * sizeof(*list));
    return n;
}

/* serves: how many channels could have, were they well and untried. */
static int schedule_pick(const struct exchange *x, struct candidate *chosen, uint32_t *serves)
{
    struct candidate list[CANDIDATES];
    uint32_t n = 0;

    *serves = 0;
    for (uint32_t i = 0; i < x->setup->channels_n; i++) {
        uint32_t ordinal = x->setup->order[i];
        if (!schedule_serves(x, &x->setup->channels[ordinal]))
            continue;
        ++*serves;
        n += schedule_list(x, ordinal, list + n, CANDIDATES - n);
    }
    n = schedule_prefer(x, list, n);
    int at = failover_pick(list, n, loop_now_ms(x->flow->loop));
    if (at >= 0)
        *chosen = list[at];
    return at;
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
        return answer_error(x, CP_OVERLOADED, 503,
                            "no channel is configured: add one to the configuration file");
    return answer_error(x, CP_NOT_FOUND, 404, "no channel serves the model \"%.*s\" for %s",
                        STR_FMT(str_cut(x->model, 100)), x->client->hooks.family);
}

enum step step_schedule(struct exchange *x)
{
    struct candidate c;
    uint32_t serves;

    if (!x->sched_us) {
        x->sched_us = clock_us();
        chain_learn(x);
        if (x->stored.n && stored_answer(x) == STEP_ANSWER)
            return STEP_ANSWER;
    }
    int at = schedule_pick(x, &c, &serves);
    if (!serves)
        return schedule_nobody(x);
    if (at < 0)
        return STEP_RETRY;
    attempt_close(x, E_GONE);
    x->attempt = (struct attempt){ .channel = &x->setup->channels[c.channel],
                                   .key = c.key,
                                   .url = c.url };
    x->attempt.start_us = clock_us();
    x->has_terminal = x->has_error_out = false; /* what the last one said, nobody heard */
    for (size_t i = 0; i < sizeof(x->tokens) / sizeof(*x->tokens); i++)
        x->tokens[i] = -1;
    x->attempts++;
    return STEP_NEXT;
}
