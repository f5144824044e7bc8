/* SPDX-License-Identifier: MIT */
/*
 * world - channels to choose from, a clock, and requests that are chosen for and settled, for the tests of the scheduler.
 *
 *     struct world w;
 *     world_init(&w);
 *     world_channel(&w, "a", 2, 1);               two keys, one base URL
 *     world_channel(&w, "b", 1, 1)->weight = 3;
 *     world_open(&w);
 *     CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 strategy");
 */
#ifndef TESTS_UNIT_BALANCE_WORLD_H
#define TESTS_UNIT_BALANCE_WORLD_H

#include "balance/charge.h"
#include "balance/pick.h"
#include "balance/roster.h"
#include "balance/strategy.h"
#include "balance/trace.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "state/affinity.h"
#include "state/marks.h"
#include "state/vitals.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLD_MOST = 1024, WORLD_MINUTE = 60 * 1000, WORLD_HOUR = 60 * WORLD_MINUTE };

struct world {
    struct conf conf;
    struct conf_channel channels[WORLD_MOST];
    uint64_t ops[WORLD_MOST];
    struct arena *arena;
    struct roster_health health;
    struct roster roster;
    int64_t now_ms, wall_ms, wait_ms; /* wait_ms: of the last pick */
    uint64_t random;
    char said[128];
};

static inline uint64_t world_random(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random;
}

static inline void world_init(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->arena = arena_new(1 << 16, 0);
    w->health = (struct roster_health){ vitals_table_new(),
                                        marks_new(),
                                        affinity_new(1000, 30 * WORLD_MINUTE),
                                        affinity_new(1000, 24 * WORLD_HOUR),
                                        NULL,
                                        NULL };
    w->now_ms = 1000 * 1000;
    w->wall_ms = INT64_C(1700000000000);
    w->random = 88172645463325252u;
    w->conf.channels = w->channels;
    w->conf.scheduler = (struct conf_scheduler){ .strategy = STR("failover"),
                                                 .cooldown_most_ms = WORLD_HOUR,
                                                 .affinity = true };
}

static inline void world_close(struct world *w)
{
    vitals_table_free(w->health.vitals);
    marks_free(w->health.marks);
    affinity_free(w->health.affinity);
    affinity_free(w->health.seals);
    arena_free(w->arena);
}

/* keys 0: it wants none.  Its members may be changed until world_open(). */
static inline struct conf_channel *world_channel(struct world *w, const char *id, uint32_t keys,
                                                 uint32_t urls)
{
    struct conf_channel *c = &w->channels[w->conf.channels_n];
    struct conf_key *key = arena_need(w->arena, (keys + 1) * sizeof(*key));
    struct conf_url *url = arena_need(w->arena, (urls + 1) * sizeof(*url));

    for (uint32_t i = 0; i < keys; i++) {
        snprintf(key[i].id, sizeof(key[i].id), "%.8s-%u", id, i);
        key[i].is_enabled = true;
    }
    for (uint32_t i = 0; i < urls; i++)
        url[i].base = arena_printf(w->arena, "https://%s%u.example", id, i);
    *c = (struct conf_channel){
        .id = arena_copy(w->arena, str_of(id)),
        .ordinal = (uint32_t)w->conf.channels_n,
        .status = CONF_ACTIVE,
        .keys = key,
        .keys_n = keys,
        .is_keyless = !keys,
        .urls = url,
        .urls_n = urls,
        .weight = 1,
        .full = STR("pass"),
        .keys_by = STR("order"),
        .breaker = { .window = 10, .minimum = 5, .percent = 50, .open_ms = 15 * WORLD_MINUTE }
    };
    w->ops[w->conf.channels_n++] =
        CP_BIT(CP_CHAT) | CP_BIT(CP_COUNT_TOKENS) | CP_BIT(CP_LIST_MODELS);
    return c;
}

static inline struct conf_key *world_key(struct conf_channel *c, uint32_t key)
{
    return (struct conf_key *)(uintptr_t)&c->keys[key];
}

/* Also again, after a change: health lives on, as over a reload. */
static inline void world_open(struct world *w)
{
    static const struct cp_str families[] = { { "messages", 8 }, { "chat", 4 } };

    roster_build(&w->roster, &w->conf, w->ops, families, 2, &w->health, w->arena);
}

/* a: two keys, two base URLs; b and c: one of each. */
static inline void world_three(struct world *w)
{
    world_init(w);
    world_channel(w, "a", 2, 2);
    world_channel(w, "b", 1, 1);
    world_channel(w, "c", 1, 1);
    world_open(w);
}

static inline struct pick_ask world_ask(struct world *w)
{
    return (struct pick_ask){ .family = STR("messages"), .model = STR("m"), .op = CP_CHAT };
}

static inline void world_pass(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    w->wall_ms += ms;
}

/* "CHANNEL/KEY/URL WHY", "wait MS", "nobody" or "exhausted MS"; lent until the next. */
static inline struct cp_str world_pick(struct world *w, struct pick_ask *ask, struct pick *p)
{
    ask->now_ms = w->now_ms;
    ask->wall_ms = w->wall_ms;
    ask->random = world_random(w);
    switch (pick_choose(&w->roster, ask, p, &w->wait_ms)) {
    case PICK_FOUND:
        snprintf(w->said, sizeof(w->said), "%s/%u/%u %s", w->channels[p->channel].id.p, p->key,
                 p->url, trace_why_name(p->why));
        break;
    case PICK_WAIT:
        snprintf(w->said, sizeof(w->said), "wait %lld", (long long)w->wait_ms);
        break;
    case PICK_NOBODY:
        return STR("nobody");
    default:
        snprintf(w->said, sizeof(w->said), "exhausted %lld", (long long)w->wait_ms);
        break;
    }
    return str_of(w->said);
}

static inline void world_settle(struct world *w, const struct pick_ask *ask, struct pick *p,
                                struct outcome o)
{
    o.model = ask->model;
    o.session = ask->session;
    o.client_key = STR("client");
    charge_settle(&w->roster, p, &o, w->now_ms, w->wall_ms);
}

static inline void world_ok(struct world *w, const struct pick_ask *ask, struct pick *p)
{
    world_settle(
        w, ask, p,
        (struct outcome){ .result = CHARGE_OK, .first_content_us = 1000, .tokens = -1 });
}

static inline struct outcome world_failed(uint32_t fault, uint32_t trouble, int64_t wait_ms)
{
    struct cp_verdict v = { .fault = fault, .trouble = trouble, .wait_ms = wait_ms };

    return (struct outcome){ .result = CHARGE_FAILED,
                             .verdict = v,
                             .wait_source = COOLDOWN_HEADER,
                             .first_content_us = -1,
                             .tokens = -1 };
}

static inline void world_fail(struct world *w, const struct pick_ask *ask, struct pick *p,
                              uint32_t fault, uint32_t trouble, int64_t wait_ms)
{
    world_settle(w, ask, p, world_failed(fault, trouble, wait_ms));
}

/* A request that is chosen for and served at once. */
static inline struct cp_str world_serve(struct world *w, struct pick_ask *ask)
{
    struct pick p;
    struct cp_str said = world_pick(w, ask, &p);

    world_ok(w, ask, &p);
    return said;
}

static inline struct vitals *world_vitals(struct world *w, const char *name)
{
    return vitals_table_get(w->health.vitals, str_of(name));
}

static inline void world_cool(struct world *w, const char *name, int64_t ms)
{
    struct cooldown_cause cause = { CP_BY_KEY, CP_RATE_LIMIT, COOLDOWN_HEADER, 429, false };

    cooldown_charge(&world_vitals(w, name)->cooldown, &cause, ms, 0, COOLDOWN_HARD_MS,
                    w->now_ms);
}

static inline void world_break(struct world *w, const char *name)
{
    breaker_restore(&world_vitals(w, name)->breaker, w->now_ms + 15 * WORLD_MINUTE);
}

static inline struct session world_session(uint64_t n)
{
    return (struct session){ { strategy_mix(n, 0x5E551047u), n }, "test", false };
}

/* What would be picked now; it is given back at once. */
#define WORLD_SAYS(w, ask, literal)                                                            \
    do {                                                                                       \
        struct pick world_says;                                                                \
        CHECK_STR(world_pick(w, ask, &world_says), literal);                                   \
        world_settle(w, ask, &world_says,                                                      \
                     (struct outcome){ .result = CHARGE_NEUTRAL, .is_unsent = true });         \
    } while (0)

/* Nobody is inside anywhere. */
static inline bool world_is_empty(struct world *w)
{
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(w->health.vitals, &at));)
        if (gate_inside(&v->gate))
            return false;
    return true;
}

#endif
