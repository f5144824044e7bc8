/* SPDX-License-Identifier: MIT */
/*
 * test_claim - one probe at a time, and only by who has nothing to lose.
 */
#include "balance/claim.h"

#include "balance/world.h"
#include "test.h"

#include <pthread.h>
#include <sched.h>

static struct world w;

static struct pick_ask three(void)
{
    world_three(&w);
    return world_ask(&w);
}

/* ---- probes ---- */

/* a's first key rests for an hour; half of it is over. */
static struct pick_ask due(void)
{
    struct pick_ask ask = three();

    world_cool(&w, "a/key/a-0", WORLD_HOUR);
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    world_pass(&w, WORLD_HOUR / 2);
    return ask;
}

TEST(claim_probes_with_one_request_at_a_time)
{
    struct pick_ask ask = due();

    WORLD_SAYS(&w, &ask, "a/0/0 probe");
    WORLD_SAYS(&w, &ask, "a/1/0 strategy"); /* not due again before half of what is left */
    world_pass(&w, WORLD_HOUR / 4);
    ask.is_dry = true;
    WORLD_SAYS(&w, &ask, "a/0/0 probe");
    WORLD_SAYS(&w, &ask, "a/0/0 probe"); /* who only asks takes nothing */
    ask.is_dry = false;
    CHECK_STR(world_serve(&w, &ask), "a/0/0 probe");
    WORLD_SAYS(&w, &ask, "a/0/0 strategy"); /* its success ended the rest */
    world_close(&w);
}

TEST(claim_probes_a_half_open_breaker_with_one_request)
{
    struct pick_ask ask = three();
    struct pick p, q;

    world_break(&w, "a");
    world_pass(&w, 15 * WORLD_MINUTE);
    CHECK_STR(world_pick(&w, &ask, &p), "a/0/0 probe");
    CHECK_STR(world_pick(&w, &ask, &q), "b/0/0 strategy");
    world_ok(&w, &ask, &q);
    world_ok(&w, &ask, &p);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_close(&w);
}

TEST(claim_does_not_probe_for_who_has_something_to_lose)
{
    struct pick_ask ask = due();
    struct session s = world_session(5);
    struct tried tried = { 2, TRIED_ANY, TRIED_ANY };

    affinity_set(w.health.affinity, &s, STR("client"), STR("a"), STR("a-1"), w.now_ms);
    ask.session = &s;
    WORLD_SAYS(&w, &ask, "a/1/0 affinity"); /* a conversation at home */
    ask.session = NULL;
    ask.tried = &tried;
    ask.tried_n = 1;
    WORLD_SAYS(&w, &ask, "a/1/0 strategy"); /* a request that has failed once */
    ask.tried_n = 0;
    ask.is_hedge = true;
    WORLD_SAYS(&w, &ask, "a/1/0 strategy");
    ask.is_hedge = false;
    ask.op = CP_COUNT_TOKENS;
    WORLD_SAYS(&w, &ask, "a/1/0 strategy"); /* nor with what proves nothing */
    ask.op = CP_CHAT;
    WORLD_SAYS(&w, &ask, "a/0/0 probe");
    world_close(&w);
}

TEST(claim_does_not_probe_a_reserve_before_its_turn)
{
    struct pick_ask ask = three();

    world_break(&w, "b");
    world_pass(&w, 15 * WORLD_MINUTE);
    WORLD_SAYS(&w, &ask, "a/0/0 strategy");
    world_cool(&w, "a", 1000);
    WORLD_SAYS(&w, &ask, "b/0/0 probe");
    world_close(&w);
}

TEST(claim_probes_on_a_second_attempt_if_nobody_else_is_left)
{
    struct pick_ask ask = three();
    struct tried tried[] = { { 0, TRIED_ANY, TRIED_ANY }, { 2, TRIED_ANY, TRIED_ANY } };

    world_break(&w, "b");
    world_pass(&w, 15 * WORLD_MINUTE);
    ask.tried = tried;
    ask.tried_n = 1;
    WORLD_SAYS(&w, &ask, "c/0/0 strategy");
    ask.tried_n = 2;
    WORLD_SAYS(&w, &ask, "b/0/0 probe");
    world_close(&w);
}

/* ---- many threads ---- */

enum { THREADS = 4, REQUESTS = 5000, CAP = 3 };

struct crowd {
    _Atomic int inside, most, probes, probing;
};

static void *crowd_run(void *arg)
{
    struct crowd *crowd = arg;
    struct pick_ask ask = { .family = STR("messages"), .model = STR("m"), .op = CP_CHAT };
    struct outcome ok = { .result = CHARGE_OK, .first_content_us = -1, .tokens = -1 };
    struct pick p;
    int64_t wait_ms;

    ask.now_ms = w.now_ms;
    ask.wall_ms = w.wall_ms;
    for (int i = 0; i < REQUESTS; i++) {
        if (pick_choose(&w.roster, &ask, &p, &wait_ms) != PICK_FOUND)
            continue;
        bool is_probe = p.why == TRACE_PROBE;
        int inside = atomic_fetch_add(&crowd->inside, 1) + 1, most = atomic_load(&crowd->most);
        while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
            ;
        if (is_probe && atomic_fetch_add(&crowd->probing, 1))
            atomic_fetch_add(&crowd->probes, REQUESTS); /* two at once */
        atomic_fetch_add(&crowd->probes, is_probe);
        if (is_probe)
            sched_yield();
        if (is_probe)
            atomic_fetch_sub(&crowd->probing, 1);
        atomic_fetch_sub(&crowd->inside, 1);
        ok.result = is_probe && i % 2 ? CHARGE_NEUTRAL : CHARGE_OK;
        charge_settle(&w.roster, &p, &ok, ask.now_ms, ask.wall_ms);
    }
    return NULL;
}

static void crowd_meet(struct crowd *crowd)
{
    pthread_t threads[THREADS];

    memset(crowd, 0, sizeof(*crowd));
    for (int i = 0; i < THREADS; i++)
        CHECK(!pthread_create(&threads[i], NULL, crowd_run, crowd));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(world_is_empty(&w));
}

TEST(claim_lets_no_more_in_than_the_caps_say)
{
    struct crowd crowd;

    world_init(&w);
    world_channel(&w, "a", 1, 1)->caps.concurrency = 2;
    world_key(world_channel(&w, "b", 1, 1), 0)->caps.concurrency = CAP - 2;
    world_open(&w);
    crowd_meet(&crowd);
    CHECK(atomic_load(&crowd.most) <= CAP);
    world_close(&w);
}

TEST(claim_lets_one_of_many_probe)
{
    struct crowd crowd;

    three();
    world_break(&w, "a");
    world_pass(&w, 15 * WORLD_MINUTE);
    crowd_meet(&crowd);
    CHECK(atomic_load(&crowd.probes) >= 1 && atomic_load(&crowd.probes) < REQUESTS);
    CHECK_STR(world_serve(&w, &(struct pick_ask){ .family = STR("messages"),
                                                  .model = STR("m"),
                                                  .op = CP_CHAT }),
              "a/0/0 strategy");
    world_close(&w);
}

/* ---- caps ---- */

TEST(claim_counts_by_the_caps_of_the_newest_snapshot)
{
    struct pick p, q, r;

    world_init(&w);
    world_channel(&w, "x", 1, 1);
    w.channels[0].caps.concurrency = 1;
    w.channels[0].full = STR("wait");
    world_open(&w);
    struct pick_ask ask = world_ask(&w);
    CHECK_STR(world_pick(&w, &ask, &p), "x/0/0 strategy");
    CHECK_STR(world_pick(&w, &ask, &q), "wait -1");
    struct roster old = w.roster;
    w.channels[0].caps.concurrency = 2;
    world_open(&w); /* a reload */
    struct roster now = w.roster;
    w.roster = old;
    CHECK_STR(world_pick(&w, &ask, &q), "wait -1");
    ask.caps = &now;
    CHECK_STR(world_pick(&w, &ask, &q), "x/0/0 strategy");
    CHECK_STR(world_pick(&w, &ask, &r), "wait -1");
    world_ok(&w, &ask, &p);
    world_ok(&w, &ask, &q);
    CHECK_EQ(gate_inside(&w.roster.channels[0].vitals->gate), 0);
    world_close(&w);
}

TEST_MAIN()
