/* SPDX-License-Identifier: MIT */
/*
 * fit - cool-downs, breakers, caps, marks and what this request has tried already, in one word for whoever asks.
 *
 * Only looks: nothing is claimed, so what it says may be a moment old.  The claim (claim.c) has the last word, and whoever
 * loses it looks again.
 *
 * An operation that costs the upstream nothing (a count of tokens, a list of models, a kept answer) needs no slot and is
 * no probe: it goes where chats could go, and what is half-open stays to be found out by a chat.
 */
#include "balance/fit.h"

#include "balance/trace.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/marks.h"
#include "state/vitals.h"

/* How long a probe that is under way may take; a guess, for who asks when to come back. */
enum { PROBE_TAKES_MS = 1000 };

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void fit_worsen(struct fit *f, enum fit_state state, uint32_t why, int64_t until_ms)
{
    if (state < f->state || (state == f->state && until_ms <= f->until_ms))
        return;
    f->state = state;
    f->why = why;
    f->until_ms = until_ms;
}

void fit_join(struct fit *f, const struct fit *other)
{
    if (other->state == FIT_WELL)
        return; /* it has nothing to add */
    fit_worsen(f, other->state, other->why, other->until_ms);
    f->rest_until_ms = later(f->rest_until_ms, other->rest_until_ms);
    f->room_ms = later(f->room_ms, other->room_ms);
}

static void fit_rest(struct choice *c, struct fit *f, bool is_due, uint32_t why,
                     int64_t until_ms)
{
    f->rest_until_ms = later(f->rest_until_ms, until_ms);
    if (is_due && c->may_probe) {
        fit_worsen(f, FIT_PROBE, why, until_ms);
        return;
    }
    c->saw_probe |= is_due;
    fit_worsen(f, FIT_RESTS, why, until_ms);
}

static void fit_by_tried(const struct choice *c, struct fit *f, int32_t channel, int32_t key,
                         int32_t url)
{
    const struct pick_ask *ask = c->ask;

    for (uint32_t i = 0; i < ask->tried_n; i++) {
        const struct tried *t = &ask->tried[i];
        if (t->channel == channel && t->key == key && t->url == url)
            fit_worsen(f, FIT_NEVER, TRACE_TRIED, 0);
    }
}

static void fit_by_cooldown(struct choice *c, struct fit *f, const struct cooldown *cooldown)
{
    int64_t until_ms = cooldown_until(cooldown, c->ask->now_ms);

    if (until_ms)
        fit_rest(c, f, cooldown_is_due(cooldown, c->ask->now_ms), TRACE_COOLDOWN, until_ms);
}

int64_t fit_failed_ms(const struct vitals *v)
{
    if (!v)
        return 0;
    int64_t failed_ms = atomic_load_explicit(&v->last_failed_ms, memory_order_relaxed);
    int64_t ok_ms = atomic_load_explicit(&v->last_ok_ms, memory_order_relaxed);

    return failed_ms > ok_ms ? failed_ms : 0;
}

static void fit_by_lately(const struct choice *c, struct fit *f, const struct vitals *v)
{
    if (c->is_wary && fit_failed_ms(v))
        fit_worsen(f, FIT_RESTS, TRACE_LATELY, 0);
}

static void fit_by_breaker(struct choice *c, struct fit *f, struct breaker *b,
                           const struct breaker_rules *rules)
{
    int64_t now_ms = c->ask->now_ms;
    struct breaker_view view;

    if (breaker_look(b, rules, now_ms) == BREAKER_CLOSED)
        return;
    breaker_view(b, rules, now_ms, &view);
    if (view.state == BREAKER_OPEN)
        fit_rest(c, f, false, TRACE_BREAKER, view.open_until_ms);
    else if (view.state == BREAKER_HALF_OPEN && view.has_probe)
        fit_rest(c, f, false, TRACE_PROBING, now_ms + PROBE_TAKES_MS);
    else if (view.state == BREAKER_HALF_OPEN)
        fit_rest(c, f, true, TRACE_BREAKER, now_ms);
}

const struct gate_rules *fit_caps(const struct choice *c, uint32_t channel, uint32_t key)
{
    const struct roster_channel *own = &c->roster->channels[channel], *now = NULL;

    if (c->ask->caps)
        now = roster_find(c->ask->caps, own->conf->id);
    if (key == FIT_CHANNEL)
        return now ? &now->rules : &own->rules;
    struct cp_str id = roster_key_id(own, key);
    for (uint32_t k = 0; now && k < now->keys_n; k++)
        if (str_eq(roster_key_id(now, k), id))
            return &now->key_rules[k];
    return &own->key_rules[key];
}

static void fit_by_gate(const struct choice *c, struct fit *f, const struct gate *gate,
                        const struct gate_rules *rules)
{
    static const uint32_t whys[] = {
        [GATE_CONCURRENCY] = TRACE_CONCURRENCY, [GATE_RPM] = TRACE_RPM, [GATE_TPM] = TRACE_TPM
    };
    int64_t wait_ms = 0;

    if (c->is_light)
        return;
    enum gate_answer answer = gate_look(gate, rules, c->ask->tokens, c->ask->now_ms, &wait_ms);
    if (answer == GATE_OPEN)
        return;
    int64_t room_ms = wait_ms < 0 ? INT64_MAX : c->ask->now_ms + wait_ms;
    f->room_ms = later(f->room_ms, room_ms);
    fit_worsen(f, FIT_FULL, whys[answer], wait_ms < 0 ? 0 : room_ms);
}

static void fit_by_model(struct choice *c, struct fit *f, const struct vitals *v)
{
    if (c->ask->any_model)
        return;
    int64_t until_ms =
        marks_until(c->roster->marks, MARK_MODEL, v->name, c->ask->model, c->ask->now_ms);
    if (until_ms)
        fit_rest(c, f, false, TRACE_MODEL_REST, until_ms);
}

struct fit fit_channel(struct choice *c, uint32_t channel)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    struct fit f = { .state = FIT_WELL };

    fit_by_tried(c, &f, (int32_t)channel, TRIED_ANY, TRIED_ANY);
    fit_by_cooldown(c, &f, &r->vitals->cooldown);
    fit_by_breaker(c, &f, &r->vitals->breaker, &r->breaker);
    fit_by_model(c, &f, r->vitals);
    fit_by_gate(c, &f, &r->vitals->gate, fit_caps(c, channel, FIT_CHANNEL));
    return f;
}

struct fit fit_key(struct choice *c, uint32_t channel, uint32_t key)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    struct fit f = { .state = FIT_WELL };

    fit_by_tried(c, &f, (int32_t)channel, (int32_t)key, TRIED_ANY);
    if (!r->keys[key])
        return f;
    if (!r->conf->keys[key].is_enabled)
        fit_worsen(&f, FIT_NEVER, TRACE_KEY_OFF, 0);
    fit_by_cooldown(c, &f, &r->keys[key]->cooldown);
    fit_by_lately(c, &f, r->keys[key]);
    fit_by_model(c, &f, r->keys[key]);
    fit_by_gate(c, &f, &r->keys[key]->gate, fit_caps(c, channel, key));
    return f;
}

struct fit fit_url(struct choice *c, uint32_t channel, uint32_t url)
{
    struct fit f = { .state = FIT_WELL };

    fit_by_tried(c, &f, (int32_t)channel, TRIED_ANY, (int32_t)url);
    fit_by_cooldown(c, &f, &c->roster->channels[channel].urls[url]->cooldown);
    fit_by_lately(c, &f, c->roster->channels[channel].urls[url]);
    return f;
}

struct fit fit_path(struct choice *c, uint32_t channel, uint32_t key, uint32_t url)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    struct fit f = { .state = FIT_WELL };

    fit_by_tried(c, &f, (int32_t)channel, (int32_t)key, (int32_t)url);
    fit_by_breaker(c, &f, &r->paths[key * r->urls_n + url]->breaker, &r->breaker);
    fit_by_lately(c, &f, r->paths[key * r->urls_n + url]);
    return f;
}
