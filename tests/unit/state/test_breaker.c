/* SPDX-License-Identifier: MIT */
/*
 * test_breaker - opens, lets one look, closes; and the ways in which a breaker gets stuck, each once.
 */
#include "state/breaker.h"

#include "test.h"

enum { S = 1000, MIN = 60 * S };

static const struct breaker_rules usual = {
    .window = 10, .minimum = 5, .percent = 50, .open_ms = 15 * MIN, .age_ms = 10 * MIN
};

/* One request, there and back. */
static bool ask(struct breaker *b, const struct breaker_rules *r, enum breaker_result result,
                int64_t now)
{
    struct breaker_pass pass;

    if (!breaker_enter(b, r, now, &pass))
        return false;
    breaker_report(b, r, &pass, result, now);
    return true;
}

static void fail(struct breaker *b, int n, int64_t now)
{
    for (int i = 0; i < n; i++)
        CHECK(ask(b, &usual, BREAKER_FAILED, now));
}

static struct breaker_view view(struct breaker *b, int64_t now)
{
    struct breaker_view v;

    breaker_view(b, &usual, now, &v);
    return v;
}

TEST(breaker_opens_at_minimum_and_percent)
{
    struct breaker b;

    breaker_init(&b);
    fail(&b, 4, S);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_CLOSED);
    fail(&b, 1, S);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_OPEN);
    CHECK(!ask(&b, &usual, BREAKER_OK, S));
    CHECK_EQ(view(&b, S).open_until_ms, S + 15 * MIN);
    CHECK_EQ(view(&b, S).opened, 1);
    CHECK_EQ(view(&b, S).failures, 5);
    breaker_fini(&b);
}

TEST(breaker_stays_closed_below_the_percentage)
{
    struct breaker b;

    breaker_init(&b);
    for (int i = 0; i < 60; i++) {
        CHECK(ask(&b, &usual, BREAKER_OK, i * S));
        CHECK(ask(&b, &usual, i % 3 ? BREAKER_OK : BREAKER_FAILED, i * S));
    }
    CHECK_EQ(breaker_look(&b, &usual, 60 * S), BREAKER_CLOSED);
    CHECK_EQ(view(&b, 60 * S).results, 10);
    breaker_fini(&b);
}

/* It is a failure that opens: what has just worked is not left alone for it. */
TEST(breaker_a_success_does_not_open)
{
    struct breaker b;

    breaker_init(&b);
    fail(&b, 4, S);
    ask(&b, &usual, BREAKER_OK, S);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_CLOSED);
    fail(&b, 1, S);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_OPEN);
    breaker_fini(&b);
}

TEST(breaker_forgets_what_is_old)
{
    struct breaker b;
    struct breaker_rules ageless = usual;

    breaker_init(&b);
    fail(&b, 4, S);
    fail(&b, 4, 12 * MIN);
    CHECK_EQ(breaker_look(&b, &usual, 12 * MIN), BREAKER_CLOSED);
    CHECK_EQ(view(&b, 12 * MIN).results, 4);
    ageless.age_ms = 0;
    CHECK(ask(&b, &ageless, BREAKER_FAILED, 12 * MIN));
    CHECK_EQ(breaker_look(&b, &usual, 12 * MIN), BREAKER_OPEN);
    breaker_fini(&b);
}

TEST(breaker_half_open_lets_one_look)
{
    struct breaker b;
    struct breaker_pass probe, other;
    int64_t due = S + 15 * MIN;

    breaker_init(&b);
    fail(&b, 5, S);
    CHECK(!breaker_enter(&b, &usual, due - 1, &other));
    CHECK_EQ(breaker_look(&b, &usual, due), BREAKER_HALF_OPEN);
    CHECK(breaker_enter(&b, &usual, due, &probe));
    CHECK(probe.is_probe && !probe.is_forced);
    CHECK(view(&b, due).has_probe);
    CHECK(!breaker_enter(&b, &usual, due, &other));
    CHECK(breaker_report(&b, &usual, &probe, BREAKER_FAILED, due + S));
    CHECK_EQ(breaker_look(&b, &usual, due + S), BREAKER_OPEN);
    CHECK_EQ(view(&b, due + S).opened, 2);
    due += S + 15 * MIN;
    CHECK(breaker_enter(&b, &usual, due, &probe));
    CHECK(breaker_report(&b, &usual, &probe, BREAKER_OK, due));
    CHECK_EQ(breaker_look(&b, &usual, due), BREAKER_CLOSED);
    CHECK_EQ(view(&b, due).results, 0);
    fail(&b, 4, due); /* nothing of the former window */
    CHECK_EQ(breaker_look(&b, &usual, due), BREAKER_CLOSED);
    breaker_fini(&b);
}

TEST(breaker_neutral_gives_a_probe_back)
{
    struct breaker b;
    struct breaker_pass probe, next;

    breaker_init(&b);
    fail(&b, 5, S);
    CHECK(breaker_enter(&b, &usual, 20 * MIN, &probe));
    CHECK(!breaker_report(&b, &usual, &probe, BREAKER_NEUTRAL, 20 * MIN));
    CHECK_EQ(breaker_look(&b, &usual, 20 * MIN), BREAKER_HALF_OPEN);
    CHECK(breaker_enter(&b, &usual, 20 * MIN, &next));
    CHECK(next.is_probe);
    breaker_fini(&b);
}

TEST(breaker_neutral_counts_for_nothing)
{
    struct breaker b;

    breaker_init(&b);
    fail(&b, 4, S);
    for (int i = 0; i < 100; i++)
        CHECK(ask(&b, &usual, BREAKER_NEUTRAL, S));
    CHECK_EQ(view(&b, S).results, 4);
    breaker_fini(&b);
}

TEST(breaker_a_lost_probe_is_replaced)
{
    struct breaker b;
    struct breaker_pass lost, next;
    int64_t now = 20 * MIN;

    breaker_init(&b);
    fail(&b, 5, S);
    CHECK(breaker_enter(&b, &usual, now, &lost));
    CHECK(!breaker_enter(&b, &usual, now + BREAKER_PROBE_MS - 1, &next));
    now += BREAKER_PROBE_MS;
    CHECK(!view(&b, now).has_probe);
    CHECK(breaker_enter(&b, &usual, now, &next));
    CHECK(next.is_probe && next.generation != lost.generation);
    CHECK(!breaker_report(&b, &usual, &lost, BREAKER_FAILED, now));
    CHECK(!breaker_report(&b, &usual, &lost, BREAKER_OK, now));
    CHECK(view(&b, now).has_probe);
    CHECK(breaker_report(&b, &usual, &next, BREAKER_OK, now));
    breaker_fini(&b);
}

/* A probe that takes longer than it may, and that nobody was sent to replace. */
TEST(breaker_a_slow_probe_is_heard)
{
    struct breaker b;
    struct breaker_pass probe;

    breaker_init(&b);
    fail(&b, 5, S);
    CHECK(breaker_enter(&b, &usual, 20 * MIN, &probe));
    CHECK(breaker_report(&b, &usual, &probe, BREAKER_OK, 50 * MIN));
    CHECK_EQ(breaker_look(&b, &usual, 50 * MIN), BREAKER_CLOSED);
    breaker_fini(&b);
}

TEST(breaker_late_results_change_nothing)
{
    struct breaker b;
    struct breaker_pass late[20], probe;
    int64_t now = 20 * MIN;

    breaker_init(&b);
    for (int i = 0; i < 20; i++)
        CHECK(breaker_enter(&b, &usual, S, &late[i]));
    fail(&b, 5, S);
    CHECK(!breaker_report(&b, &usual, &late[0], BREAKER_OK, S)); /* does not close */
    CHECK(!breaker_report(&b, &usual, &late[1], BREAKER_FAILED, now));
    CHECK(breaker_enter(&b, &usual, now, &probe));
    CHECK(!breaker_report(&b, &usual, &late[2], BREAKER_OK, now));
    CHECK(!breaker_report(&b, &usual, &late[3], BREAKER_FAILED, now));
    CHECK(view(&b, now).has_probe);
    CHECK(breaker_report(&b, &usual, &probe, BREAKER_OK, now));
    for (int i = 4; i < 20; i++)
        CHECK(!breaker_report(&b, &usual, &late[i], BREAKER_FAILED, now));
    CHECK_EQ(view(&b, now).results, 0);
    CHECK_EQ(breaker_look(&b, &usual, now), BREAKER_CLOSED);
    breaker_fini(&b);
}

TEST(breaker_forced_is_normal_where_it_may_pass)
{
    struct breaker b;
    struct breaker_pass pass;

    breaker_init(&b);
    breaker_force(&b, &usual, S, &pass);
    CHECK(!pass.is_forced && !pass.is_probe);
    CHECK(!breaker_report(&b, &usual, &pass, BREAKER_FAILED, S));
    fail(&b, 4, S);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_OPEN);
    breaker_force(&b, &usual, 20 * MIN, &pass);
    CHECK(pass.is_probe && !pass.is_forced);
    breaker_fini(&b);
}

TEST(breaker_forced_success_closes)
{
    struct breaker b;
    struct breaker_pass one, two;

    breaker_init(&b);
    fail(&b, 5, S);
    breaker_force(&b, &usual, 2 * S, &one);
    breaker_force(&b, &usual, 2 * S, &two);
    CHECK(one.is_forced && two.is_forced);
    CHECK(breaker_report(&b, &usual, &one, BREAKER_OK, 3 * S));
    CHECK_EQ(breaker_look(&b, &usual, 3 * S), BREAKER_CLOSED);
    CHECK(!breaker_report(&b, &usual, &two, BREAKER_FAILED, 3 * S)); /* of the former one */
    CHECK_EQ(view(&b, 3 * S).results, 0);
    breaker_fini(&b);
}

TEST(breaker_forced_failures_prolong_nothing)
{
    struct breaker b;
    struct breaker_pass pass, probe;

    breaker_init(&b);
    fail(&b, 5, 0);
    for (int64_t t = S; t < 15 * MIN; t += S) {
        breaker_force(&b, &usual, t, &pass);
        CHECK(!breaker_report(&b, &usual, &pass, BREAKER_FAILED, t));
    }
    CHECK_EQ(view(&b, 0).open_until_ms, 15 * MIN);
    CHECK(breaker_enter(&b, &usual, 15 * MIN, &probe));
    breaker_force(&b, &usual, 15 * MIN, &pass); /* beside the probe */
    CHECK(pass.is_forced && !pass.is_probe);
    CHECK(!breaker_report(&b, &usual, &pass, BREAKER_FAILED, 15 * MIN));
    CHECK(view(&b, 15 * MIN).has_probe);
    CHECK(breaker_report(&b, &usual, &probe, BREAKER_OK, 15 * MIN));
    breaker_fini(&b);
}

/* Stuck (a): a window that was filled before a restart, without a word of when it opened. */
TEST(breaker_is_not_held_open_by_a_restored_window)
{
    struct breaker b;

    breaker_init(&b);
    breaker_restore(&b, 10 * MIN);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_OPEN);
    CHECK_EQ(view(&b, S).results, 0);
    CHECK(!ask(&b, &usual, BREAKER_OK, 10 * MIN - 1));
    CHECK(ask(&b, &usual, BREAKER_OK, 10 * MIN));
    CHECK_EQ(breaker_look(&b, &usual, 10 * MIN), BREAKER_CLOSED);
    CHECK_EQ(view(&b, 10 * MIN).opened, 0);
    breaker_fini(&b);
    breaker_init(&b);
    breaker_restore(&b, INT64_MAX); /* a file that was tampered with, or a clock that jumped */
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_HALF_OPEN);
    CHECK(ask(&b, &usual, BREAKER_OK, S));
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_CLOSED);
    breaker_restore(&b, 0); /* was over before */
    CHECK(ask(&b, &usual, BREAKER_OK, S));
    breaker_fini(&b);
}

TEST(breaker_restore_shortens_nothing)
{
    struct breaker b;
    struct breaker_pass probe;

    breaker_init(&b);
    fail(&b, 5, S);
    breaker_restore(&b, 5 * MIN);
    CHECK_EQ(view(&b, S).open_until_ms, S + 15 * MIN);
    CHECK(breaker_enter(&b, &usual, 16 * MIN, &probe));
    breaker_restore(&b, 30 * MIN); /* somebody is looking: that is newer */
    CHECK(breaker_report(&b, &usual, &probe, BREAKER_OK, 16 * MIN));
    breaker_fini(&b);
}

/*
 * Stuck (b): a channel that is over the threshold by the failures of several keys of which none is.  The channel
 * has a breaker of its own; each opens by its own results, with an end of its own.
 */
TEST(breaker_of_a_channel_ends_without_its_keys)
{
    struct breaker channel, key[3];

    breaker_init(&channel);
    for (int k = 0; k < 3; k++) {
        breaker_init(&key[k]);
        for (int i = 0; i < 2; i++) {
            ask(&key[k], &usual, BREAKER_FAILED, S);
            ask(&channel, &usual, BREAKER_FAILED, S);
        }
    }
    CHECK_EQ(breaker_look(&channel, &usual, S), BREAKER_OPEN);
    CHECK(ask(&channel, &usual, BREAKER_OK, 16 * MIN));
    CHECK_EQ(breaker_look(&channel, &usual, 16 * MIN), BREAKER_CLOSED);
    for (int k = 0; k < 3; k++) {
        CHECK_EQ(breaker_look(&key[k], &usual, S), BREAKER_CLOSED);
        breaker_fini(&key[k]);
    }
    breaker_fini(&channel);
}

/* Stuck (c): one success while open, and the window, five failures of six, still over the threshold. */
TEST(breaker_one_success_is_not_outvoted_by_the_past)
{
    struct breaker b;
    struct breaker_pass pass;

    breaker_init(&b);
    fail(&b, 5, S);
    breaker_force(&b, &usual, 2 * S, &pass);
    CHECK(breaker_report(&b, &usual, &pass, BREAKER_OK, 2 * S));
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(breaker_look(&b, &usual, 3 * S), BREAKER_CLOSED);
        CHECK(ask(&b, &usual, BREAKER_FAILED, 3 * S));
    }
    CHECK_EQ(breaker_look(&b, &usual, 3 * S), BREAKER_CLOSED);
    breaker_fini(&b);
}

TEST(breaker_off_lets_all_pass_and_counts_nothing)
{
    struct breaker b;
    struct breaker_rules off = usual;
    struct breaker_pass probe;

    off.is_off = true;
    breaker_init(&b);
    for (int i = 0; i < 100; i++)
        CHECK(ask(&b, &off, BREAKER_FAILED, S));
    CHECK_EQ(view(&b, S).results, 0);
    fail(&b, 5, S);
    CHECK_EQ(breaker_look(&b, &off, S), BREAKER_CLOSED);
    CHECK(ask(&b, &off, BREAKER_FAILED, S));
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_OPEN);
    /* switched off while a probe is under way: the probe does not stay */
    CHECK(breaker_enter(&b, &usual, 20 * MIN, &probe));
    CHECK(!breaker_report(&b, &off, &probe, BREAKER_OK, 20 * MIN));
    CHECK(!view(&b, 20 * MIN).has_probe);
    CHECK(ask(&b, &usual, BREAKER_OK, 20 * MIN));
    CHECK_EQ(breaker_look(&b, &usual, 20 * MIN), BREAKER_CLOSED);
    breaker_fini(&b);
}

TEST(breaker_rules_may_change_between_calls)
{
    static const struct breaker_rules odd[] = {
        { .window = 0, .minimum = 0, .percent = 0, .open_ms = -1, .age_ms = -1 },
        { .window = UINT32_MAX,
          .minimum = UINT32_MAX,
          .percent = UINT32_MAX,
          .open_ms = INT64_MAX },
        { .window = 3, .minimum = 64, .percent = 100, .open_ms = 1, .age_ms = INT64_MAX },
    };
    struct breaker b;
    struct breaker_rules small = usual, large = usual;

    small.window = 3;
    small.minimum = 3;
    large.window = 40;
    breaker_init(&b);
    for (int i = 0; i < 2; i++)
        ask(&b, &usual, BREAKER_FAILED, S);
    for (int i = 0; i < 30; i++)
        ask(&b, &large, BREAKER_OK, S);
    ask(&b, &small, BREAKER_FAILED, S); /* one of three */
    CHECK_EQ(breaker_look(&b, &small, S), BREAKER_CLOSED);
    ask(&b, &small, BREAKER_FAILED, S); /* two of three */
    CHECK_EQ(breaker_look(&b, &small, S), BREAKER_OPEN);
    small.open_ms = S; /* shorter than it was opened for */
    CHECK_EQ(breaker_look(&b, &small, 2 * S), BREAKER_HALF_OPEN);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        breaker_reset(&b);
        for (int64_t n = 0; n < 200; n++)
            ask(&b, &odd[i], n % 2 ? BREAKER_FAILED : BREAKER_OK, n * MIN);
        CHECK(ask(&b, &usual, BREAKER_NEUTRAL, 10000 * MIN));
    }
    breaker_fini(&b);
}

TEST(breaker_reset_closes_and_forgets)
{
    struct breaker b;
    struct breaker_pass old;

    breaker_init(&b);
    CHECK(breaker_enter(&b, &usual, S, &old));
    fail(&b, 5, S);
    breaker_reset(&b);
    CHECK_EQ(breaker_look(&b, &usual, S), BREAKER_CLOSED);
    CHECK_EQ(view(&b, S).results, 0);
    CHECK(!breaker_report(&b, &usual, &old, BREAKER_FAILED, S));
    CHECK_EQ(view(&b, S).results, 0);
    breaker_fini(&b);
}

TEST(breaker_states_have_names)
{
    CHECK(strcmp(breaker_state_name(BREAKER_CLOSED), "closed") == 0);
    CHECK(strcmp(breaker_state_name(BREAKER_OPEN), "open") == 0);
    CHECK(strcmp(breaker_state_name(BREAKER_HALF_OPEN), "half_open") == 0);
}

TEST_MAIN()
