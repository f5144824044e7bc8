/* SPDX-License-Identifier: MIT */
/*
 * test_notice - what who follows hears of keys, base URLs and breakers, and that he hears it once.
 */
#include "balance/charge.h"

#include "balance/world.h"
#include "state/news.h"
#include "test.h"

static struct world w;
static struct pick_ask ask;
static uint64_t heard_until;

static void open_world(uint32_t keys, uint32_t urls)
{
    world_init(&w);
    world_channel(&w, "a", keys, urls)->breaker =
        (struct conf_breaker){ .window = 4, .minimum = 2, .percent = 50, .open_ms = 10000 };
    w.health.news = news_new(100, 1 << 20);
    heard_until = 0;
    world_open(&w);
    ask = world_ask(&w);
}

static void close_world(void)
{
    news_free(w.health.news);
    world_close(&w);
}

/* What came since the last time, one a line. */
static struct cp_str heard(void)
{
    bool is_missing;
    struct cp_str all = STR("");
    const struct news_item *i =
        news_since(w.health.news, heard_until, STR_NONE, 100, w.arena, &is_missing);

    for (; i; i = i->next) {
        all = arena_printf(w.arena, "%.*s%s%.*s %.*s", STR_FMT(all), all.n ? "\n" : "",
                           STR_FMT(i->kind), STR_FMT(i->json));
        heard_until = i->number;
    }
    return all;
}

/* One request that ends so; degraded: although all rest. */
static void request(struct outcome o)
{
    struct pick p;

    ask.degraded = 0;
    o.status = o.result == CHARGE_FAILED ? 429 : 0;
    world_pick(&w, &ask, &p);
    if (p.is_open)
        world_settle(&w, &ask, &p, o);
}

static struct outcome good(void)
{
    return (struct outcome){ .result = CHARGE_OK, .first_content_us = 1000, .tokens = -1 };
}

TEST(a_key_that_rests_is_told_once_and_again_when_it_is_longer)
{
    struct outcome o = world_failed(CP_BY_KEY, CP_RATE_LIMIT, 7000);
    struct pick p[3];

    open_world(1, 1);
    for (int i = 0; i < 3; i++)
        world_pick(&w, &ask, &p[i]);
    o.status = 429;
    world_settle(&w, &ask, &p[0], o);
    CHECK_STR(heard(), "key {\"channel\":\"a\",\"key\":\"a-0\",\"what\":\"rests\",\"reason\":"
                       "\"rate_limit\",\"status\":429,\"until\":\"2023-11-14T22:13:27Z\","
                       "\"seconds_left\":7}");
    world_pass(&w, 500);
    world_settle(&w, &ask, &p[1], o);
    CHECK_STR(heard(), "");
    o.verdict.wait_ms = 20000;
    world_settle(&w, &ask, &p[2], o);
    CHECK(str_find(heard(), STR("\"seconds_left\":20}")) > 0);
    world_pass(&w, 30000);
    request(good());
    CHECK_STR(heard(), "key {\"channel\":\"a\",\"key\":\"a-0\",\"what\":\"well\"}");
    request(good());
    CHECK_STR(heard(), "");
    close_world();
}

TEST(a_key_that_is_refused_is_dead)
{
    struct outcome o = world_failed(CP_BY_KEY, CP_AUTH, -1);

    open_world(2, 1);
    o.verdict.disable_key = 1;
    request(o);
    struct cp_str said = heard();
    CHECK(str_find(said, STR("\"what\":\"dead\",\"reason\":\"auth\"")) > 0);
    CHECK(str_find(said, STR("\"seconds_left\":3600")) > 0);
    close_world();
}

TEST(a_breaker_opens_lets_one_look_and_closes)
{
    struct outcome o = world_failed(CP_BY_UPSTREAM, CP_OVERLOADED, 0);

    open_world(1, 1);
    request(o);
    request(o);
    struct cp_str said = heard();
    CHECK_STR(said, "channel {\"channel\":\"a\",\"what\":\"breaker_open\",\"until\":"
                    "\"2023-11-14T22:13:30Z\",\"seconds_left\":10}");
    world_pass(&w, 10001);
    request(good());
    CHECK_STR(heard(), "channel {\"channel\":\"a\",\"what\":\"breaker_half_open\"}\n"
                       "channel {\"channel\":\"a\",\"what\":\"breaker_closed\"}");
    close_world();
}

TEST(base_urls_and_paths_are_named)
{
    struct outcome o = world_failed(CP_BY_UPSTREAM, CP_OVERLOADED, 3000);

    open_world(1, 2);
    request(o);
    CHECK_STR(
        heard(),
        "channel {\"channel\":\"a\",\"url\":\"https://a0.example\",\"what\":\"url_rests\","
        "\"reason\":\"overloaded\",\"status\":429,\"until\":\"2023-11-14T22:13:23Z\","
        "\"seconds_left\":3}");
    world_pass(&w, 4000);
    o.verdict.wait_ms = 0;
    request(o);
    CHECK(str_find(heard(), STR("\"key\":\"a-0\",\"url\":\"https://a0.example\",\"what\":"
                                "\"breaker_open\"")) > 0);
    close_world();
}

TEST(nobody_needs_to_listen)
{
    open_world(1, 1);
    news_free(w.health.news);
    w.health.news = NULL;
    world_open(&w);
    request(world_failed(CP_BY_KEY, CP_RATE_LIMIT, 7000));
    CHECK(cooldown_until(&world_vitals(&w, "a/key/a-0")->cooldown, w.now_ms) > 0);
    world_close(&w);
}

TEST_MAIN()
