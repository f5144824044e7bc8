/* SPDX-License-Identifier: MIT */
/*
 * test_charge_urls - a channel with several base URLs is not ill because one of them is.
 */
#include "balance/charge.h"

#include "balance/world.h"
#include "test.h"

static struct world w;
static struct pick_ask ask;

/* a: so many keys and base URLs. */
static void open_world(uint32_t keys, uint32_t urls)
{
    world_init(&w);
    world_channel(&w, "a", keys, urls);
    world_open(&w);
    ask = world_ask(&w);
}

static uint32_t failures_of_a(void)
{
    struct breaker_view v;

    breaker_view(&world_vitals(&w, "a")->breaker, &w.roster.channels[0].breaker, w.now_ms, &v);
    return v.failures;
}

TEST(charge_does_not_close_a_channel_whose_other_url_serves)
{
    struct tried tried;
    struct pick p;

    open_world(1, 2);
    ask.tried = &tried;
    for (int i = 0; i < 20; i++) { /* each finds its way by the second */
        ask.tried_n = 0;
        world_pick(&w, &ask, &p);
        if (p.url == 0) {
            struct outcome o = world_failed(CP_BY_NETWORK, CP_SERVER, -1);
            world_settle(&w, &ask, &p, o);
            tried = charge_tried(&p, &o.verdict);
            ask.tried_n = 1;
            CHECK_EQ(tried.url, 0);
            CHECK_EQ(tried.key, TRIED_ANY);
            CHECK_STR(world_pick(&w, &ask, &p), "a/0/1 strategy");
        }
        world_ok(&w, &ask, &p);
        CHECK_EQ(failures_of_a(), 0);
        world_pass(&w, 5 * WORLD_MINUTE);
    }
    world_close(&w);
}

TEST(charge_closes_a_channel_whose_urls_all_fail)
{
    struct pick p;

    open_world(1, 2);
    for (int i = 0; i < 20; i++) {
        world_pick(&w, &ask, &p);
        world_fail(&w, &ask, &p, CP_BY_NETWORK, CP_SERVER, -1);
    }
    CHECK(breaker_look(&world_vitals(&w, "a")->breaker, &w.roster.channels[0].breaker,
                       w.now_ms) == BREAKER_OPEN);
    world_close(&w);
}

/* The key that meets a dead base URL may be at odds with the other one, and another key not. */
TEST(charge_leaves_a_channel_alone_that_another_key_can_use)
{
    struct tried other = { 0, 1, TRIED_ANY };
    struct pick p;

    open_world(2, 2);
    world_break(&w, "a/path/a-0/https://a1.example");
    ask.tried = &other;
    ask.tried_n = 1;
    for (int i = 0; i < 5; i++) {
        CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 strategy");
        world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, -1);
        world_pass(&w, WORLD_MINUTE);
    }
    CHECK_EQ(world_vitals(&w, "a/path/a-0/https://a0.example")->breaker.opened, 1);
    CHECK_EQ(world_vitals(&w, "a")->breaker.opened, 0);
    ask.tried_n = 0;
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    world_cool(&w, "a/url/https://a0.example", 1000);
    WORLD_SAYS(&w, &ask, "a/1/1 strategy");
    world_close(&w);
}

/* Or that is half-open: whoever is the probe must not stand before a closed channel. */
TEST(charge_leaves_a_channel_alone_that_may_be_well_again)
{
    struct tried other = { 0, TRIED_ANY, 0 };
    struct pick p;

    open_world(1, 2);
    w.channels[0].breaker.minimum = 1;
    world_open(&w);
    world_break(&w, "a/path/a-0/https://a0.example");
    world_pass(&w, 16 * WORLD_MINUTE);
    ask.tried = &other;
    ask.tried_n = 1;
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/1 strategy");
    world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, -1);
    CHECK_EQ(world_vitals(&w, "a")->breaker.opened, 0);
    ask.tried_n = 0;
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 probe");
    world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, -1);
    CHECK_EQ(world_vitals(&w, "a")->breaker.opened, 1);
    world_close(&w);
}

TEST_MAIN()
