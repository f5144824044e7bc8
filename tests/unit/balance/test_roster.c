/* SPDX-License-Identifier: MIT */
/*
 * test_roster - orders, names of records, and who is found by id.
 */
#include "balance/roster.h"

#include "balance/world.h"
#include "test.h"

static struct world w;

/* The family's order as ids: "b a". */
static struct cp_str order(const uint32_t *ordinals, uint32_t n)
{
    static char out[64];

    out[0] = '\0';
    for (uint32_t i = 0; i < n; i++)
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", i ? " " : "",
                 w.channels[ordinals[i]].id.p);
    return str_of(out);
}

static struct cp_str order_of(const char *family)
{
    const struct roster_family *f = roster_family(&w.roster, str_of(family));

    return f ? order(f->order, f->order_n) : STR_NONE;
}

TEST(roster_orders_by_priority_and_then_by_place)
{
    world_init(&w);
    world_channel(&w, "a", 1, 1);
    world_channel(&w, "b", 1, 1);
    world_channel(&w, "c", 1, 1)->priority = -5;
    world_channel(&w, "d", 1, 1)->priority = -5;
    world_open(&w);
    CHECK_STR(order_of("messages"), "c d a b");
    CHECK_STR(order_of("chat"), "c d a b");
    CHECK(!roster_family(&w.roster, STR("gemini")));
    world_close(&w);
}

TEST(roster_puts_first_whom_the_family_names)
{
    static const struct cp_str named[] = {
        { "d", 1 }, { "off", 3 }, { "gone", 4 }, { "b", 1 }, { "d", 1 }
    };
    static const struct cp_str chat[] = { { "chat", 4 } };
    static const struct conf_family families[] = {
        { .name = { "messages", 8 },
          .order = named,
          .order_n = 5,
          .strategy = { "random", 6 },
          .fuzzy = CONF_UNSAID,
          .affinity = CONF_NO },
        { .name = { "chat", 4 }, .order = named, .order_n = 1, .affinity = CONF_UNSAID },
    };

    world_init(&w);
    w.conf.families = families;
    w.conf.families_n = 2;
    world_channel(&w, "a", 1, 1);
    world_channel(&w, "b", 1, 1);
    world_channel(&w, "off", 1, 1)->status = CONF_SUSPENDED;
    world_channel(&w, "d", 1, 1)->priority = 9;
    struct conf_channel *e = world_channel(&w, "e", 1, 1);
    e->families = chat;
    e->families_n = 1;
    world_channel(&w, "dumb", 1, 1);
    w.ops[5] = 0; /* its adapter is not loaded */
    world_open(&w);
    CHECK_STR(order_of("messages"), "d b a");
    CHECK_STR(order_of("chat"), "d a b e");
    CHECK(roster_family(&w.roster, STR("messages"))->strategy == &strategy_random);
    CHECK(!roster_family(&w.roster, STR("messages"))->affinity);
    CHECK(roster_family(&w.roster, STR("chat"))->strategy == &strategy_failover);
    CHECK(roster_family(&w.roster, STR("chat"))->affinity);
    world_close(&w);
}

TEST(roster_orders_routes)
{
    static const struct cp_str named[] = { { "b", 1 }, { "a", 1 }, { "gone", 4 } };
    static const struct conf_route routes[] = {
        { .channels = named, .channels_n = 3, .strategy = { "least_busy", 10 } },
        { .model = { "*", 1 } },
    };

    world_init(&w);
    w.conf.routes = routes;
    w.conf.routes_n = 2;
    world_channel(&w, "a", 1, 1);
    world_channel(&w, "b", 1, 1);
    world_open(&w);
    CHECK_STR(order(w.roster.routes[0].order, w.roster.routes[0].order_n), "b a");
    CHECK(w.roster.routes[0].strategy == &strategy_least_busy);
    CHECK(!w.roster.routes[1].order && !w.roster.routes[1].strategy);
    world_close(&w);
}

TEST(roster_knows_who_is_promoted_by_the_file)
{
    world_init(&w);
    world_channel(&w, "a", 1, 1);
    world_channel(&w, "b", 1, 1)->promoted_until_ms = 5;
    world_channel(&w, "c", 1, 1)->promoted_until_ms = 5;
    w.channels[2].status = CONF_DISABLED;
    world_open(&w);
    const struct roster_family *f = roster_family(&w.roster, STR("messages"));
    CHECK_STR(order(f->promoted, f->promoted_n), "b");
    world_close(&w);
}

TEST(roster_finds_a_channel_by_id)
{
    char id[16];

    world_init(&w);
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        world_channel(&w, id, 1, 1);
    }
    world_open(&w);
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "c%d", i);
        CHECK(roster_find(&w.roster, str_of(id)) == &w.roster.channels[i]);
    }
    CHECK(!roster_find(&w.roster, STR("c1000")));
    CHECK(!roster_find(&w.roster, STR("")));
    CHECK(!roster_find(&w.roster, STR_NONE));
    w.conf.channels_n = 0;
    world_open(&w);
    CHECK(!roster_find(&w.roster, STR("c1")));
    CHECK_STR(order_of("messages"), "");
    world_close(&w);
}

TEST(roster_names_health_by_ids)
{
    struct conf_url urls[2] = { { .base = STR("https://h/v1") },
                                { .base = STR("https://h/v1"), .is_exact = true } };

    world_init(&w);
    world_channel(&w, "a", 2, 2)->urls = urls;
    world_channel(&w, "free", 0, 1);
    world_open(&w);
    const struct roster_channel *a = &w.roster.channels[0], *f = &w.roster.channels[1];
    CHECK_STR(a->vitals->name, "a");
    CHECK_STR(a->keys[1]->name, "a/key/a-1");
    CHECK_STR(a->urls[0]->name, "a/url/https://h/v1");
    CHECK_STR(a->urls[1]->name, "a/url/https://h/v1#");
    CHECK_STR(a->paths[3]->name, "a/path/a-1/https://h/v1#");
    CHECK_STR(roster_key_id(a, 1), "a-1");
    CHECK_EQ(f->keys_n, 1);
    CHECK(!f->keys[0]);
    CHECK_STR(f->paths[0]->name, "free/path/-/https://free0.example");
    CHECK_STR(roster_key_id(f, 0), NULL);
    world_close(&w);
}

TEST(roster_meets_the_same_health_after_a_reload)
{
    world_init(&w);
    world_channel(&w, "a", 2, 1);
    world_channel(&w, "b", 1, 1);
    world_open(&w);
    struct vitals *key = w.roster.channels[0].keys[1], *b = w.roster.channels[1].vitals;
    uint64_t hash = w.roster.channels[0].hash;
    struct conf_channel first = w.channels[0];
    w.channels[0] = w.channels[1];
    w.channels[1] = first;
    struct conf_key moved = *world_key(&w.channels[1], 0);
    *world_key(&w.channels[1], 0) = *world_key(&w.channels[1], 1);
    *world_key(&w.channels[1], 1) = moved;
    world_open(&w);
    CHECK(w.roster.channels[0].vitals == b);
    CHECK(w.roster.channels[1].keys[0] == key);
    CHECK(w.roster.channels[1].hash == hash);
    world_close(&w);
}

TEST(roster_takes_over_caps_and_breakers)
{
    world_init(&w);
    struct conf_channel *c = world_channel(&w, "a", 2, 1);
    c->caps = (struct conf_caps){ 1, 2, 3 };
    world_key(c, 1)->caps = (struct conf_caps){ 4, 5, 6 };
    c->breaker = (struct conf_breaker){ true, 7, 8, 9, 10, 11 };
    world_open(&w);
    const struct roster_channel *a = &w.roster.channels[0];
    CHECK(a->rules.concurrency == 1 && a->rules.rpm == 2 && a->rules.tpm == 3);
    CHECK(a->key_rules[1].concurrency == 4 && a->key_rules[1].rpm == 5 &&
          a->key_rules[1].tpm == 6);
    CHECK(a->breaker.is_off && a->breaker.window == 7 && a->breaker.minimum == 8 &&
          a->breaker.percent == 9 && a->breaker.open_ms == 10 && a->breaker.age_ms == 11);
    world_close(&w);
}

TEST_MAIN()
