/* SPDX-License-Identifier: MIT */
/*
 * roster - what can be worked out once per snapshot is worked out here: orders, hashes, caps, and the health records.
 *
 * Names of records (state/vitals.h) are made of ids and base URLs only, so a channel that is moved in the file, or a
 * key that is moved in its list, meets its old health again.  A base URL that is to be taken exactly ('#') is
 * another place than the same text without, and has a record of its own.
 *
 * Hashes are keyed with a constant: rendezvous must name the same channel after a restart, and in each of several
 * gateways behind one balancer.  Ids are the administrator's, so nobody can steer them.
 */
#include "balance/roster.h"

#include "balance/strategy.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/vitals.h"

#include <stdlib.h>

static const uint8_t roster_hash_key[16] = "claude-proxy ids";

/* ---- channels ---- */

static struct gate_rules rules_of(const struct conf_caps *c)
{
    return (struct gate_rules){ c->concurrency, c->rpm, c->tpm };
}

static struct breaker_rules breaker_of(const struct conf_breaker *b)
{
    return (struct breaker_rules){ .is_off = b->is_off,
                                   .window = (uint32_t)b->window,
                                   .minimum = (uint32_t)b->minimum,
                                   .percent = (uint32_t)b->percent,
                                   .open_ms = b->open_ms,
                                   .age_ms = b->age_ms };
}

struct cp_str roster_key_id(const struct roster_channel *c, uint32_t key)
{
    return key < c->conf->keys_n ? str_of(c->conf->keys[key].id) : STR_NONE;
}

/* What a path's record calls the key of a channel that has none. */
static struct cp_str key_word(const struct roster_channel *c, uint32_t key)
{
    return c->conf->keys_n ? roster_key_id(c, key) : STR("-");
}

static void channel_keys(struct roster_channel *c, struct vitals_table *t, struct arena *a)
{
    struct gate_rules *rules = arena_need(a, c->keys_n * sizeof(*rules));
    uint64_t *hashes = arena_need(a, c->keys_n * sizeof(*hashes));

    c->keys = arena_need(a, c->keys_n * sizeof(struct vitals *));
    for (uint32_t k = 0; k < c->conf->keys_n; k++) {
        struct cp_str id = roster_key_id(c, k);
        c->keys[k] = vitals_table_get(
            t, arena_printf(a, "%.*s/key/%.*s", STR_FMT(c->conf->id), STR_FMT(id)));
        rules[k] = rules_of(&c->conf->keys[k].caps);
        hashes[k] = hash_keyed(roster_hash_key, id);
    }
    c->key_rules = rules;
    c->key_hashes = hashes;
}

static void channel_paths(struct roster_channel *c, struct vitals_table *t, struct arena *a)
{
    c->urls = arena_need(a, c->urls_n * sizeof(struct vitals *));
    c->paths = arena_need(a, (size_t)c->keys_n * c->urls_n * sizeof(struct vitals *));
    for (uint32_t u = 0; u < c->urls_n; u++) {
        const struct conf_url *url = &c->conf->urls[u];
        struct cp_str base =
            arena_printf(a, "%.*s%s", STR_FMT(url->base), url->is_exact ? "#" : "");
        c->urls[u] = vitals_table_get(
            t, arena_printf(a, "%.*s/url/%.*s", STR_FMT(c->conf->id), STR_FMT(base)));
        for (uint32_t k = 0; k < c->keys_n; k++)
            c->paths[k * c->urls_n + u] =
                vitals_table_get(t, arena_printf(a, "%.*s/path/%.*s/%.*s", STR_FMT(c->conf->id),
                                                 STR_FMT(key_word(c, k)), STR_FMT(base)));
    }
}

static void channel_build(struct roster_channel *c, const struct conf_channel *conf,
                          uint64_t ops, struct vitals_table *t, struct arena *a)
{
    c->conf = conf;
    c->ops = ops;
    c->hash = hash_keyed(roster_hash_key, conf->id);
    c->weight = conf->weight;
    c->keys_n = conf->keys_n ? (uint32_t)conf->keys_n : 1;
    c->urls_n = (uint32_t)conf->urls_n;
    c->rules = rules_of(&conf->caps);
    c->breaker = breaker_of(&conf->breaker);
    c->vitals = vitals_table_get(t, conf->id);
    channel_keys(c, t, a);
    channel_paths(c, t, a);
}

/* ---- by id ---- */

static void slots_build(struct roster *r, struct arena *a)
{
    r->slots_n = 4;
    while (r->slots_n < 2 * r->channels_n)
        r->slots_n *= 2;
    r->slots = arena_need(a, r->slots_n * sizeof(*r->slots));
    for (uint32_t i = 0; i < r->channels_n; i++) {
        uint32_t at = (uint32_t)r->channels[i].hash & (r->slots_n - 1);
        while (r->slots[at])
            at = (at + 1) & (r->slots_n - 1);
        r->slots[at] = i + 1;
    }
}

const struct roster_channel *roster_find(const struct roster *r, struct cp_str channel_id)
{
    uint32_t at = (uint32_t)hash_keyed(roster_hash_key, channel_id) & (r->slots_n - 1);

    if (!channel_id.p)
        return NULL;
    for (; r->slots[at]; at = (at + 1) & (r->slots_n - 1)) {
        const struct roster_channel *c = &r->channels[r->slots[at] - 1];
        if (str_eq(c->conf->id, channel_id))
            return c;
    }
    return NULL;
}

/* ---- orders ---- */

static bool serves(const struct roster_channel *c, struct cp_str family)
{
    return c->conf->status == CONF_ACTIVE && c->ops && conf_serves_family(c->conf, family);
}

static bool is_in(const uint32_t *order, uint32_t n, uint32_t ordinal)
{
    for (uint32_t i = 0; i < n; i++)
        if (order[i] == ordinal)
            return true;
    return false;
}

/* Adds those that the ids name, in their order, once. */
static uint32_t order_named(const struct roster *r, const struct cp_str *ids, size_t ids_n,
                            uint32_t *order)
{
    uint32_t n = 0;

    for (size_t i = 0; i < ids_n; i++) {
        const struct roster_channel *c = roster_find(r, ids[i]);
        if (c && c->conf->status == CONF_ACTIVE && c->ops &&
            !is_in(order, n, (uint32_t)(c - r->channels)))
            order[n++] = (uint32_t)(c - r->channels);
    }
    return n;
}

struct place {
    int32_t priority;
    uint32_t ordinal;
};

static int place_compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* All channels, by priority and then by place. */
static uint32_t *order_common(const struct roster *r, struct arena *a)
{
    struct place *places = arena_need(a, (r->channels_n + 1) * sizeof(*places));
    uint32_t *order = arena_need(a, (r->channels_n + 1) * sizeof(*order));

    for (uint32_t i = 0; i < r->channels_n; i++)
        places[i] = (struct place){ r->channels[i].conf->priority, i };
    qsort(places, r->channels_n, sizeof(*places), place_compare);
    for (uint32_t i = 0; i < r->channels_n; i++)
        order[i] = places[i].ordinal;
    return order;
}

static void family_order(struct roster_family *f, const struct roster *r,
                         const uint32_t *common, struct arena *a)
{
    uint32_t named_n = 0;

    f->order = arena_need(a, (r->channels_n + 1) * sizeof(*f->order));
    if (f->conf)
        named_n = order_named(r, f->conf->order, f->conf->order_n, f->order);
    for (uint32_t i = 0; i < named_n; i++)
        if (serves(&r->channels[f->order[i]], f->name))
            f->order[f->order_n++] = f->order[i];
    named_n = f->order_n;
    for (uint32_t i = 0; i < r->channels_n; i++)
        if (serves(&r->channels[common[i]], f->name) && !is_in(f->order, named_n, common[i]))
            f->order[f->order_n++] = common[i];
}

static void family_promoted(struct roster_family *f, const struct roster *r, struct arena *a)
{
    f->promoted = arena_need(a, (f->order_n + 1) * sizeof(*f->promoted));
    for (uint32_t i = 0; i < f->order_n; i++)
        if (r->channels[f->order[i]].conf->promoted_until_ms)
            f->promoted[f->promoted_n++] = f->order[i];
}

/* Configurations that were checked name only strategies there are. */
static const struct strategy *strategy_or(struct cp_str name, const struct strategy *other)
{
    const struct strategy *s = strategy_find(name);

    return s ? s : other;
}

static void family_build(struct roster_family *f, const struct roster *r, struct cp_str name,
                         const uint32_t *common, struct arena *a)
{
    const struct conf_scheduler *s = &r->conf->scheduler;

    f->name = arena_copy(a, name);
    f->conf = conf_family(r->conf, name);
    f->strategy = strategy_or(s->strategy, &strategy_failover);
    f->affinity = s->affinity;
    if (f->conf) {
        f->strategy = strategy_or(f->conf->strategy, f->strategy);
        if (f->conf->affinity != CONF_UNSAID)
            f->affinity = f->conf->affinity == CONF_YES;
    }
    family_order(f, r, common, a);
    family_promoted(f, r, a);
}

static void route_build(struct roster_route *route, const struct roster *r,
                        const struct conf_route *conf, struct arena *a)
{
    route->conf = conf;
    route->strategy = strategy_find(conf->strategy);
    if (!conf->channels_n)
        return;
    route->order = arena_need(a, conf->channels_n * sizeof(*route->order));
    route->order_n = order_named(r, conf->channels, conf->channels_n, route->order);
}

void roster_build(struct roster *r, const struct conf *conf, const uint64_t *ops,
                  const struct cp_str *families, uint32_t families_n,
                  const struct roster_health *health, struct arena *a)
{
    *r = (struct roster){ .conf = conf,
                          .channels_n = (uint32_t)conf->channels_n,
                          .families_n = families_n,
                          .vitals = health->vitals,
                          .marks = health->marks,
                          .affinity = health->affinity,
                          .seals = health->seals };
    r->channels = arena_need(a, (r->channels_n + 1) * sizeof(*r->channels));
    for (uint32_t i = 0; i < r->channels_n; i++) {
        channel_build(&r->channels[i], &conf->channels[i], ops[i], r->vitals, a);
        r->channels[i].news = health->news;
    }
    slots_build(r, a);

    const uint32_t *common = order_common(r, a);
    r->families = arena_need(a, (families_n + 1) * sizeof(*r->families));
    for (uint32_t i = 0; i < families_n; i++)
        family_build(&r->families[i], r, families[i], common, a);
    r->routes = arena_need(a, (conf->routes_n + 1) * sizeof(*r->routes));
    for (size_t i = 0; i < conf->routes_n; i++)
        route_build(&r->routes[i], r, &conf->routes[i], a);
}

const struct roster_family *roster_family(const struct roster *r, struct cp_str name)
{
    for (uint32_t i = 0; i < r->families_n; i++)
        if (str_eq(r->families[i].name, name))
            return &r->families[i];
    return NULL;
}

struct roster_path roster_path(const struct roster *r, uint32_t channel, uint32_t key,
                               uint32_t url)
{
    const struct roster_channel *c = &r->channels[channel];

    return (struct roster_path){ .channel = c,
                                 .key = c->keys[key],
                                 .url = c->urls[url],
                                 .path = c->paths[key * c->urls_n + url] };
}
