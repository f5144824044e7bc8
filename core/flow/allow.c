/* SPDX-License-Identifier: MIT */
/*
 * allow - step 4: what a client key may: which models, how many at once and in a minute, and what it may spend.
 *
 * What a request will cost nobody knows, so the most that it can is set aside: its prompt as we estimate it, and all the
 * output it asks for (a modest share where it asks for none), at the dearest channel that may serve it.  What is left over
 * comes back at its end.  So no number of requests at once can overspend by more than the estimates were wrong by.
 *
 * A client that hears 429 comes again, and again.  A budget that is used up is therefore told as each family tells that an
 * account is empty (402 billing_error, 429 insufficient_quota, RESOURCE_EXHAUSTED with a daily quota), with
 * x-should-retry: false, and says when it begins anew (x-budget-reset, in seconds since 1970); only what will be free again
 * in a minute is a rate limit with a Retry-After.
 */
#include "flow/allow.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "conf/price.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/count.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "state/vitals.h"

#include <stdio.h>

enum {
    OUTPUT_UNSAID = 4096,
    BYTES_OF_A_TOKEN = 4,
    CHANNELS_PRICED = 16, /* more of them are not looked at for the dearest */
    SOON_MS = 60 * 1000,  /* SDKs wait no longer.  source: Anthropic's and OpenAI's, 2026-08 */
    HELD_MS = 5 * 1000,   /* until requests under way give back what they have set aside */
    TURN_MS = 10 * 1000,  /* a model's turn, roughly */
    TURN_LEAST_MS = 2 * 1000,
    WARN_MS = 10 * 60 * 1000,
    METERS = 9
};

struct allowed {
    struct setup_client *of;
    bool is_inside;         /* of its gate */
    bool is_guessed;        /* guess was looked for */
    int64_t input;          /* tokens of the prompt, estimated */
    struct purse_sum guess; /* taken out of its purse; and of the gate's bucket, tokens */
};

static bool allow_is_work(uint32_t op)
{
    return op == CP_CHAT || op == CP_COMPACT;
}

/* ---- what it may cost ---- */

/* What output is asked for, of all choices together. */
static int64_t guess_output(const struct cp_tape *tape)
{
    const struct cp_item *it;
    int64_t most = OUTPUT_UNSAID, n = 1;

    for (size_t i = 0; (it = tape_item(tape, i)); i++) {
        if (it->kind == CP_PARAM && str_is(it->name, "max_output"))
            (void)str_int(it->text, &most); /* no number: as if it had not been said */
        if (it->kind == CP_PARAM && str_is(it->name, "n"))
            (void)str_int(it->text, &n);
    }
    most = most < 0 ? 0 : most > INT32_MAX ? INT32_MAX : most;
    return most * (n < 1 ? 1 : n > 128 ? 128 : n);
}

static const struct conf_price *price_at(const struct conf *c, struct cp_str channel,
                                         struct cp_str there, struct cp_str asked,
                                         int64_t wall_ms)
{
    const struct conf_price *p = price_find(c, channel, there, wall_ms);
    return p ? p : price_find(c, channel, asked, wall_ms);
}

struct dearest {
    int64_t micro;
    struct cp_str unpriced; /* the first channel where nobody said a price; absent: none */
};

/* At the dearest channel that may serve it. */
static void guess_money(const struct setup *s, struct arena *arena, const struct allow_ask *ask,
                        const int64_t tokens[METERS], struct dearest *d)
{
    const struct roster_family *f = roster_family(&s->roster, ask->family);
    uint32_t seen = 0;

    *d = (struct dearest){ 0 };
    for (uint32_t i = 0; f && i < f->order_n && seen < CHANNELS_PRICED; i++) {
        const struct conf_channel *c = s->channels[f->order[i]].conf;
        if (c->status != CONF_ACTIVE || !conf_serves_model(c, ask->model))
            continue;
        seen++;
        const struct conf_price *p = price_at(
            s->conf, c->id, conf_map_model(c, ask->model, arena), ask->model, ask->wall_ms);
        int64_t micro = p ? price_of(p, tokens) : 0;
        d->micro = micro > d->micro ? micro : d->micro;
        if (!p && !d->unpriced.p)
            d->unpriced = c->id;
    }
}

static void guess_tokens(struct exchange *x, struct allowed *a, int64_t tokens[METERS])
{
    chain_learn(x); /* what it follows on is part of the prompt, where we have kept it */
    a->input = count_request(x);
    if (a->input < 0)
        a->input = (int64_t)request_body(x->request).n / BYTES_OF_A_TOKEN;
    tokens[CP_INPUT] = a->input;
    tokens[CP_OUTPUT] = x->request_tape ? guess_output(x->request_tape) : OUTPUT_UNSAID;
    a->guess.tokens = tokens[CP_INPUT] + tokens[CP_OUTPUT];
    a->is_guessed = true;
}

static struct allow_ask allow_ask_of(const struct exchange *x)
{
    return (struct allow_ask){ .client = x->owner,
                               .family = str_of(x->client->hooks.family),
                               .model = x->model,
                               .op = x->op,
                               .body_bytes = request_body(x->request).n,
                               .now_ms = loop_now_ms(x->flow->loop),
                               .wall_ms = clock_wall_ms() };
}

/* ---- what one is told ---- */

static void say_models(const struct conf_client *k, struct cp_str model, struct buf *why)
{
    buf_printf(why, "the model \"%.*s\" is not among those that this key may use:",
               STR_FMT(str_cut(model, 100)));
    for (size_t i = 0; i < k->models_n && i < 8; i++)
        buf_printf(why, "%s %.*s", i ? "," : "", STR_FMT(str_cut(k->models[i], 60)));
    if (k->models_n > 8)
        buf_add_z(why, ", ...");
}

static void say_gate(const struct conf_client *k, enum gate_answer by, struct buf *why)
{
    if (by == GATE_CONCURRENCY)
        buf_printf(why, "this key may have %lld request%s under way at once, and has %s",
                   (long long)k->caps.concurrency, k->caps.concurrency == 1 ? "" : "s",
                   k->caps.concurrency == 1 ? "it" : "them");
    else if (by == GATE_RPM)
        buf_printf(why, "this key may make %lld request%s a minute", (long long)k->caps.rpm,
                   k->caps.rpm == 1 ? "" : "s");
    else
        buf_printf(why, "this key may use %lld tokens a minute", (long long)k->caps.tpm);
}

static void say_amount(const struct conf *c, enum purse_answer which, int64_t n,
                       struct buf *why)
{
    if (which == PURSE_NO_TOKENS)
        buf_printf(why, "%lld tokens", (long long)n);
    else
        buf_printf(why, "%lld.%04lld %.*s", (long long)(n / 1000000),
                   (long long)(n / 100 % 10000), STR_FMT(c->currency));
}

/* "the budget of this key is used up: 12.5012 USD of 12.5000 USD spent this month" */
static void say_purse(const struct conf *c, const struct conf_client *k,
                      enum purse_answer which, int64_t spent, int64_t guess, struct buf *why)
{
    static const char *const names[] = { "", " today", " this month" };
    bool is_tokens = which == PURSE_NO_TOKENS;
    int64_t limit = is_tokens ? k->budget.tokens : k->budget.micro;

    buf_add_z(why, spent >= limit ? "the budget of this key is used up: "
                                  : "the budget of this key does not reach: ");
    say_amount(c, which, spent, why);
    buf_add_z(why, " of ");
    say_amount(c, which, limit, why);
    buf_printf(why, " spent%s", names[k->budget.period]);
    if (spent < limit) {
        buf_add_z(why, ", and this request may take ");
        say_amount(c, which, guess, why);
    }
}

static void say_anew(int64_t anew_ms, struct buf *why)
{
    char when[32];

    if (!anew_ms)
        return;
    clock_rfc3339(anew_ms * 1000, when);
    buf_printf(why, "; it begins anew at %.19sZ", when);
}

/* ---- the four questions; each false: no, and why says it ---- */

struct refusal {
    uint32_t trouble; /* enum cp_trouble */
    int64_t wait_ms;  /* -1: not worth waiting for */
    int64_t anew_ms;  /* CP_BILLING: wall clock, when the budget begins anew; 0: never */
    size_t why_bytes; /* CP_BILLING: of why, without when that is */
};

static bool may_model(const struct allow_ask *ask, struct buf *why, struct refusal *no)
{
    if (client_has_model(ask->client, ask->model))
        return true;
    *no = (struct refusal){ .trouble = CP_NOT_FOUND, .wait_ms = -1 };
    say_models(ask->client, ask->model, why);
    return false;
}

static bool may_price(const struct allow_ask *ask, const struct dearest *d, struct buf *why,
                      struct refusal *no)
{
    if (ask->client->budget.micro < 0 || !ask->client->is_priced || !d->unpriced.p)
        return true;
    *no = (struct refusal){ .trouble = CP_FORBIDDEN, .wait_ms = -1 };
    buf_printf(
        why,
        "the model \"%.*s\" has no price at channel %.*s, and this key may only use what "
        "has one",
        STR_FMT(str_cut(ask->model, 100)), STR_FMT(d->unpriced));
    return false;
}

static bool may_spend(const struct setup *s, const struct allow_ask *ask,
                      const struct purse_sum *guess, enum purse_answer answer, int64_t wait_ms,
                      struct buf *why, struct refusal *no)
{
    const struct setup_client *o = &s->owners[ask->client->ordinal];
    bool is_tokens = answer == PURSE_NO_TOKENS;
    struct purse_sum spent, held;
    int64_t begin_ms;

    if (answer == PURSE_OPEN)
        return true;
    purse_look(o->purse, o->budget.period, ask->wall_ms, &spent, &held, &begin_ms);
    int64_t had = is_tokens ? spent.tokens : spent.micro;
    int64_t more = is_tokens ? guess->tokens : guess->micro;
    int64_t limit = is_tokens ? o->budget.tokens : o->budget.micro;
    if (had + more <= limit || (had == 0 && limit > 0)) {
        *no = (struct refusal){ .trouble = CP_RATE_LIMIT, .wait_ms = HELD_MS };
        buf_add_z(why, "what is left of this key's budget is set aside for its requests under "
                       "way");
        return false;
    }
    bool is_soon = wait_ms >= 0 && wait_ms <= SOON_MS;
    *no = (struct refusal){ .trouble = is_soon ? CP_RATE_LIMIT : CP_BILLING,
                            .wait_ms = is_soon ? wait_ms : -1,
                            .anew_ms = wait_ms < 0 ? 0 : ask->wall_ms + wait_ms };
    say_purse(s->conf, ask->client, answer, had, more, why);
    no->why_bytes = why->n;
    say_anew(no->anew_ms, why);
    return false;
}

/*
 * The more places, the sooner one is free.  Clients count their tries, not their time: at a second each, Codex 0.169 gave up
 * after six, while the turn it waited for took fifteen.  source: before the gateway, 2026-11-23
 */
static int64_t turn_ms(const struct conf_client *k)
{
    int64_t ms = TURN_MS / (k->caps.concurrency > 0 ? k->caps.concurrency : 1);
    return ms < TURN_LEAST_MS ? TURN_LEAST_MS : ms;
}

static bool may_enter(const struct conf_client *k, enum gate_answer by, int64_t wait_ms,
                      struct buf *why, struct refusal *no)
{
    if (by == GATE_OPEN)
        return true;
    *no = (struct refusal){ .trouble = CP_RATE_LIMIT,
                            .wait_ms = by == GATE_CONCURRENCY ? turn_ms(k) : wait_ms };
    say_gate(k, by, why);
    return false;
}

/* ---- the step ---- */

static enum step allow_refuse(struct exchange *x, const struct refusal *no, struct buf *why)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = no->trouble };

    if (no->wait_ms >= 0)
        x->retry_after_ms = no->wait_ms > 1000 ? no->wait_ms : 1000;
    error.text = arena_copy(x->arena, buf_str(why));
    if (no->trouble == CP_BILLING) {
        error.name = STR("usage_limit_reached"); /* the word that Codex stops at */
        x->refill_wall_s = no->anew_ms / 1000;
        x->overdraft = arena_printf(x->arena, "T%.*s; ask for a larger one",
                                    STR_FMT(str_from(str_cut(error.text, no->why_bytes), 1)));
    }
    x->end = (struct end_code){ 'P', 'R' };
    return answer_trouble(x, &error, 0);
}

/* Takes all it needs, or nothing. */
static bool allow_take(struct exchange *x, const struct allow_ask *ask, struct allowed *a,
                       struct buf *why, struct refusal *no)
{
    struct gate *gate = &a->of->vitals->gate;
    int64_t wait_ms = 0;

    enum gate_answer by =
        gate_enter(gate, &a->of->rules, a->guess.tokens, ask->now_ms, &wait_ms);
    if (!may_enter(ask->client, by, wait_ms, why, no))
        return false;
    enum purse_answer answer = a->of->purse ? purse_reserve(a->of->purse, &a->of->budget,
                                                            &a->guess, ask->wall_ms, &wait_ms)
                                            : PURSE_OPEN;
    a->is_inside = may_spend(x->setup, ask, &a->guess, answer, wait_ms, why, no);
    if (!a->is_inside)
        gate_undo(gate, &a->of->rules, a->guess.tokens);
    return a->is_inside;
}

static bool allow_work(struct exchange *x, const struct allow_ask *ask, struct buf *why,
                       struct refusal *no)
{
    struct allowed *a = arena_need(x->arena, sizeof(*a));
    int64_t tokens[METERS] = { 0 };
    struct dearest dearest = { 0 };

    a->of = &x->setup->owners[x->owner->ordinal];
    if (x->owner->caps.tpm || client_has_budget(x->owner))
        guess_tokens(x, a, tokens);
    if (x->owner->budget.micro >= 0)
        guess_money(x->setup, x->arena, ask, tokens, &dearest);
    a->guess.micro = dearest.micro;
    if (!may_price(ask, &dearest, why, no) || !allow_take(x, ask, a, why, no))
        return false;
    x->allowed = a;
    return true;
}

enum step step_allow(struct exchange *x)
{
    struct refusal no;
    struct buf why;
    enum step answer = STEP_NEXT;

    if (!x->owner)
        return STEP_NEXT;
    struct allow_ask ask = allow_ask_of(x);
    buf_init(&why, 2048);
    if (!may_model(&ask, &why, &no) ||
        (allow_is_work(x->op) && !allow_work(x, &ask, &why, &no)))
        answer = allow_refuse(x, &no, &why);
    buf_fini(&why);
    return answer;
}

/* What auth.c asks before anything else. */
static bool may_come_in(const struct allow_ask *ask, struct buf *why)
{
    if (!ask->client->is_enabled)
        buf_add_z(why, "this key has been disabled");
    else if (client_is_over(ask->client, ask->wall_ms))
        buf_add_z(why, "this key has expired");
    else if (!client_has_family(ask->client, ask->family))
        buf_printf(why, "this key may not use the client API \"%.*s\"", STR_FMT(ask->family));
    return !why->n;
}

bool allow_look(const struct setup *s, const struct allow_ask *ask, struct buf *why)
{
    const struct setup_client *o = &s->owners[ask->client->ordinal];
    int64_t tokens[METERS] = {
        [CP_INPUT] = (int64_t)ask->body_bytes / BYTES_OF_A_TOKEN, [CP_OUTPUT] = OUTPUT_UNSAID
    };
    struct purse_sum guess = { tokens[CP_INPUT] + tokens[CP_OUTPUT], 0 };
    struct dearest dearest;
    struct refusal no;
    int64_t wait_ms = 0;

    if (!may_come_in(ask, why) || !may_model(ask, why, &no) || !allow_is_work(ask->op))
        return !why->n;
    struct arena *arena = arena_new(1024, 0);
    guess_money(s, arena, ask, tokens, &dearest);
    guess.micro = dearest.micro;
    enum gate_answer by =
        gate_look(&o->vitals->gate, &o->rules, guess.tokens, ask->now_ms, &wait_ms);
    bool may =
        may_price(ask, &dearest, why, &no) && may_enter(ask->client, by, wait_ms, why, &no);
    if (may && o->purse)
        may = may_spend(s, ask, &guess,
                        purse_check(o->purse, &o->budget, &guess, ask->wall_ms, &wait_ms),
                        wait_ms, why, &no);
    arena_free(arena);
    return may;
}

/* ---- the end ---- */

static int64_t known(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

/* It was broken off in the middle: nobody has told, or not all of it. */
static void settle_fill(struct exchange *x)
{
    const struct attempt *at = &x->attempt;
    int64_t seen = usage_seen(&at->usage);
    bool is_input_told = false;

    for (int i = CP_INPUT; i <= CP_INPUT_TOOLS; i++)
        is_input_told |= x->tokens[i] > 0;
    if (!is_input_told && x->allowed->is_guessed) {
        x->tokens[CP_INPUT] = x->allowed->input;
        x->is_estimated = true;
    }
    int64_t told = known(x->tokens[CP_OUTPUT]) + known(x->tokens[CP_REASONING_TOKENS]);
    if (seen > told) {
        x->tokens[CP_OUTPUT] = seen - known(x->tokens[CP_REASONING_TOKENS]);
        x->is_estimated = true;
    }
}

/* A request that failed before it showed anything has cost nothing; one that the client, or we, left while it was asked has. */
static bool settle_is_due(const struct exchange *x)
{
    if (x->is_committed)
        return true;
    if (x->end.who == 'C' || x->end.who == 'K')
        return x->attempt.sent_us && !x->attempt.is_judged;
    return x->status > 0 && x->status < 400;
}

/* Not for every request. */
static bool settle_may_warn(struct setup_client *o, int64_t wall_ms)
{
    int64_t last_ms = atomic_load(&o->warned_ms);

    return (!last_ms || wall_ms >= last_ms + WARN_MS) &&
           atomic_compare_exchange_strong(&o->warned_ms, &last_ms, wall_ms);
}

static int64_t settle_money(const struct exchange *x, int64_t wall_ms)
{
    const struct attempt *a = &x->attempt;

    if (!a->channel)
        return 0;
    const struct conf_price *p =
        price_at(x->setup->conf, a->channel->conf->id, a->model, x->model, wall_ms);
    if (p)
        return price_of(p, x->tokens);
    if (x->owner->budget.micro >= 0 && settle_may_warn(x->allowed->of, wall_ms))
        log_msg(CP_LOG_WARN,
                "%.*s: no price of %.*s at channel %.*s: it costs the budget of client key %s "
                "nothing",
                STR_FMT(x->id), STR_FMT(str_cut(a->model, 100)), STR_FMT(a->channel->conf->id),
                x->owner->id);
    return 0;
}

void allow_settle(struct exchange *x)
{
    struct allowed *a = x->allowed;
    struct purse_sum spent = { 0 };
    int64_t wall_ms = clock_wall_ms();

    if (!a || !a->is_inside)
        return;
    a->is_inside = false;
    atomic_fetch_add_explicit(&a->of->vitals->served, 1, memory_order_relaxed);
    atomic_store_explicit(&a->of->vitals->last_ok_ms, wall_ms, memory_order_relaxed);
    if (settle_is_due(x)) {
        if (x->end.who != '-' || x->op != CP_CHAT)
            settle_fill(x);
        for (int i = CP_INPUT; i <= CP_REASONING_TOKENS; i++)
            spent.tokens += known(x->tokens[i]);
        spent.micro = settle_money(x, wall_ms);
    }
    gate_settle(&a->of->vitals->gate, &a->of->rules, a->guess.tokens, spent.tokens);
    gate_leave(&a->of->vitals->gate);
    if (a->of->purse)
        purse_settle(a->of->purse, &a->guess, &spent, wall_ms);
}
