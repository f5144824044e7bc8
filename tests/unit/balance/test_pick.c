/* SPDX-License-Identifier: MIT */
/*
 * test_pick - what is done when nobody is left, and that no state lasts for ever.
 */
#include "balance/pick.h"

#include "balance/world.h"
#include "test.h"

static struct world w;

static struct pick_ask three(void)
{
    world_three(&w);
    return world_ask(&w);
}

TEST(pick_goes_through_all_paths_of_a_channel_before_the_next)
{
    struct pick_ask ask = three();
    struct tried tried[8];
    const char *const said[] = { "a/0/0 strategy", "a/0/1 strategy", "b/0/0 strategy",
                                 "c/0/0 strategy" };
    struct pick p;

    ask.tried = tried;
    for (uint32_t i = 0; i < 4; i++) {
        CHECK_STR(world_pick(&w, &ask, &p), said[i]);
        struct outcome o = world_failed(CP_BY_UPSTREAM, CP_SERVER, -1);
        world_settle(&w, &ask, &p, o);
        tried[ask.tried_n++] = charge_tried(&p, &o.verdict);
    }
    WORLD_SAYS(&w, &ask, "exhausted 2000");
    CHECK(world_is_empty(&w));
    world_close(&w);
}

/* ---- 6: nobody is fit ---- */

static struct pick_ask one(uint32_t keys)
{
    world_init(&w);
    world_channel(&w, "a", keys, 1);
    world_open(&w);
    return world_ask(&w);
}

TEST(pick_never_closes_the_last_path)
{
    struct pick_ask ask = one(3);
    struct pick p;

    world_cool(&w, "a/key/a-0", 3000);
    world_cool(&w, "a/key/a-1", 1000);
    world_cool(&w, "a/key/a-2", 2000);
    CHECK_STR(world_pick(&w, &ask, &p), "a/1/0 degraded");
    CHECK(p.is_degraded && p.has_slot);
    world_ok(&w, &ask, &p);
    WORLD_SAYS(&w, &ask, "a/1/0 strategy"); /* its success was news */
    ask.degraded = PICK_DEGRADED_MOST;
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    world_cool(&w, "a/key/a-1", 4000);
    WORLD_SAYS(&w, &ask, "exhausted 2000");
    world_close(&w);
}

/* Whoever comes by once an hour meets all that is dead, fit to be asked once more. */
TEST(pick_goes_where_the_failure_is_oldest_when_it_is_the_last_attempt)
{
    struct pick_ask ask = one(4);
    struct tried tried = { 0, 0, TRIED_ANY };
    struct pick p;

    for (int i = 0; i < 3; i++) {
        CHECK_EQ(world_pick(&w, &ask, &p).p[2], '0' + i);
        world_fail(&w, &ask, &p, CP_BY_KEY, CP_BILLING, -1);
        world_pass(&w, 1);
    }
    world_pass(&w, 2 * WORLD_HOUR);
    ask.is_last = true;
    WORLD_SAYS(&w, &ask, "a/0/0 strategy"); /* it is the first, too: its order counts */
    ask.tried = &tried;
    ask.tried_n = 1;
    WORLD_SAYS(&w, &ask, "a/3/0 strategy");
    ask.is_last = false;
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    ask.is_last = true;
    CHECK_STR(world_pick(&w, &ask, &p), "a/3/0 strategy");
    world_fail(&w, &ask, &p, CP_BY_KEY, CP_RATE_LIMIT, 1);
    world_pass(&w, WORLD_HOUR);
    WORLD_SAYS(&w, &ask, "a/1/0 lately"); /* all have failed, it before the others */
    world_cool(&w, "a/key/a-1", 1000);
    WORLD_SAYS(&w, &ask, "a/2/0 lately");
    world_close(&w);
}

TEST(pick_forces_an_open_breaker_if_it_must)
{
    struct pick_ask ask = one(1);
    struct pick p;

    world_break(&w, "a");
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 degraded");
    CHECK(p.channel_pass.is_forced && !p.path_pass.is_forced);
    world_ok(&w, &ask, &p);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

TEST(pick_asks_resting_paths_by_turns_within_a_request)
{
    struct pick_ask ask = one(4);
    struct tried tried[4];
    struct pick p;

    for (int i = 0; i < 4; i++)
        world_cool(&w,
                   (const char *[]){ "a/key/a-0", "a/key/a-1", "a/key/a-2", "a/key/a-3" }[i],
                   4000 - i * 1000);
    ask.tried = tried;
    for (uint32_t i = 0; i < 2; i++) {
        CHECK_STR(world_pick(&w, &ask, &p), i ? "a/2/0 degraded" : "a/3/0 degraded");
        struct outcome o = world_failed(CP_BY_KEY, CP_RATE_LIMIT, 7000);
        world_settle(&w, &ask, &p, o);
        tried[ask.tried_n++] = charge_tried(&p, &o.verdict);
        ask.degraded += p.is_degraded;
    }
    WORLD_SAYS(&w, &ask, "exhausted 3000");
    world_close(&w);
}

TEST(pick_does_not_degrade_for_a_hedge)
{
    struct pick_ask ask = one(1);

    world_cool(&w, "a", 1000);
    ask.is_hedge = true;
    WORLD_SAYS(&w, &ask, "exhausted 1000");
    world_close(&w);
}

TEST(pick_waits_for_caps_or_passes_on)
{
    struct pick_ask ask = one(1);
    struct pick p;

    world_channel(&w, "b", 1, 1)->caps.rpm = 60;
    w.channels[0].caps.concurrency = 1;
    world_open(&w);
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 strategy");
    for (int i = 0; i < 60; i++)
        CHECK_STR(world_serve(&w, &ask), "b/0/0 strategy");
    WORLD_SAYS(&w, &ask, "exhausted 1000");
    ask.is_hedge = true;
    WORLD_SAYS(&w, &ask, "exhausted 1000");
    ask.is_hedge = false;
    w.channels[1].full = STR("wait");
    WORLD_SAYS(&w, &ask, "wait 1000");
    world_pass(&w, 1000);
    WORLD_SAYS(&w, &ask, "b/0/0 strategy");
    world_ok(&w, &ask, &p);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    w.channels[0].full = STR("wait");
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 strategy");
    world_cool(&w, "b", 400);
    WORLD_SAYS(&w, &ask, "wait 400"); /* until another is well */
    w.conf.channels_n = 1;
    world_open(&w);
    WORLD_SAYS(&w, &ask, "wait -1"); /* until a request ends */
    world_ok(&w, &ask, &p);
    CHECK(world_is_empty(&w));
    world_close(&w);
}

TEST(pick_does_not_let_a_rest_break_a_cap)
{
    struct pick_ask ask = one(1);
    struct pick p;

    w.channels[0].caps.concurrency = 1;
    world_open(&w);
    world_pick(&w, &ask, &p);
    world_pass(&w, 1);
    world_cool(&w, "a/key/a-0", 5000);
    /* it rests and is full: neither to be asked all the same nor to be waited for */
    WORLD_SAYS(&w, &ask, "exhausted 5000");
    world_ok(&w, &ask, &p);
    WORLD_SAYS(&w, &ask, "a/0/0 degraded");
    world_close(&w);
}

/* ---- operations that take nothing ---- */

TEST(pick_takes_no_slot_for_what_costs_nothing)
{
    static const uint32_t ops[] = { CP_COUNT_TOKENS, CP_LIST_MODELS };
    struct pick_ask ask = one(1);
    struct pick p[25];

    w.channels[0].caps = (struct conf_caps){ .concurrency = 1, .rpm = 1, .tpm = 1 };
    world_open(&w);
    ask.tokens = 100;
    for (int o = 0; o < 2; o++) {
        ask.op = ops[o];
        for (int i = 0; i < 25; i++)
            CHECK_STR(world_pick(&w, &ask, &p[i]), "a/0/0 strategy");
        CHECK(world_is_empty(&w));
        for (int i = 0; i < 25; i++)
            world_fail(&w, &ask, &p[i], CP_BY_UPSTREAM, CP_SERVER, 60000);
    }
    ask.op = CP_CHAT;
    WORLD_SAYS(&w, &ask,
               "a/0/0 strategy"); /* slot, cap, cool-down and breaker know of nothing */
    world_close(&w);
}

/* ---- no state lasts: where breakers are known to get stuck ---- */

TEST(pick_recovers_a_breaker_that_was_open_before_a_restart)
{
    struct pick_ask ask = three();

    breaker_restore(&world_vitals(&w, "a")->breaker, w.now_ms + WORLD_MINUTE);
    WORLD_SAYS(&w, &ask, "b/0/0 strategy");
    world_pass(&w, WORLD_MINUTE);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 probe");
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

TEST(pick_recovers_a_channel_whose_keys_failed_a_little_each)
{
    struct pick_ask ask = one(5);
    struct tried tried;
    struct pick p;

    world_channel(&w, "b", 1, 1);
    world_open(&w);
    ask.tried = &tried;
    for (int i = 0; i < 5; i++) { /* one failure a key: none of them opens, the channel does */
        tried = (struct tried){ 0, i, TRIED_ANY };
        ask.tried_n = 1;
        world_pick(&w, &ask, &p);
        CHECK_EQ(p.channel, 0);
        world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, 0);
    }
    ask.tried_n = 0;
    WORLD_SAYS(&w, &ask, "b/0/0 strategy");
    world_pass(&w, 15 * WORLD_MINUTE);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 probe");
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

TEST(pick_recovers_by_one_success_of_a_forced_request)
{
    struct pick_ask ask = one(1);
    struct pick p;

    for (int i = 0; i < 5; i++) {
        world_pick(&w, &ask, &p);
        world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, 0);
    }
    CHECK_STR(world_serve(&w, &ask), "a/0/0 degraded");
    world_channel(&w, "b", 1, 1);
    world_open(&w);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy"); /* not shunned although there is another now */
    world_close(&w);
}

/* ---- the trace ---- */

TEST(pick_tells_a_dry_run_of_everybody)
{
    struct pick_ask ask = three();
    struct trace trace = { 0 };
    uint32_t fit = 0, out = 0;

    w.channels[2].status = CONF_DISABLED;
    world_open(&w);
    ask.trace = &trace;
    ask.is_dry = true;
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    for (uint32_t i = 0; i < trace.n; i++) {
        fit += trace.at[i].kind == TRACE_FIT;
        out += trace.at[i].kind == TRACE_OUT && trace.at[i].why == TRACE_STATUS;
    }
    CHECK_EQ(fit, 2);
    CHECK_EQ(out, 1);
    CHECK(world_is_empty(&w));
    world_close(&w);
}

TEST_MAIN()
