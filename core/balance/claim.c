/* SPDX-License-Identifier: MIT */
/*
 * claim - looking and taking are two steps, and between them another thread may have been faster.
 *
 * So everything that only one may have is taken by one atomic step each: slots first, because they are refused most often and
 * given back most cheaply; then the breakers' passes; then the probes of cool-downs, which cannot be given back
 * and are only due again after a while.  What was taken before a refusal is given back.
 */
#include "balance/claim.h"

#include "balance/notice.h"
#include "state/vitals.h"

static bool take_slots(const struct roster_path *o, const struct pick *p, int64_t tokens)
{
    int64_t wait_ms;

    if (gate_enter(&o->channel->vitals->gate, &p->channel_rules, tokens, p->at_ms, &wait_ms) !=
        GATE_OPEN)
        return false;
    if (!o->key ||
        gate_enter(&o->key->gate, &p->key_rules, tokens, p->at_ms, &wait_ms) == GATE_OPEN)
        return true;
    gate_undo(&o->channel->vitals->gate, &p->channel_rules, tokens);
    return false;
}

static void undo_slots(const struct roster_path *o, const struct pick *p, int64_t tokens)
{
    gate_undo(&o->channel->vitals->gate, &p->channel_rules, tokens);
    if (o->key)
        gate_undo(&o->key->gate, &p->key_rules, tokens);
}

/* Who looks whether it works again. */
static void take_notice(const struct roster_path *o, const struct pick *pick, int64_t now_ms)
{
    const struct notice_time t = { now_ms, 0 };

    if (pick->channel_pass.is_probe)
        notice_breaker(o->channel, BREAKER_HALF_OPEN, &t);
    if (pick->path_pass.is_probe)
        notice_path(o, pick->key, pick->url, BREAKER_HALF_OPEN, &t);
}

static bool take_passes(const struct roster_path *o, bool is_forced, int64_t now_ms,
                        struct pick *pick)
{
    const struct breaker_rules *rules = &o->channel->breaker;

    if (is_forced) {
        breaker_force(&o->channel->vitals->breaker, rules, now_ms, &pick->channel_pass);
        breaker_force(&o->path->breaker, rules, now_ms, &pick->path_pass);
        take_notice(o, pick, now_ms);
        return true;
    }
    if (!breaker_enter(&o->channel->vitals->breaker, rules, now_ms, &pick->channel_pass))
        return false;
    if (breaker_enter(&o->path->breaker, rules, now_ms, &pick->path_pass)) {
        take_notice(o, pick, now_ms);
        return true;
    }
    breaker_report(&o->channel->vitals->breaker, rules, &pick->channel_pass, BREAKER_NEUTRAL,
                   now_ms);
    return false;
}

static void undo_passes(const struct roster_path *o, const struct pick *pick, int64_t now_ms)
{
    const struct breaker_rules *rules = &o->channel->breaker;

    breaker_report(&o->channel->vitals->breaker, rules, &pick->channel_pass, BREAKER_NEUTRAL,
                   now_ms);
    breaker_report(&o->path->breaker, rules, &pick->path_pass, BREAKER_NEUTRAL, now_ms);
}

static bool take_probe(struct vitals *v, int64_t now_ms)
{
    return !v || !cooldown_until(&v->cooldown, now_ms) || cooldown_probe(&v->cooldown, now_ms);
}

static bool take_trial(const struct choice *c, const struct roster_path *o)
{
    int64_t since = atomic_load(&o->key->demoted_ms);

    return since && since != c->ask->wall_ms &&
           atomic_compare_exchange_strong(&o->key->demoted_ms, &since, c->ask->wall_ms);
}

static bool take_probes(const struct choice *c, const struct roster_path *o,
                        const struct path *p)
{
    int64_t now_ms = c->ask->now_ms;

    return take_probe(o->channel->vitals, now_ms) && take_probe(o->key, now_ms) &&
           take_probe(o->url, now_ms) && (!p->is_trial || take_trial(c, o));
}

bool claim_take(const struct choice *c, const struct path *p, bool is_forced, struct pick *pick)
{
    const struct pick_ask *ask = c->ask;
    struct roster_path o = roster_path(c->roster, p->channel, p->key, p->url);

    *pick = (struct pick){ .channel = p->channel,
                           .key = p->key,
                           .url = p->url,
                           .op = ask->op,
                           .at_ms = ask->now_ms,
                           .is_open = !ask->is_dry,
                           .is_degraded = is_forced };
    if (ask->is_dry || c->is_light)
        return true;
    pick->channel_rules = *fit_caps(c, p->channel, FIT_CHANNEL);
    if (o.key)
        pick->key_rules = *fit_caps(c, p->channel, p->key);
    if (!take_slots(&o, pick, ask->tokens))
        return false;
    if (!take_passes(&o, is_forced, ask->now_ms, pick)) {
        undo_slots(&o, pick, ask->tokens);
        return false;
    }
    if (!is_forced && !take_probes(c, &o, p)) {
        undo_passes(&o, pick, ask->now_ms);
        undo_slots(&o, pick, ask->tokens);
        return false;
    }
    pick->has_slot = true;
    pick->tokens = ask->tokens;
    return true;
}
