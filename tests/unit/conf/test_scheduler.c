/* SPDX-License-Identifier: MIT */
/*
 * test_scheduler - the scheduler's options: defaults, who inherits what, old names, families and routes.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"

#include "../test.h"

#include "fixture.h"

#define CHANNEL(id, more)                                                                      \
    "{ id = \"" id "\"; dialect = \"chat\"; base_url = \"https://" id "\"; " more " },"
#define LAST                                                                                   \
    "{ id = \"last\"; dialect = \"chat\"; base_url = \"https://last\"; keyless = true; }"

static struct fixture f;

static struct conf *with_env(const char *text, const char *a, const char *b)
{
    f.env[0] = a;
    f.env[1] = b;
    struct conf *c = fixture_conf(&f, text);
    f.env[0] = f.env[1] = NULL;
    return c;
}

TEST(defaults)
{
    struct conf *c = fixture_conf(&f, "channels = (" LAST ");");
    if (!CHECK(c))
        return;
    const struct conf_scheduler *s = &c->scheduler;
    CHECK_STR(s->strategy, "failover");
    CHECK_EQ(s->budget_ms, 300000);
    CHECK_EQ(s->waits, 1);
    CHECK_EQ(s->wait_most_ms, 2000);
    CHECK_EQ(s->cooldown_most_ms, 3600000);
    CHECK(s->affinity);
    CHECK_EQ(s->affinity_ttl_ms, 1800000);
    CHECK_EQ(s->affinity_max, 100000);
    CHECK_EQ(s->hedge, CONF_HEDGE_OFF);
    CHECK_EQ(s->hedge_percent, 5);
    CHECK_EQ(s->queue_ms, 10000);
    CHECK_EQ(s->queue_max, 1000);
    CHECK_EQ(s->learned_ms, 86400000);
    CHECK_EQ(c->families_n, 0);
    CHECK_EQ(c->routes_n, 0);
    conf_unref(c);
}

TEST(defaults_of_a_channel)
{
    struct conf *c = fixture_conf(&f, "channels = (" LAST ");");
    if (!CHECK(c))
        return;
    const struct conf_channel *ch = &c->channels[0];
    const struct conf_breaker *b = &ch->breaker;
    CHECK(!b->is_off && b->window == 10 && b->minimum == 5 && b->percent == 50);
    CHECK(b->open_ms == 900000 && b->age_ms == 900000);
    CHECK_EQ(memcmp(b, &c->breaker, sizeof(*b)), 0);
    CHECK_EQ(ch->promoted_until_ms, 0);
    CHECK_EQ(ch->weight, 1);
    CHECK(!ch->caps.concurrency && !ch->caps.rpm && !ch->caps.tpm);
    CHECK(!ch->key_caps.concurrency && !ch->key_caps.rpm && !ch->key_caps.tpm);
    CHECK_STR(ch->full, "pass");
    CHECK_STR(ch->keys_by, "order");
    conf_unref(c);
}

TEST(caps_of_keys)
{
    fixture_write(&f, "many", STR("sk-4\nsk-5\n"));
    struct conf *c = fixture_conf(
        &f, "client_keys = [ \"0123456789abcdef\" ]; channels = ( { id = \"a\"; dialect = "
            "\"chat\"; base_url = \"https://a\"; caps = { concurrency = 8; };\n"
            "key_caps = { concurrency = 2; rpm = 60; tpm = 90000; }; key_file = \"many\";\n"
            "keys = ( \"sk-1\", { key = \"sk-2\"; caps = { rpm = 0; concurrency = 5; }; } ); } "
            ");");
    if (!CHECK(c) || !CHECK_EQ(c->channels[0].keys_n, 4))
        return;
    const struct conf_channel *ch = &c->channels[0];
    CHECK(ch->caps.concurrency == 8 && !ch->caps.rpm && !ch->caps.tpm);
    CHECK(ch->keys[0].caps.concurrency == 2 && ch->keys[0].caps.rpm == 60);
    CHECK(ch->keys[1].caps.concurrency == 5 && ch->keys[1].caps.rpm == 0);
    CHECK_EQ(ch->keys[1].caps.tpm, 90000);
    CHECK_EQ(ch->keys[3].caps.tpm, 90000);
    CHECK(!c->clients[0].caps.concurrency && !c->clients[0].caps.rpm);
    conf_unref(c);
}

TEST(breakers_inherit)
{
    static const char text[] =
        "breaker = { window = 20; open = \"5m\"; };\n"
        "channels = (" CHANNEL("plain", "keyless = true;")
            CHANNEL("off", "keyless = true; breaker = \"off\";")
                CHANNEL("own", "keyless = true; breaker = { window = 4; threshold = 80; };")
                    LAST ");";
    struct conf *c = fixture_conf(&f, text);
    if (!CHECK(c))
        return;
    CHECK(c->channels[0].breaker.window == 20 && c->channels[0].breaker.minimum == 10);
    CHECK(c->channels[1].breaker.is_off && !c->breaker.is_off);
    const struct conf_breaker *own = &c->channels[2].breaker;
    CHECK(own->window == 4 && own->minimum == 3 && own->percent == 80);
    CHECK(own->open_ms == 300000 && !own->is_off);
    conf_unref(c);
}

TEST(a_minimum_that_is_said_is_inherited)
{
    static const char text[] =
        "breaker = { enabled = false; minimum = 4; };\n"
        "channels = (" CHANNEL("on", "keyless = true; breaker = { enabled = true; };")
            CHANNEL("wide", "keyless = true; breaker = { window = 64; };") LAST ");";
    struct conf *c = fixture_conf(&f, text);
    if (!CHECK(c))
        return;
    CHECK(!c->channels[0].breaker.is_off && c->channels[0].breaker.minimum == 4);
    CHECK(c->channels[1].breaker.is_off && c->channels[1].breaker.minimum == 4);
    conf_unref(c);
}

TEST(hedges)
{
    static const struct {
        const char *text;
        enum conf_hedge hedge;
        int64_t ms;
    } rows[] = { { "scheduler = { hedge = \"off\"; };", CONF_HEDGE_OFF, 0 },
                 { "scheduler = { hedge = false; };", CONF_HEDGE_OFF, 0 },
                 { "scheduler = { hedge = \"p90\"; };", CONF_HEDGE_P90, 0 },
                 { "scheduler = { hedge = \"1s500ms\"; };", CONF_HEDGE_AFTER, 1500 } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct conf *c = fixture_conf(&f, rows[i].text);
        if (CHECK(c)) {
            CHECK_EQ(c->scheduler.hedge, rows[i].hedge);
            CHECK_EQ(c->scheduler.hedge_ms, rows[i].ms);
        }
        conf_unref(c);
    }
}

TEST(names_in_the_environment)
{
    struct conf *c =
        with_env("", "CLAUDE_PROXY_SCHEDULER__HEDGE=800ms", "CLAUDE_PROXY_BREAKER__ENABLED=no");
    if (CHECK(c)) {
        CHECK_EQ(c->scheduler.hedge_ms, 800);
        CHECK(c->breaker.is_off);
    }
    conf_unref(c);
    c = with_env("", "METRICS_WINDOW_SIZE=16", "METRICS_FAILURE_THRESHOLD=0.25");
    if (CHECK(c)) {
        CHECK(c->breaker.window == 16 && c->breaker.minimum == 8 && c->breaker.percent == 25);
        CHECK_STR(fixture_said(&f), "");
    }
    conf_unref(c);
    c = with_env("breaker = { window = 8; };", "METRICS_WINDOW_SIZE=16",
                 "CLAUDE_PROXY_BREAKER__WINDOW=12");
    CHECK(c && c->breaker.window == 12 && c->breaker.minimum == 6);
    conf_unref(c);
}

static int64_t percent_of(const char *variable)
{
    struct conf *c = with_env("", variable, NULL);
    int64_t percent = c ? c->breaker.percent : -1;
    conf_unref(c);
    return percent;
}

TEST(old_metrics_are_bent_as_of_old)
{
    static const char *const bad[] = { "0", "1.01", "-0.5", "50", "x", ".", "0.5.5", "1e-1" };
    struct conf *c = with_env("", "METRICS_WINDOW_SIZE=2", NULL);
    CHECK(c && c->breaker.window == 3 && c->breaker.minimum == 3);
    CHECK(fixture_says(&f, "environment:METRICS_WINDOW_SIZE: warning: must be from 3 to 64: "
                           "taken as 3\n"));
    conf_unref(c);
    c = with_env("", "METRICS_WINDOW_SIZE=1000", NULL);
    CHECK(c && c->breaker.window == 64 && c->breaker.minimum == 32);
    conf_unref(c);
    c = with_env("", "METRICS_WINDOW_SIZE=ten", NULL);
    CHECK(c && c->breaker.window == 10 && f.report.warnings == 1);
    conf_unref(c);

    CHECK_EQ(percent_of("METRICS_FAILURE_THRESHOLD=1"), 100);
    CHECK_EQ(percent_of("METRICS_FAILURE_THRESHOLD=1.0"), 100);
    CHECK_EQ(percent_of("METRICS_FAILURE_THRESHOLD=.333"), 33);
    CHECK_EQ(percent_of("METRICS_FAILURE_THRESHOLD=0.666666666666666666666"), 67);
    CHECK_EQ(percent_of("METRICS_FAILURE_THRESHOLD=0.001"), 1);
    CHECK_EQ(f.report.warnings, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char variable[64];
        snprintf(variable, sizeof(variable), "METRICS_FAILURE_THRESHOLD=%s", bad[i]);
        if (!CHECK_EQ(percent_of(variable), 50) || !CHECK_EQ(f.report.warnings, 1))
            printf("# %s\n", variable);
    }
}

TEST(a_channel_is_promoted)
{
    struct conf *c = fixture_conf(
        &f, "channels = (" CHANNEL(
                "a", "keyless = true; promoted_until = \"2026-12-24T18:00:00+01:00\"; weight "
                     "= 7; keys_by = \"session\"; full = \"wait\";") LAST ");");
    if (!CHECK(c))
        return;
    CHECK_EQ(c->channels[0].promoted_until_ms, INT64_C(1798131600000));
    CHECK_EQ(c->channels[0].weight, 7);
    CHECK_STR(c->channels[0].keys_by, "session");
    CHECK_STR(c->channels[0].full, "wait");
    conf_unref(c);
}

TEST(families)
{
    struct conf *c =
        fixture_conf(&f, "fuzzy = false; channels = (" CHANNEL("a", "keyless = true;") LAST
                     "); families = ( { name = \"messages\"; order = [ "
                     "\"last\", \"a\" ]; strategy = \"least_busy\"; "
                     "fuzzy = true; affinity = false; }, { name = "
                     "\"x-own\"; } );");
    if (!CHECK(c))
        return;
    const struct conf_family *m = conf_family(c, STR("messages"));
    if (CHECK(m) && CHECK_EQ(m->order_n, 2)) {
        CHECK_STR(m->order[0], "last");
        CHECK_STR(m->order[1], "a");
        CHECK_STR(m->strategy, "least_busy");
        CHECK(m->fuzzy == CONF_YES && m->affinity == CONF_NO);
    }
    const struct conf_family *own = conf_family(c, STR("x-own"));
    CHECK(own && own->fuzzy == CONF_UNSAID && own->affinity == CONF_UNSAID && !own->strategy.p);
    CHECK(conf_family(c, STR("chat")) == NULL);
    CHECK(conf_is_fuzzy(c, STR("messages")) && !conf_is_fuzzy(c, STR("x-own")));
    CHECK(!conf_is_fuzzy(c, STR("chat")));
    conf_unref(c);
}

static struct cp_str route_of(const struct conf *c, struct cp_str family, struct cp_str model)
{
    const struct conf_route *r = conf_route(c, family, model);
    return r ? r->model : STR_NONE;
}

TEST(the_first_route_that_fits)
{
    struct conf *c = fixture_conf(
        &f, "channels = (" LAST ");\nroutes = (\n"
            "{ model = \"gpt-*-mini*\"; families = [ \"responses\", \"chat\" ]; affinity = "
            "false; },\n"
            "{ model = \"gpt-*\"; channels = [ \"last\" ]; strategy = \"random\"; },\n"
            "{ model = \"o3\"; }, { families = [ \"gemini\" ]; } );");
    if (!CHECK(c) || !CHECK_EQ(c->routes_n, 4))
        return;
    CHECK_STR(route_of(c, STR("chat"), STR("gpt-5-mini-2")), "gpt-*-mini*");
    CHECK_STR(route_of(c, STR("messages"), STR("gpt-5-mini-2")), "gpt-*");
    CHECK_STR(route_of(c, STR("gemini"), STR("gpt-5")), "gpt-*");
    CHECK_STR(route_of(c, STR("gemini"), STR("o3")), "o3");
    CHECK_STR(route_of(c, STR("gemini"), STR("o3-pro")), "*");
    CHECK_STR(route_of(c, STR("chat"), STR("o3-pro")), NULL);
    CHECK_STR(route_of(c, STR("chat"), STR("")), NULL);
    CHECK(c->routes[0].affinity == CONF_NO && c->routes[1].affinity == CONF_UNSAID);
    CHECK_STR(c->routes[1].strategy, "random");
    CHECK_STR(c->routes[1].channels[0], "last");
    CHECK_STR(c->routes[0].strategy, NULL);
    conf_unref(c);
}

TEST(lists_grow_over_files)
{
    fixture_mkdir(&f, "conf.d");
    fixture_write(&f, "conf.d/10.conf",
                  STR("routes = ( { model = \"b\"; } ); families = ( { name = \"chat\"; } );\n"
                      "scheduler = { waits = 3; };"));
    struct conf *c = fixture_conf(&f, "routes = ( { model = \"a\"; } ); families = ( { name = "
                                      "\"messages\"; } ); scheduler = { budget = \"9s\"; };");
    if (CHECK(c)) {
        CHECK(c->routes_n == 2 && c->families_n == 2);
        CHECK(c->scheduler.waits == 3 && c->scheduler.budget_ms == 9000);
        CHECK_STR(c->routes[0].model, "a");
    }
    conf_unref(c);
    fixture_clear_dir(fixture_path(&f, "conf.d"));
}

int main(int argc, char **argv)
{
    fixture_init(&f);
    int rc = test_main(argc, argv);
    fixture_fini(&f);
    return rc;
}
