/* SPDX-License-Identifier: MIT */
/*
 * world - a random configuration, made of structs: to write and read text a million times would only test the reader.
 */
#include "world.h"

#include "dice.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { ALL_FAMILIES = (1 << FAMILIES) - 1, ALL_MODELS = (1 << MODELS) - 1 };
enum { ALL_LETTERS = (1 << LETTERS) - 1 };

static const struct cp_str models[MODELS] = { { "m0", 2 }, { "m1", 2 }, { "m2", 2 } };
static const struct cp_str family_names[FAMILIES] = { { "messages", 8 }, { "chat", 4 } };
static const struct cp_str strategies[] = { { "failover", 8 },     { "failover", 8 },
                                            { "round_robin", 11 }, { "random", 6 },
                                            { "least_busy", 10 },  { "two_choices", 11 } };

struct cp_str world_model(uint32_t model)
{
    return models[model];
}

const struct cp_str *world_families(void)
{
    return family_names;
}

static struct cp_str strategy_of(struct dice *d)
{
    return strategies[dice_of(d, sizeof(strategies) / sizeof(*strategies))];
}

/* ---- a channel ---- */

static struct conf_caps caps_of(struct dice *d)
{
    struct conf_caps c = { 0 };

    if (dice_is(d, 4))
        c.concurrency = dice_between(d, 1, 3);
    if (dice_is(d, 8))
        c.rpm = dice_between(d, 1, 20);
    if (dice_is(d, 10))
        c.tpm = dice_between(d, 500, 50000);
    return c;
}

/* Also such as the reader would refuse, at the edges. */
static struct conf_breaker breaker_of(struct dice *d)
{
    static const int64_t windows[] = { 1, 3, 5, 10, 10, 20, 64 },
                         percents[] = { 1, 30, 50, 50, 80, 100 },
                         opens[] = { SECOND, 30 * SECOND, 15 * MINUTE, 15 * MINUTE, DAY },
                         ages[] = { 0, SECOND, 15 * MINUTE, 15 * MINUTE, DAY };
    struct conf_breaker b = { .is_off = dice_is(d, 8) };

    b.window = windows[dice_of(d, 7)];
    b.minimum = dice_between(d, 1, b.window < 6 ? b.window : 6);
    b.percent = percents[dice_of(d, 6)];
    b.open_ms = opens[dice_of(d, 5)];
    b.age_ms = ages[dice_of(d, 5)];
    return b;
}

static void keys_make(struct conf_channel *c, uint32_t letter, struct dice *d, struct arena *a)
{
    uint32_t n = dice_is(d, 8) ? 0 : 1 + dice_of(d, dice_is(d, 4) ? 6 : 2);
    struct conf_key *keys = arena_need(a, (n + 1) * sizeof(*keys));

    for (uint32_t k = 0; k < n; k++) {
        keys[k].id[0] = (char)('a' + letter);
        keys[k].id[1] = (char)('0' + k);
        keys[k].is_enabled = n == 1 || !dice_is(d, 12);
        keys[k].ordinal = letter * KEYS + k;
        if (dice_is(d, 3))
            keys[k].caps = caps_of(d);
    }
    c->keys = keys;
    c->keys_n = n;
    c->is_keyless = !n;
}

static void urls_make(struct conf_channel *c, uint32_t letter, struct dice *d, struct arena *a)
{
    uint32_t n = 1 + (dice_is(d, 2) ? dice_of(d, 3) : 0);
    struct conf_url *urls = arena_need(a, n * sizeof(*urls));

    for (uint32_t u = 0; u < n; u++)
        urls[u].base = arena_printf(a, "https://%c%u.example", 'a' + letter, u);
    c->urls = urls;
    c->urls_n = n;
}

static void models_make(struct world *w, struct conf_channel *c, uint32_t letter,
                        struct dice *d, struct arena *a)
{
    struct cp_str *only = arena_need(a, MODELS * sizeof(*only));

    w->models[letter] = dice_is(d, 8) ? (uint8_t)(1 + dice_of(d, ALL_MODELS)) : ALL_MODELS;
    c->only = only;
    c->only_n = 0;
    if (w->models[letter] == ALL_MODELS)
        return;
    for (uint32_t m = 0; m < MODELS; m++)
        if (w->models[letter] >> m & 1)
            only[c->only_n++] = models[m];
}

static void families_make(struct world *w, struct conf_channel *c, uint32_t letter,
                          struct dice *d)
{
    uint32_t only = dice_of(d, FAMILIES);

    w->families_of[letter] = ALL_FAMILIES;
    if (!dice_is(d, 6))
        return;
    w->families_of[letter] = (uint8_t)(1 << only);
    c->families = &family_names[only];
    c->families_n = 1;
}

static void channel_make(struct world *w, uint32_t letter, struct dice *d, struct arena *a)
{
    uint32_t at = (uint32_t)w->conf.channels_n++;
    struct conf_channel *c = &w->channels[at];

    *c = (struct conf_channel){ .id = arena_printf(a, "%c", 'a' + letter),
                                .ordinal = at,
                                .priority = (int32_t)dice_of(d, 3),
                                .status = dice_is(d, 20)   ? CONF_SUSPENDED
                                          : dice_is(d, 20) ? CONF_DISABLED
                                                           : CONF_ACTIVE,
                                .weight = 1 + dice_of(d, dice_is(d, 4) ? 1000 : 3),
                                .full = dice_is(d, 2) ? STR("wait") : STR("pass"),
                                .keys_by = dice_is(d, 4) ? STR("session") : STR("order"),
                                .breaker = breaker_of(d) };
    if (dice_is(d, 2))
        c->breaker = (struct conf_breaker){ .window = 10,
                                            .minimum = 5,
                                            .percent = 50,
                                            .open_ms = 15 * MINUTE,
                                            .age_ms = 15 * MINUTE };
    if (dice_is(d, 4))
        c->caps = caps_of(d);
    if (dice_is(d, 16))
        c->promoted_until_ms = INT64_C(1700000000000) + dice_between(d, 0, 2 * HOUR);
    keys_make(c, letter, d, a);
    urls_make(c, letter, d, a);
    models_make(w, c, letter, d, a);
    families_make(w, c, letter, d);
    w->ops[at] = CP_BIT(CP_CHAT) | CP_BIT(CP_LIST_MODELS);
    if (!dice_is(d, 3))
        w->ops[at] |= CP_BIT(CP_COUNT_TOKENS);
    if (dice_is(d, 32))
        w->ops[at] = 0;
}

/* ---- families and the route ---- */

/* Some of the channels' ids in a random order. */
static const struct cp_str *ids_of(const struct world *w, struct dice *d, struct arena *a,
                                   size_t *n)
{
    struct cp_str *ids = arena_need(a, LETTERS * sizeof(*ids));
    uint32_t from = dice_of(d, (uint32_t)w->conf.channels_n);

    *n = 0;
    for (uint32_t i = 0; i < w->conf.channels_n; i++)
        if (!dice_is(d, 3))
            ids[(*n)++] = w->channels[(from + i) % w->conf.channels_n].id;
    return ids;
}

static void families_of_conf(struct world *w, struct dice *d, struct arena *a)
{
    w->conf.families = w->families;
    w->conf.families_n = 0;
    for (uint32_t f = 0; f < FAMILIES; f++) {
        struct conf_family *family = &w->families[w->conf.families_n];
        if (!dice_is(d, 3))
            continue;
        *family = (struct conf_family){ .name = family_names[f],
                                        .fuzzy = CONF_UNSAID,
                                        .affinity = (enum conf_tri)dice_of(d, 3) };
        if (dice_is(d, 2))
            family->order = ids_of(w, d, a, &family->order_n);
        if (dice_is(d, 2))
            family->strategy = strategy_of(d);
        w->conf.families_n++;
    }
}

static void route_of_conf(struct world *w, struct dice *d, struct arena *a)
{
    uint32_t model = dice_of(d, MODELS + 1);
    struct conf_route *r = &w->route;

    w->conf.routes = r;
    w->conf.routes_n = 0;
    w->route_models = 0;
    if (!dice_is(d, 3))
        return;
    w->conf.routes_n = 1;
    *r = (struct conf_route){ .model = model < MODELS ? models[model] : STR("m*"),
                              .affinity = (enum conf_tri)dice_of(d, 3) };
    w->route_models = model < MODELS ? (uint8_t)(1 << model) : ALL_MODELS;
    w->route_families = ALL_FAMILIES;
    w->route_letters = ALL_LETTERS;
    if (dice_is(d, 3)) {
        r->families = &family_names[0];
        r->families_n = 1;
        w->route_families = 1;
    }
    if (dice_is(d, 2))
        r->strategy = strategy_of(d);
    if (dice_is(d, 2))
        r->channels = ids_of(w, d, a, &r->channels_n);
    if (!r->channels_n)
        return;
    w->route_letters = 0;
    for (size_t i = 0; i < r->channels_n; i++)
        w->route_letters |= (uint16_t)(1 << (r->channels[i].p[0] - 'a'));
}

void world_make(struct world *w, bool is_small, struct dice *d, struct arena *a)
{
    static const int64_t most[] = { MINUTE, HOUR, HOUR, HOUR, DAY };
    uint32_t n = 1 + dice_of(d, is_small ? 3 : LETTERS - 1);

    memset(w, 0, sizeof(*w));
    w->conf.channels = w->channels;
    w->conf.attempts = 2 + dice_of(d, 7);
    w->conf.scheduler = (struct conf_scheduler){ .strategy = strategy_of(d),
                                                 .cooldown_most_ms = most[dice_of(d, 5)],
                                                 .affinity = !dice_is(d, 5),
                                                 .affinity_ttl_ms = 30 * MINUTE,
                                                 .affinity_max = 1000 };
    for (uint32_t i = 0; i < n; i++)
        channel_make(w, i, d, a);
    families_of_conf(w, d, a);
    route_of_conf(w, d, a);
}

/* ---- a reload ---- */

static void channel_swap(struct world *w, uint32_t i, uint32_t j)
{
    struct conf_channel c = w->channels[i];
    uint64_t ops = w->ops[i];

    w->channels[i] = w->channels[j];
    w->ops[i] = w->ops[j];
    w->channels[j] = c;
    w->ops[j] = ops;
}

static void channel_remove(struct world *w, uint32_t at)
{
    for (uint32_t i = at; i + 1 < w->conf.channels_n; i++)
        channel_swap(w, i, i + 1);
    w->conf.channels_n--;
}

static void channel_add(struct world *w, struct dice *d, struct arena *a)
{
    for (uint32_t l = 0; l < LETTERS; l++)
        if (world_ordinal(w, l) < 0) {
            channel_make(w, l, d, a);
            w->is_grown = true;
            return;
        }
}

/* A key moves, goes, or is switched. */
static void keys_edit(struct conf_channel *c, struct dice *d, struct arena *a)
{
    struct conf_key *keys = arena_need(a, (c->keys_n + 1) * sizeof(*keys));
    uint32_t n = (uint32_t)c->keys_n;

    if (!n)
        return;
    memcpy(keys, c->keys, n * sizeof(*keys));
    uint32_t at = dice_of(d, n), to = dice_of(d, n);
    switch (dice_of(d, 3)) {
    case 0: {
        struct conf_key k = keys[at];
        keys[at] = keys[to];
        keys[to] = k;
        break;
    }
    case 1:
        if (n > 1)
            keys[at] = keys[--n];
        break;
    default:
        keys[at].is_enabled = !keys[at].is_enabled;
        break;
    }
    c->keys = keys;
    c->keys_n = n;
}

static void channel_edit(struct world *w, uint32_t at, struct dice *d, struct arena *a)
{
    struct conf_channel *c = &w->channels[at];

    switch (dice_of(d, 7)) {
    case 0:
        if (w->conf.channels_n > 1)
            channel_remove(w, at);
        break;
    case 1:
        channel_add(w, d, a);
        break;
    case 2:
        c->status = c->status == CONF_ACTIVE ? CONF_SUSPENDED : CONF_ACTIVE;
        break;
    case 3:
        c->breaker = breaker_of(d);
        break;
    case 4:
        c->caps = caps_of(d);
        break;
    case 5:
        keys_edit(c, d, a);
        break;
    default:
        channel_swap(w, at, dice_of(d, (uint32_t)w->conf.channels_n));
        break;
    }
}

void world_edit(struct world *w, const struct world *before, struct dice *d, struct arena *a)
{
    uint32_t edits = 1 + dice_of(d, 3);

    *w = *before;
    w->conf.channels = w->channels;
    for (uint32_t i = 0; i < edits; i++)
        channel_edit(w, dice_of(d, (uint32_t)w->conf.channels_n), d, a);
    for (uint32_t i = 0; i < w->conf.channels_n; i++)
        w->channels[i].ordinal = i;
    w->conf.families = w->families;
    w->conf.routes = &w->route;
    if (dice_is(d, 4))
        families_of_conf(w, d, a);
    if (dice_is(d, 4))
        route_of_conf(w, d, a);
}

/* ---- what is asked of it ---- */

struct spot world_spot(const struct conf *conf, uint32_t channel, uint32_t key, uint32_t url)
{
    const struct conf_channel *c = &conf->channels[channel];

    return (struct spot){ (uint32_t)(c->id.p[0] - 'a'),
                          c->keys_n ? (uint32_t)(c->keys[key].id[1] - '0') : KEYLESS,
                          (uint32_t)(c->urls[url].base.p[9] - '0') };
}

int32_t world_ordinal(const struct world *w, uint32_t letter)
{
    for (uint32_t i = 0; i < w->conf.channels_n; i++)
        if (w->channels[i].id.p[0] == (char)('a' + letter))
            return (int32_t)i;
    return -1;
}

static bool has_route(const struct world *w, uint32_t family, uint32_t model)
{
    return w->conf.routes_n && w->route_models >> model & 1 && w->route_families >> family & 1;
}

bool world_is_routed(const struct world *w, uint32_t family, uint32_t model)
{
    return has_route(w, family, model) && w->route.channels_n;
}

bool world_can(const struct world *w, uint32_t channel, uint32_t op, uint32_t family,
               uint32_t model)
{
    uint32_t letter = (uint32_t)(w->channels[channel].id.p[0] - 'a');

    if (w->channels[channel].status != CONF_ACTIVE || !(w->ops[channel] >> op & 1))
        return false;
    if (has_route(w, family, model) && !(w->route_letters >> letter & 1))
        return false;
    return w->models[letter] >> model & 1 && w->families_of[letter] >> family & 1;
}

bool world_has_affinity(const struct world *w, uint32_t family, uint32_t model)
{
    bool is_on = w->conf.scheduler.affinity;

    for (size_t i = 0; i < w->conf.families_n; i++)
        if (w->families[i].affinity != CONF_UNSAID &&
            str_eq(w->families[i].name, family_names[family]))
            is_on = w->families[i].affinity == CONF_YES;
    if (has_route(w, family, model) && w->route.affinity != CONF_UNSAID)
        is_on = w->route.affinity == CONF_YES;
    return is_on;
}
