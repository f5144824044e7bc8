/* SPDX-License-Identifier: MIT */
/*
 * truth - illnesses of upstreams, and the verdicts that the gateway makes of their answers.
 */
#include "truth.h"

#include "dice.h"

#include "state/cooldown.h"

#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

enum { WAIT_UNSAID, WAIT_EXACT, WAIT_SHORT, WAIT_ZERO, WAIT_ABSURD, WAIT_WAYS };

static const int64_t absurd_ms = INT64_C(400) * DAY;

/* ---- falling ill ---- */

static int64_t length_of(struct dice *d)
{
    static const int64_t most[] = { 10 * SECOND, 2 * MINUTE, 30 * MINUTE, 5 * HOUR, 3 * DAY };

    return dice_between(d, 1, most[dice_of(d, 5)]);
}

static struct ill ill_of(struct dice *d, uint32_t kind, int64_t now_ms)
{
    return (struct ill){ .kind = kind,
                         .percent = 5 + dice_of(d, 95),
                         .until_ms = now_ms + length_of(d),
                         .wait_way = dice_of(d, WAIT_WAYS) };
}

static const char *ill_name(uint32_t kind)
{
    static const char *const names[] = {
        "well",    "down",  "unreached", "overloaded", "flapping",         "cutting",
        "limited", "empty", "revoked",   "odd",        "without the model"
    };

    return names[kind];
}

static void tell(char what[96], const struct ill *ill, const char *of, const uint32_t at[3],
                 int64_t now_ms)
{
    if (what)
        snprintf(what, 96, "%s %c %u %u: %s for %lld ms (says %u, %u %%)", of, 'a' + (int)at[0],
                 at[1], at[2], ill_name(ill->kind), (long long)(ill->until_ms - now_ms),
                 ill->wait_way, ill->percent);
}

static void change_url(struct truth *t, const struct spot *s, struct dice *d, int64_t now_ms,
                       char what[96])
{
    struct ill *ill = &t->urls[s->letter][s->url];

    *ill = ill_of(d, dice_is(d, 4) ? ILL_NOT : ILL_DOWN + dice_of(d, 5), now_ms);
    tell(what, ill, "base URL", (uint32_t[]){ s->letter, s->url, 0 }, now_ms);
}

static void change_key(struct truth *t, const struct spot *s, struct dice *d, int64_t now_ms,
                       char what[96])
{
    struct ill *ill = &t->keys[s->letter][s->key];

    *ill = ill_of(d, dice_is(d, 4) ? ILL_NOT : ILL_LIMITED + dice_of(d, 4), now_ms);
    tell(what, ill, "key", (uint32_t[]){ s->letter, s->key, 0 }, now_ms);
}

static void change_model(struct truth *t, const struct spot *s, struct dice *d, int64_t now_ms,
                         char what[96])
{
    uint32_t model = dice_of(d, MODELS);
    bool of_key = dice_is(d, 2);
    struct ill *ill =
        of_key ? &t->key_models[s->letter][s->key][model] : &t->models[s->letter][model];

    *ill = ill_of(d, dice_is(d, 3) ? ILL_NOT : ILL_MODEL, now_ms);
    tell(what, ill, of_key ? "key and model" : "model",
         (uint32_t[]){ s->letter, of_key ? s->key : model, of_key ? model : 0 }, now_ms);
}

void truth_change(struct truth *t, const struct world *w, struct dice *d, int64_t now_ms,
                  char what[96])
{
    uint32_t at = dice_of(d, (uint32_t)w->conf.channels_n);
    const struct conf_channel *c = &w->channels[at];
    uint32_t key = c->keys_n ? dice_of(d, (uint32_t)c->keys_n) : 0;
    struct spot s = world_spot(&w->conf, at, key, dice_of(d, (uint32_t)c->urls_n));
    uint32_t which = dice_of(d, 8);

    if (which < 4)
        change_url(t, &s, d, now_ms, what);
    else if (which < 7 && c->keys_n)
        change_key(t, &s, d, now_ms, what);
    else
        change_model(t, &s, d, now_ms, what);
}

void truth_leave_only(struct truth *t, const struct spot *s)
{
    static const struct ill dead = { .kind = ILL_DOWN, .until_ms = INT64_MAX },
                            revoked = { .kind = ILL_REVOKED, .until_ms = INT64_MAX };

    memset(t, 0, sizeof(*t));
    for (uint32_t l = 0; l < LETTERS; l++)
        for (uint32_t u = 0; u < URLS; u++)
            if (l != s->letter || u != s->url)
                t->urls[l][u] = dead;
    for (uint32_t k = 0; k < KEYS; k++)
        if (k != s->key)
            t->keys[s->letter][k] = revoked;
}

/* ---- being asked ---- */

static uint32_t kind_at(const struct ill *ill, int64_t now_ms)
{
    return ill->until_ms > now_ms ? ill->kind : ILL_NOT;
}

bool truth_serves(const struct truth *t, const struct spot *s, uint32_t model, int64_t now_ms)
{
    return !kind_at(&t->urls[s->letter][s->url], now_ms) &&
           !kind_at(&t->keys[s->letter][s->key], now_ms) &&
           !kind_at(&t->models[s->letter][model], now_ms) &&
           !kind_at(&t->key_models[s->letter][s->key][model], now_ms);
}

static void say_wait(const struct ill *ill, int64_t now_ms, struct outcome *o)
{
    static const uint32_t sources[] = { COOLDOWN_HEADER, COOLDOWN_BODY };

    o->wait_source = sources[ill->percent & 1];
    switch (ill->wait_way) {
    case WAIT_EXACT:
        o->verdict.wait_ms = ill->until_ms - now_ms;
        break;
    case WAIT_SHORT:
        o->verdict.wait_ms = SECOND;
        break;
    case WAIT_ZERO:
        o->verdict.wait_ms = 0;
        break;
    case WAIT_ABSURD:
        o->verdict.wait_ms = absurd_ms;
        break;
    default:
        break;
    }
}

static void fail(struct outcome *o, uint32_t fault, uint32_t trouble, int32_t status)
{
    o->result = CHARGE_FAILED;
    o->status = status;
    o->verdict.fault = fault;
    o->verdict.cure = CP_ELSEWHERE;
    o->verdict.trouble = trouble;
}

static bool answer_of_url(const struct ill *ill, struct dice *d, int64_t now_ms,
                          struct outcome *o)
{
    switch (kind_at(ill, now_ms)) {
    case ILL_DOWN:
        fail(o, CP_BY_UPSTREAM, CP_SERVER, 502);
        return true;
    case ILL_UNREACHED:
        fail(o, CP_BY_NETWORK, dice_is(d, 2) ? CP_TIMEOUT : CP_SERVER, 0);
        return true;
    case ILL_OVERLOADED:
        fail(o, CP_BY_UPSTREAM, CP_OVERLOADED, 503);
        say_wait(ill, now_ms, o);
        return true;
    case ILL_CUTTING:
        fail(o, CP_BY_NETWORK, CP_STREAM_CUT, 200);
        o->is_cut = dice_is(d, 2);
        return true;
    case ILL_FLAPPING:
        if (dice_of(d, 100) < ill->percent)
            fail(o, CP_BY_UPSTREAM, CP_SERVER, 500);
        return o->result == CHARGE_FAILED;
    default:
        return false;
    }
}

static bool answer_of_key(const struct ill *ill, struct dice *d, int64_t now_ms,
                          struct outcome *o)
{
    switch (kind_at(ill, now_ms)) {
    case ILL_LIMITED:
        fail(o, CP_BY_KEY, CP_RATE_LIMIT, 429);
        say_wait(ill, now_ms, o);
        return true;
    case ILL_EMPTY:
        fail(o, CP_BY_KEY, CP_BILLING, 402);
        o->verdict.disable_key = ill->percent & 1;
        say_wait(ill, now_ms, o);
        return true;
    case ILL_REVOKED:
        fail(o, CP_BY_KEY, CP_AUTH, 401);
        o->verdict.disable_key = 1;
        return true;
    case ILL_ODD:
        if (dice_is(d, 2))
            fail(o, CP_BY_KEY, CP_SERVER, 401);
        return o->result == CHARGE_FAILED;
    default:
        return false;
    }
}

static bool answer_of_model(const struct ill *of_channel, const struct ill *of_key,
                            int64_t now_ms, struct outcome *o)
{
    if (kind_at(of_channel, now_ms)) {
        fail(o, CP_BY_MODEL, CP_NOT_FOUND, 404);
        say_wait(of_channel, now_ms, o);
        return true;
    }
    if (!kind_at(of_key, now_ms))
        return false;
    fail(o, CP_BY_KEY, CP_FORBIDDEN, 403);
    o->verdict.for_model = 1;
    say_wait(of_key, now_ms, o);
    return true;
}

void truth_answer(const struct truth *t, const struct spot *s, uint32_t model, struct dice *d,
                  int64_t now_ms, struct outcome *o)
{
    *o = (struct outcome){ .result = CHARGE_OK,
                           .verdict.wait_ms = -1,
                           .wait_source = COOLDOWN_PRESET,
                           .status = 200,
                           .model = world_model(model),
                           .first_content_us = -1,
                           .tokens = -1 };
    if (answer_of_url(&t->urls[s->letter][s->url], d, now_ms, o) ||
        answer_of_key(&t->keys[s->letter][s->key], d, now_ms, o) ||
        answer_of_model(&t->models[s->letter][model], &t->key_models[s->letter][s->key][model],
                        now_ms, o))
        return;
    o->first_content_us = dice_between(d, 0, 5 * 1000 * 1000);
    if (!dice_is(d, 4))
        o->tokens = dice_between(d, 0, 20000);
}
