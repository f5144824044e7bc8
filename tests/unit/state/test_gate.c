/* SPDX-License-Identifier: MIT */
/*
 * test_gate - a minute's worth at once, then evenly; what was taken too much or too little is made good.
 */
#include "state/gate.h"

#include "test.h"

enum { S = 1000, MIN = 60 * S, MINUTE_US = 60 * 1000 * 1000 };

static enum gate_answer enter(struct gate *g, const struct gate_rules *r, int64_t tokens,
                              int64_t now)
{
    int64_t looked_wait = -7, wait = -7;
    enum gate_answer looked = gate_look(g, r, tokens, now, &looked_wait);
    enum gate_answer a = gate_enter(g, r, tokens, now, &wait);

    CHECK_EQ(a, looked);
    CHECK_EQ(wait, looked_wait);
    return a;
}

static int64_t wait_of(const struct gate *g, const struct gate_rules *r, int64_t tokens,
                       int64_t now)
{
    int64_t wait = -7;

    gate_look(g, r, tokens, now, &wait);
    return wait;
}

TEST(gate_without_limits_is_open)
{
    struct gate g = { 0 };
    struct gate_rules r = { 0 };

    for (int i = 0; i < 1000; i++)
        CHECK_EQ(enter(&g, &r, INT64_MAX, 5), GATE_OPEN);
    CHECK_EQ(gate_inside(&g), 1000);
    for (int i = 0; i < 1000; i++)
        gate_leave(&g);
    CHECK_EQ(gate_inside(&g), 0);
    CHECK_EQ(gate_enter(&g, &r, 1, 5, NULL), GATE_OPEN);
}

TEST(gate_counts_who_is_inside)
{
    struct gate g = { 0 };
    struct gate_rules r = { .concurrency = 2 };

    CHECK_EQ(enter(&g, &r, 0, 1), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 0, 1), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 0, 1), GATE_CONCURRENCY);
    CHECK_EQ(wait_of(&g, &r, 0, 1), -1);
    gate_leave(&g);
    CHECK_EQ(enter(&g, &r, 0, 1), GATE_OPEN);
    r.concurrency = 1; /* a reload: the two stay, the next waits for both */
    gate_leave(&g);
    CHECK_EQ(enter(&g, &r, 0, 1), GATE_CONCURRENCY);
    gate_leave(&g);
    CHECK_EQ(enter(&g, &r, 0, 1), GATE_OPEN);
}

static int burst(struct gate *g, const struct gate_rules *r, int64_t now)
{
    int n = 0;

    while (n < 100000 && gate_enter(g, r, 0, now, NULL) == GATE_OPEN)
        n++;
    return n;
}

TEST(gate_a_minutes_worth_at_once_then_evenly)
{
    static const int64_t rates[] = { 1, 2, 7, 60, 61, 1000, 7000 };

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct gate g = { 0 };
        struct gate_rules r = { .rpm = rates[i] };
        int64_t now = 1000 * MIN;

        CHECK_EQ(burst(&g, &r, now), rates[i]);
        int64_t wait = wait_of(&g, &r, 0, now);
        CHECK_EQ(wait, (MINUTE_US / rates[i] * (rates[i] + 1) - MINUTE_US + 999) / 1000);
        CHECK_EQ(enter(&g, &r, 0, now + wait - 1), GATE_RPM);
        CHECK_EQ(enter(&g, &r, 0, now + wait), GATE_OPEN);
        CHECK_EQ(burst(&g, &r, now + 5 * MIN), rates[i]); /* and no more for having idled */
    }
}

TEST(gate_no_more_than_twice_the_rate_in_any_minute)
{
    struct gate g = { 0 };
    struct gate_rules r = { .rpm = 30 };
    int n = 0;

    for (int64_t now = MIN; now < 11 * MIN; now += 10)
        n += gate_enter(&g, &r, 0, now, NULL) == GATE_OPEN;
    CHECK(n >= 10 * 30 && n <= 11 * 30);
}

TEST(gate_tokens_are_taken_by_guess)
{
    struct gate g = { 0 };
    struct gate_rules r = { .tpm = 6000 };

    CHECK_EQ(enter(&g, &r, 4000, MIN), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 4000, MIN), GATE_TPM);
    CHECK_EQ(wait_of(&g, &r, 4000, MIN), 20 * S);
    CHECK_EQ(enter(&g, &r, 2000, MIN), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 0, MIN),
             GATE_OPEN); /* none is guessed: not before there is a debt */
    CHECK_EQ(gate_inside(&g), 3);
    CHECK_EQ(enter(&g, &r, 4000, MIN + 40 * S), GATE_OPEN);
}

TEST(gate_more_than_a_minute_has_needs_a_full_bucket)
{
    struct gate g = { 0 };
    struct gate_rules r = { .tpm = 6000 };

    CHECK_EQ(enter(&g, &r, 1000, MIN), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 60000, MIN), GATE_TPM);
    CHECK_EQ(wait_of(&g, &r, 60000, MIN), 10 * S);
    CHECK_EQ(enter(&g, &r, 60000, MIN + 10 * S), GATE_OPEN);
    CHECK_EQ(wait_of(&g, &r, 0, MIN + 10 * S), 9 * MIN);
}

TEST(gate_settles_what_was_guessed)
{
    struct gate g = { 0 };
    struct gate_rules r = { .tpm = 6000 };

    CHECK_EQ(enter(&g, &r, 6000, MIN), GATE_OPEN);
    gate_settle(&g, &r, 6000, 1000);
    CHECK_EQ(enter(&g, &r, 5000, MIN), GATE_OPEN);
    gate_settle(&g, &r, 5000, 17000); /* owes two minutes more than it holds */
    CHECK_EQ(enter(&g, &r, 0, MIN), GATE_TPM);
    CHECK_EQ(wait_of(&g, &r, 0, MIN), 2 * MIN);
    CHECK_EQ(enter(&g, &r, 0, 3 * MIN), GATE_OPEN);
    gate_settle(&g, &r, 0, 0);
    gate_settle(&g, &r, -1, -1);
    CHECK_EQ(wait_of(&g, &r, 6000, 3 * MIN), MIN);
}

TEST(gate_undo_takes_nothing)
{
    struct gate g = { 0 };
    struct gate_rules r = { .rpm = 1, .tpm = 100 };

    for (int i = 0; i < 10; i++) {
        CHECK_EQ(enter(&g, &r, 100, MIN), GATE_OPEN);
        gate_undo(&g, &r, 100);
        CHECK_EQ(gate_inside(&g), 0);
    }
    CHECK_EQ(enter(&g, &r, 100, MIN), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 100, MIN), GATE_RPM);
}

TEST(gate_who_is_refused_takes_nothing)
{
    struct gate g = { 0 };
    struct gate_rules r = { .concurrency = 9, .rpm = 2, .tpm = 100 };

    CHECK_EQ(enter(&g, &r, 100, MIN), GATE_OPEN);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(enter(&g, &r, 100, MIN), GATE_TPM);
    CHECK_EQ(gate_inside(&g), 1);
    CHECK_EQ(enter(&g, &r, 0, MIN), GATE_OPEN);
    CHECK_EQ(enter(&g, &r, 0, MIN), GATE_RPM);
    CHECK_EQ(wait_of(&g, &r, 0, MIN), 30 * S);
    CHECK_EQ(enter(&g, &r, 100, MIN), GATE_TPM); /* both: the one that takes longer is told */
    CHECK_EQ(wait_of(&g, &r, 100, MIN), 60 * S);
    CHECK_EQ(gate_inside(&g), 2);
}

/* However wrong the numbers: it is never closed for more than an hour. */
TEST(gate_huge_numbers_do_not_overflow)
{
    struct gate g = { 0 };
    struct gate_rules tight = { .rpm = 1, .tpm = 1 };
    struct gate_rules wide = { .concurrency = INT64_MAX, .rpm = INT64_MAX, .tpm = INT64_MAX };
    int64_t now = INT64_C(50) * 365 * 24 * 60 * MIN;

    for (int i = 0; i < 1000; i++)
        CHECK_EQ(enter(&g, &wide, INT64_MAX, now), GATE_OPEN);
    for (int i = 0; i < 1000; i++)
        gate_settle(&g, &wide, INT64_MAX, INT64_MAX);
    CHECK_EQ(enter(&g, &tight, INT64_MAX, now), GATE_OPEN);
    for (int i = 0; i < 10000; i++)
        gate_settle(&g, &tight, 0, INT64_MAX);
    int64_t wait = wait_of(&g, &tight, 1, now);
    CHECK(wait > 0 && wait <= 60 * MIN);
    gate_leave(&g);
    CHECK_EQ(enter(&g, &tight, 1, now + wait), GATE_OPEN);
}

TEST(gate_limits_may_change_between_calls)
{
    struct gate g = { 0 };
    struct gate_rules wide = { .rpm = 6000 }, tight = { .rpm = 6 };

    CHECK_EQ(burst(&g, &wide, MIN), 6000);
    CHECK_EQ(wait_of(&g, &tight, 0, MIN), 10 * S);
    CHECK_EQ(enter(&g, &tight, 0, MIN + 10 * S), GATE_OPEN);
    CHECK_EQ(burst(&g, &wide, 2 * MIN), 5000);
}

TEST_MAIN()
