/* SPDX-License-Identifier: MIT */
/*
 * test_path - the order of keys: exhausted ones behind, or one for each session.
 */
#include "balance/path.h"

#include "balance/world.h"
#include "test.h"

static struct world w;

static struct pick_ask three(void)
{
    world_three(&w);
    return world_ask(&w);
}

/* ---- 5: keys ---- */

static void exhaust(struct pick_ask *ask, const char *said)
{
    struct pick p;

    CHECK_STR(world_pick(&w, ask, &p), said);
    world_fail(&w, ask, &p, CP_BY_KEY, CP_BILLING, -1);
}

TEST(path_puts_an_exhausted_key_behind_and_tries_it_again)
{
    struct pick_ask ask = three();

    exhaust(&ask, "a/0/0 strategy");
    CHECK_STR(world_serve(&w, &ask), "a/1/0 strategy");
    CHECK(atomic_load(&world_vitals(&w, "a/key/a-0")->demoted_ms));
    world_pass(&w, 10 * WORLD_MINUTE - 1);
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    world_pass(&w, 1);
    exhaust(&ask, "a/0/0 probe"); /* twenty minutes now */
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    world_pass(&w, 20 * WORLD_MINUTE);
    WORLD_SAYS(&w, &ask, "a/0/0 probe"); /* nothing learned */
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    world_cool(&w, "a/key/a-1", 1000);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy"); /* its turn, although it stands behind */
    world_pass(&w, 10 * WORLD_MINUTE);
    CHECK_STR(world_serve(&w, &ask), "a/0/0 probe");
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    CHECK_EQ(atomic_load(&world_vitals(&w, "a/key/a-0")->demoted_ms), 0);
    world_close(&w);
}

TEST(path_gives_each_session_its_key_where_keys_are_spread)
{
    struct pick_ask ask = three();
    uint32_t by_key[4] = { 0 };

    world_channel(&w, "d", 4, 1)->keys_by = STR("session");
    w.channels[3].priority = -1;
    world_open(&w);
    for (uint64_t i = 0; i < 4000; i++) {
        struct session s = world_session(i);
        struct pick p, again;
        ask.session = &s;
        world_pick(&w, &ask, &p);
        world_pick(&w, &ask, &again);
        CHECK(p.channel == 3 && p.key < 4 && again.key == p.key);
        by_key[p.key]++;
        /* one key less moves only its own */
        world_key(&w.channels[3], 0)->is_enabled = false;
        world_pick(&w, &ask, &again);
        CHECK(again.key != 0 && (p.key == 0 || again.key == p.key));
        world_key(&w.channels[3], 0)->is_enabled = true;
    }
    for (int i = 0; i < 4; i++)
        CHECK(by_key[i] > 900 && by_key[i] < 1100);
    ask.session = NULL;
    WORLD_SAYS(&w, &ask, "d/0/0 strategy");
    world_close(&w);
}

/* The channel's breaker hides which of its base URLs is dead. */
TEST(path_of_those_that_are_well_at_once_all_are_tried)
{
    world_init(&w);
    world_channel(&w, "a", 1, 3);
    world_open(&w);
    struct pick_ask ask = world_ask(&w);
    struct pick p;

    world_break(&w, "a");
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 degraded");
    world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, -1);
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/1 degraded");
    world_fail(&w, &ask, &p, CP_BY_UPSTREAM, CP_SERVER, -1);
    world_pass(&w, WORLD_MINUTE);
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/2 degraded");
    world_ok(&w, &ask, &p);
    world_close(&w);
}

TEST_MAIN()
