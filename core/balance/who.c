/* SPDX-License-Identifier: MIT */
/*
 * who - capabilities first, then wishes: what the request follows on, what the administrator promotes, where the
 * conversation was last.
 *
 * A home is kept by its conversation as long as it is away for a minute at most: such a turn is served elsewhere (a detour)
 * and the next one goes home again, because one hiccup must not cost a cache of a hundred thousand tokens.  A home that is
 * gone, switched off or away for longer is forgotten at once, and who serves next is the new one.
 *
 * A promotion does not outrank health.  Who promotes a channel wants it to be used, not his users' requests to fail.
 * Those told at run time go before those of the file: they are the younger word.
 */
#include "balance/who.h"

#include "balance/trace.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/affinity.h"
#include "state/marks.h"

/* ---- who can ---- */

/* Who cannot compact can be asked for a summary (flow/summary.c). */
static bool can_do(uint64_t ops, uint32_t op)
{
    uint64_t enough = op == CP_COMPACT ? CP_BIT(CP_COMPACT) | CP_BIT(CP_CHAT) : CP_BIT(op);

    return ops & enough;
}

uint32_t who_cannot(const struct choice *c, uint32_t channel)
{
    const struct roster_channel *r = &c->roster->channels[channel];
    const struct pick_ask *ask = c->ask;

    if (r->conf->status != CONF_ACTIVE)
        return TRACE_STATUS;
    if (!r->ops)
        return TRACE_ADAPTER;
    if (!conf_serves_family(r->conf, ask->family))
        return TRACE_FAMILY;
    if (!can_do(r->ops, ask->op))
        return TRACE_OP;
    if (!ask->any_model && !conf_serves_model(r->conf, ask->model))
        return TRACE_MODEL;
    return ask->may && !ask->may(ask->ctx, channel) ? TRACE_FORBIDDEN : TRACE_WHY_NONE;
}

static bool has_own_order(const struct choice *c)
{
    return c->route && c->route->order;
}

const uint32_t *who_order(const struct choice *c, uint32_t *n)
{
    *n = has_own_order(c) ? c->route->order_n : c->family->order_n;
    return has_own_order(c) ? c->route->order : c->family->order;
}

/* A family's order has all who serve it, so only a route's need be looked through. */
static bool can(const struct choice *c, uint32_t channel)
{
    bool is_in = !has_own_order(c);

    for (uint32_t i = 0; !is_in && i < c->route->order_n; i++)
        is_in = c->route->order[i] == channel;
    return is_in && !who_cannot(c, channel);
}

/* ---- where somebody was ---- */

/* Whether the key is still there and switched on. */
static bool has_key(const struct roster_channel *r, struct cp_str id, uint32_t *key)
{
    *key = 0;
    if (!r->conf->keys_n)
        return !id.p;
    for (; *key < r->conf->keys_n; ++*key)
        if (str_eq(roster_key_id(r, *key), id))
            return r->conf->keys[*key].is_enabled;
    return false;
}

static bool home_stands(struct choice *c, const struct affinity_home *at, struct home *home)
{
    const struct roster_channel *r = roster_find(c->roster, at->channel);

    if (!r || r->conf->status != CONF_ACTIVE || !r->ops || !has_key(r, at->key, &home->key))
        return false;
    home->channel = (uint32_t)(r - c->roster->channels);
    return path_key_rests_until(c, home->channel, home->key) <= c->ask->now_ms + WHO_AWAY_MS;
}

/* ---- who is meant ---- */

static void note_meant(struct choice *c, uint32_t why, uint32_t channel)
{
    trace_add(c->trace, &(struct trace_step){ .kind = TRACE_PREFER,
                                              .why = (uint16_t)why,
                                              .channel = channel,
                                              .key = TRACE_ANY,
                                              .url = TRACE_ANY,
                                              .at_us = c->ask->now_ms * 1000 });
}

static bool prefer(struct choice *c, uint32_t why, const struct roster_channel *r,
                   const struct home *home, struct path *p)
{
    uint32_t channel = r ? (uint32_t)(r - c->roster->channels) : 0;

    if (!r || !can(c, channel))
        return false;
    note_meant(c, why, channel);
    bool is_home = home->is_there && home->channel == channel;
    return (is_home && path_of_key(c, channel, home->key, p)) || path_find(c, channel, p);
}

static bool is_promoted_by_mark(struct choice *c, struct cp_str owner, const struct home *home,
                                struct path *p)
{
    struct marks *m = c->roster->marks;
    char id[MARK_BYTES + 1];

    for (size_t at = 0; marks_next(m, MARK_PROMOTED, owner, &at, c->ask->now_ms, id);)
        if (prefer(c, TRACE_PROMOTION, roster_find(c->roster, str_of(id)), home, p))
            return true;
    return false;
}

static bool is_promoted(struct choice *c, const struct home *home, struct path *p)
{
    const struct roster_family *f = c->family;

    if (is_promoted_by_mark(c, f->name, home, p) || is_promoted_by_mark(c, STR(""), home, p))
        return true;
    for (uint32_t i = 0; i < f->promoted_n; i++) {
        const struct roster_channel *r = &c->roster->channels[f->promoted[i]];
        if (r->conf->promoted_until_ms > c->ask->wall_ms &&
            prefer(c, TRACE_PROMOTION, r, home, p))
            return true;
    }
    return false;
}

/* Its key alone: another of the channel may be another account's. */
static bool is_sealer(struct choice *c, struct path *p)
{
    struct affinity_table *seals = c->roster->seals;
    struct affinity_home at;
    struct home home;

    if (!c->ask->sealed || !seals ||
        !affinity_find(seals, c->ask->sealed, c->ask->now_ms, &at) ||
        !home_stands(c, &at, &home) || !can(c, home.channel))
        return false;
    note_meant(c, TRACE_PROVENANCE, home.channel);
    return path_of_key(c, home.channel, home.key, p);
}

bool who_is_meant(struct choice *c, const struct home *home, struct path *p, uint32_t *why)
{
    const struct roster_channel *last =
        home->is_there ? &c->roster->channels[home->channel] : NULL;
    bool was_quiet = c->is_quiet, is_found = true;

    c->is_quiet = true; /* who of them is not fit is told of with all the others */
    if (prefer(c, TRACE_PROVENANCE, roster_find(c->roster, c->ask->maker), home, p) ||
        is_sealer(c, p))
        *why = TRACE_PROVENANCE;
    else if (is_promoted(c, home, p))
        *why = TRACE_PROMOTION;
    else if (prefer(c, TRACE_AFFINITY, last, home, p))
        *why = TRACE_AFFINITY;
    else
        is_found = false;
    c->is_quiet = was_quiet;
    return is_found;
}

/* ---- home ---- */

void who_is_home(struct choice *c, struct home *home)
{
    struct affinity_home at;

    *home = (struct home){ .is_there = false };
    if (!c->ask->session ||
        !affinity_find(c->roster->affinity, c->ask->session, c->ask->now_ms, &at))
        return;
    home->is_there = home_stands(c, &at, home);
    if (!home->is_there && !c->ask->is_dry)
        affinity_drop(c->roster->affinity, c->ask->session);
}
