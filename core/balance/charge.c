/* SPDX-License-Identifier: MIT */
/*
 * charge - the books of charge.h: one outcome, and each owner's share of it.
 *
 * What happened to a request says nothing of what happened after it began.  An answer of ten minutes that ends well does
 * not clear the rest of a key that has run dry meanwhile; breakers know that by their generations, rests by the
 * time they began.
 *
 * A channel with several base URLs is not ill because one of them is: its own breaker hears of a failure only when no other
 * base URL is well.  Otherwise every request that finds its way by the second URL would count one failure and one
 * success, and the channel be closed at 50 % although it serves everybody.
 *
 * A fault of the model is booked only in the words in which services speak of models: not found, forbidden, exhausted.  A
 * refusal in other words may well be this one request's own, and would take the model from everybody else.
 */
#include "balance/charge.h"

#include "balance/notice.h"
#include "balance/tell.h"
#include "balance/trace.h"
#include "balance/who.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"

enum {
    KEY_MS = 30 * 1000,
    EMPTY_MS = 10 * 60 * 1000, /* no money, no quota: it rarely comes back sooner */
    URL_MS = 2 * 1000,
    CUT_MS = 1000,
    MODEL_MS = 10 * 60 * 1000
};

/* One settlement. */
struct books {
    const struct roster *roster;
    const struct pick *pick;
    const struct outcome *out;
    struct roster_path at;
    int64_t now_ms, wall_ms;
    enum breaker_result path, channel; /* what the breakers hear */
};

static int64_t rest_most_ms(const struct books *b)
{
    return b->roster->conf->scheduler.cooldown_most_ms;
}

static struct cooldown_cause cause_of(const struct books *b)
{
    return (struct cooldown_cause){ .fault = b->out->verdict.fault,
                                    .trouble = b->out->verdict.trouble,
                                    .source = b->out->wait_source,
                                    .status = b->out->status };
}

static struct notice_time time_of(const struct books *b)
{
    return (struct notice_time){ b->now_ms, b->wall_ms };
}

static void count_failed(const struct books *b, struct vitals *v)
{
    if (!v)
        return;
    atomic_fetch_add_explicit(&v->failed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&v->failed_in_a_row, 1, memory_order_relaxed);
    atomic_store_explicit(&v->last_trouble,
                          vitals_failure(b->out->verdict.trouble, b->out->status),
                          memory_order_relaxed);
    atomic_store_explicit(&v->last_failed_ms, b->wall_ms, memory_order_relaxed);
}

/* ---- a key's fault ---- */

/* first_ms, doubled with each charge in a row: like a preset of the cool-down, but up to most_ms. */
static int64_t doubled_ms(const struct cooldown *c, int64_t first_ms, int64_t most_ms,
                          int64_t now_ms)
{
    uint32_t before = atomic_load_explicit(&c->charges, memory_order_relaxed);
    bool is_same =
        cooldown_until(c, now_ms) && !atomic_load_explicit(&c->is_probed, memory_order_relaxed);

    for (before -= before && is_same; before && first_ms < most_ms; before--)
        first_ms *= 2;
    return first_ms < most_ms ? first_ms : most_ms;
}

/* Quota or money: from ten minutes to the longest rest.  Revoked: the longest, and more if it stays so. */
static bool charge_rest(const struct books *b, struct cooldown *c)
{
    const struct cp_verdict *v = &b->out->verdict;
    struct cooldown_cause cause = cause_of(b);
    int64_t wait_ms = v->wait_ms, most_ms = rest_most_ms(b);

    if (v->trouble == CP_BILLING && wait_ms < 0) {
        cause.source = COOLDOWN_PRESET;
        wait_ms = doubled_ms(c, EMPTY_MS, most_ms, b->now_ms);
    } else if (v->disable_key && v->trouble != CP_BILLING) {
        cause.source = COOLDOWN_PRESET;
        wait_ms = doubled_ms(c, most_ms, COOLDOWN_HARD_MS, b->now_ms);
        most_ms = COOLDOWN_HARD_MS;
    }
    return cooldown_charge(c, &cause, wait_ms, KEY_MS, most_ms, b->now_ms);
}

/* Its conversations need not come to find out. */
static void forget_homes(const struct books *b, bool of_all_keys)
{
    struct cp_str key = roster_key_id(b->at.channel, b->pick->key);

    affinity_forget(b->roster->affinity, b->at.channel->conf->id, of_all_keys ? STR_NONE : key);
}

static void charge_cooldown_of_key(const struct books *b)
{
    struct cooldown *c = &b->at.key->cooldown;
    int64_t was_ms = cooldown_until(c, b->now_ms);
    bool was_away = was_ms > b->now_ms + WHO_AWAY_MS;
    struct notice_time t = time_of(b);

    if (charge_rest(b, c) && !was_away &&
        cooldown_until(c, b->now_ms) > b->now_ms + WHO_AWAY_MS)
        forget_homes(b, false);
    tell_rest(&b->at, b->pick->key, &b->out->verdict, b->out->status, b->now_ms, b->wall_ms);
    notice_key_rests(&b->at, b->pick->key, &b->out->verdict, b->out->status, was_ms, &t);
}

/* A limit or a crowd passes; what is not there or not allowed stays so for a while. */
static int64_t model_ms(const struct cp_verdict *v)
{
    bool is_passing = v->trouble == CP_RATE_LIMIT || v->trouble == CP_OVERLOADED;

    return v->wait_ms >= 0 ? v->wait_ms : is_passing ? KEY_MS : MODEL_MS;
}

static void charge_model(const struct books *b, const struct vitals *owner)
{
    int64_t wait_ms = model_ms(&b->out->verdict);
    struct mark mark = {
        .kind = MARK_MODEL, .owner = owner->name, .detail = b->out->model, .cause = cause_of(b)
    };

    if (b->out->verdict.wait_ms < 0)
        mark.cause.source = COOLDOWN_PRESET;
    if (wait_ms > rest_most_ms(b))
        wait_ms = rest_most_ms(b);
    mark.until_ms = b->now_ms + wait_ms;
    if (wait_ms > 0 && b->out->model.n)
        marks_put(b->roster->marks, &mark, b->now_ms);
}

static bool is_quota_or_rights(const struct cp_verdict *v)
{
    return v->disable_key || v->trouble == CP_BILLING || v->trouble == CP_RATE_LIMIT ||
           v->trouble == CP_AUTH || v->trouble == CP_FORBIDDEN;
}

static void charge_url(struct books *b);

static void charge_key(struct books *b)
{
    const struct cp_verdict *v = &b->out->verdict;

    count_failed(b, b->at.key);
    if (v->for_model)
        charge_model(b, b->at.key ? b->at.key : b->at.channel->vitals);
    else if (b->at.key)
        charge_cooldown_of_key(b);
    else
        charge_url(b); /* somebody has to rest */
    if (!v->for_model && !is_quota_or_rights(v))
        b->path = BREAKER_FAILED;
}

/* ---- others' faults ---- */

static void charge_url(struct books *b)
{
    struct cooldown_cause cause = cause_of(b);
    int64_t was_ms = cooldown_until(&b->at.url->cooldown, b->now_ms);
    struct notice_time t = time_of(b);

    count_failed(b, b->at.url);
    cooldown_charge(&b->at.url->cooldown, &cause, b->out->verdict.wait_ms,
                    b->out->is_cut ? CUT_MS : URL_MS, rest_most_ms(b), b->now_ms);
    notice_url_rests(&b->at, b->pick->url, &b->out->verdict, b->out->status, was_ms, &t);
}

static bool rests(const struct books *b, const struct vitals *v)
{
    return v && cooldown_until(&v->cooldown, b->now_ms) &&
           !cooldown_is_due(&v->cooldown, b->now_ms);
}

/* Also one that is due for a probe: whoever brings the news must not stand before a closed channel. */
static bool is_usable(const struct books *b, uint32_t key, uint32_t url)
{
    struct roster_path at = roster_path(b->roster, b->pick->channel, key, url);

    return (!at.key || at.channel->conf->keys[key].is_enabled) && !rests(b, at.key) &&
           !rests(b, at.url) &&
           breaker_look(&at.path->breaker, &at.channel->breaker, b->now_ms) != BREAKER_OPEN;
}

/* By whichever key: what this one cannot do there another may. */
static bool has_other_url(const struct books *b)
{
    const struct roster_channel *c = b->at.channel;

    for (uint32_t n = 0; n < c->keys_n * c->urls_n; n++)
        if (n % c->urls_n != b->pick->url && is_usable(b, n / c->urls_n, n % c->urls_n))
            return true;
    return false;
}

static bool is_of_model(const struct cp_verdict *v)
{
    return v->for_model || v->wait_ms >= 0 || v->trouble == CP_NOT_FOUND ||
           v->trouble == CP_FORBIDDEN || v->trouble == CP_BILLING ||
           v->trouble == CP_RATE_LIMIT || v->trouble == CP_OVERLOADED;
}

static void charge_failed(struct books *b)
{
    switch (b->out->verdict.fault) {
    case CP_BY_KEY:
        if (b->out->verdict.trouble == CP_BAD_REQUEST)
            return; /* another key may do what this one cannot: that is no fault */
        charge_key(b);
        break;
    case CP_BY_MODEL:
        if (!is_of_model(&b->out->verdict))
            return;
        charge_model(b, b->at.channel->vitals);
        break;
    case CP_BY_UPSTREAM:
    case CP_BY_NETWORK:
        charge_url(b);
        b->path = BREAKER_FAILED;
        b->channel = has_other_url(b) ? BREAKER_NEUTRAL : BREAKER_FAILED;
        break;
    default:
        return;
    }
    count_failed(b, b->at.channel->vitals);
    count_failed(b, b->at.path);
}

/* ---- success ---- */

/* False: it began to rest since the request was sent, so that this success is of the past. */
static bool end_rest(const struct books *b, struct vitals *v)
{
    struct cooldown *c = &v->cooldown;

    if (cooldown_until(c, b->now_ms) &&
        atomic_load_explicit(&c->since_ms, memory_order_relaxed) > b->pick->at_ms)
        return false;
    cooldown_clear(c);
    return true;
}

/* As above; whoever follows is told of a rest that is over by it. */
static bool end_rest_of_key(const struct books *b)
{
    bool had_rest = atomic_load_explicit(&b->at.key->cooldown.until_ms, memory_order_relaxed);
    bool is_well = end_rest(b, b->at.key);

    if (had_rest && is_well)
        notice_key_well(&b->at, b->pick->key);
    return is_well;
}

static void end_rest_of_url(const struct books *b)
{
    bool had_rest = atomic_load_explicit(&b->at.url->cooldown.until_ms, memory_order_relaxed);

    if (end_rest(b, b->at.url) && had_rest)
        notice_url_well(&b->at, b->pick->url);
}

static void count_served(const struct books *b, struct vitals *v)
{
    atomic_fetch_add_explicit(&v->served, 1, memory_order_relaxed);
    atomic_store_explicit(&v->last_ok_ms, b->wall_ms, memory_order_relaxed);
    if (atomic_load_explicit(&v->failed_in_a_row, memory_order_relaxed))
        atomic_store_explicit(&v->failed_in_a_row, 0, memory_order_relaxed);
}

static void clear_model(const struct books *b, const struct vitals *owner)
{
    struct marks *m = b->roster->marks;

    if (marks_until(m, MARK_MODEL, owner->name, b->out->model, b->now_ms))
        marks_end(m, MARK_MODEL, owner->name, b->out->model, b->pick->at_ms);
}

static bool is_exhausted(const struct vitals *key)
{
    struct cooldown_cause cause;

    if (!atomic_load_explicit(&key->cooldown.charges, memory_order_relaxed))
        return false;
    cooldown_cause(&key->cooldown, &cause);
    return cause.trouble == CP_BILLING;
}

/* The channel serves, so it was that key alone that had no money left. */
static void demote_others(const struct books *b)
{
    const struct roster_channel *c = b->at.channel;

    for (uint32_t k = 0; c->keys_n > 1 && k < c->keys_n; k++) {
        int64_t none = 0;
        if (k != b->pick->key && is_exhausted(c->keys[k]))
            atomic_compare_exchange_strong(&c->keys[k]->demoted_ms, &none, b->wall_ms);
    }
}

static void key_is_well(const struct books *b)
{
    struct vitals *key = b->at.key;

    count_served(b, key);
    if (end_rest_of_key(b)) {
        if (atomic_load_explicit(&key->demoted_ms, memory_order_relaxed))
            atomic_store_explicit(&key->demoted_ms, 0, memory_order_relaxed);
        tell_well(&b->at, b->pick->key);
    }
    clear_model(b, key);
    demote_others(b);
}

static void charge_ok(struct books *b)
{
    const struct roster_channel *c = b->at.channel;
    const struct outcome *out = b->out;

    b->path = b->channel = BREAKER_OK;
    count_served(b, c->vitals);
    count_served(b, b->at.url);
    count_served(b, b->at.path);
    end_rest(b, c->vitals);
    end_rest_of_url(b);
    end_rest(b, b->at.path);
    clear_model(b, c->vitals);
    if (b->at.key)
        key_is_well(b);
    if (out->first_content_us >= 0) {
        meter_add(&c->vitals->meter, out->first_content_us, b->now_ms);
        meter_add(&b->at.path->meter, out->first_content_us, b->now_ms);
    }
    if (out->session && !b->pick->is_detour)
        affinity_set(b->roster->affinity, out->session, out->client_key, c->conf->id,
                     roster_key_id(c, b->pick->key), b->now_ms);
}

/* ---- what was taken is given back ---- */

static void report_path(const struct books *b)
{
    const struct pick *p = b->pick;

    if (!breaker_report(&b->at.path->breaker, &b->at.channel->breaker, &p->path_pass, b->path,
                        b->now_ms))
        return;
    if (b->path == BREAKER_FAILED && b->at.channel->urls_n == 1)
        forget_homes(b, false);
    tell_path(&b->at, p->key, p->url, b->path, b->now_ms, b->wall_ms);
}

static void report_channel(const struct books *b)
{
    const struct roster_channel *c = b->at.channel;

    if (!breaker_report(&c->vitals->breaker, &c->breaker, &b->pick->channel_pass, b->channel,
                        b->now_ms))
        return;
    if (b->channel == BREAKER_FAILED)
        forget_homes(b, true);
    tell_channel(c, b->channel, b->now_ms, b->wall_ms);
}

static void report(const struct books *b)
{
    report_path(b);
    report_channel(b);
}

/* -1: not told.  Who failed has used none; of who was given up nobody knows, so what was guessed stays. */
static int64_t spent(const struct books *b)
{
    if (b->out->tokens >= 0)
        return b->out->tokens;
    return b->out->result == CHARGE_FAILED && !b->out->is_cut ? 0 : b->pick->tokens;
}

static void leave(const struct books *b, struct gate *g, const struct gate_rules *rules)
{
    if (b->out->result == CHARGE_NEUTRAL && b->out->is_unsent) {
        gate_undo(g, rules, b->pick->tokens);
        return;
    }
    gate_settle(g, rules, b->pick->tokens, spent(b));
    gate_leave(g);
}

/* ---- content, before the end ---- */

static bool is_of_news(const struct pick *p)
{
    return p->why == TRACE_PROBE || p->is_degraded || p->channel_pass.is_probe ||
           p->path_pass.is_probe;
}

/* The pass of a probe becomes one like everybody's; true if that has closed the breaker. */
static bool pass_on(struct breaker *b, const struct breaker_rules *rules,
                    struct breaker_pass *pass, int64_t now_ms)
{
    if (!pass->is_probe && !pass->is_forced)
        return false;
    bool is_closed = breaker_report(b, rules, pass, BREAKER_OK, now_ms);
    *pass = (struct breaker_pass){ .generation = pass->generation };
    if (breaker_look(b, rules, now_ms) == BREAKER_CLOSED)
        (void)breaker_enter(b, rules, now_ms, pass);
    return is_closed;
}

void charge_content(const struct roster *roster, struct pick *pick, int64_t now_ms)
{
    struct books b = { .roster = roster, .pick = pick, .now_ms = now_ms };

    if (!pick->is_open || !pick->has_slot || !is_of_news(pick))
        return;
    b.at = roster_path(roster, pick->channel, pick->key, pick->url);
    end_rest(&b, b.at.channel->vitals);
    end_rest_of_url(&b);
    end_rest(&b, b.at.path);
    if (b.at.key && end_rest_of_key(&b))
        tell_well(&b.at, pick->key);
    if (pass_on(&b.at.channel->vitals->breaker, &b.at.channel->breaker, &pick->channel_pass,
                now_ms))
        tell_channel(b.at.channel, BREAKER_OK, now_ms, 0);
    if (pass_on(&b.at.path->breaker, &b.at.channel->breaker, &pick->path_pass, now_ms))
        tell_path(&b.at, pick->key, pick->url, BREAKER_OK, now_ms, 0);
}

/* ---- all of it ---- */

static void charge_light(struct books *b)
{
    const struct cp_verdict *v = &b->out->verdict;

    if (b->out->result != CHARGE_FAILED)
        return;
    if (v->fault == CP_BY_KEY && v->disable_key && v->trouble != CP_BILLING && b->at.key)
        charge_cooldown_of_key(b);
    else if (v->fault == CP_BY_NETWORK)
        charge_url(b);
}

void charge_settle(const struct roster *roster, struct pick *pick, const struct outcome *out,
                   int64_t now_ms, int64_t wall_ms)
{
    struct books b = { .roster = roster,
                       .pick = pick,
                       .out = out,
                       .now_ms = now_ms,
                       .wall_ms = wall_ms,
                       .path = BREAKER_NEUTRAL,
                       .channel = BREAKER_NEUTRAL };

    if (!pick->is_open)
        return;
    pick->is_open = false;
    b.at = roster_path(roster, pick->channel, pick->key, pick->url);
    if (!pick->has_slot) {
        charge_light(&b);
        return;
    }
    if (out->result == CHARGE_OK)
        charge_ok(&b);
    else if (out->result == CHARGE_FAILED)
        charge_failed(&b);
    report(&b);
    leave(&b, &b.at.channel->vitals->gate, &pick->channel_rules);
    if (b.at.key)
        leave(&b, &b.at.key->gate, &pick->key_rules);
    pick->has_slot = false;
}

struct tried charge_tried(const struct pick *p, const struct cp_verdict *v)
{
    struct tried t = { (int32_t)p->channel, TRIED_ANY, TRIED_ANY };

    if (v->fault == CP_BY_KEY)
        t.key = (int32_t)p->key;
    else if (v->fault == CP_BY_UPSTREAM || v->fault == CP_BY_NETWORK)
        t.url = (int32_t)p->url;
    return t;
}
