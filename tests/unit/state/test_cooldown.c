/* SPDX-License-Identifier: MIT */
/*
 * test_cooldown - rests end, are never shortened by a failure, and one at a time looks before they do.
 */
#include "state/cooldown.h"

#include "test.h"

enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN };

static const struct cooldown_cause busy = {
    .fault = CP_BY_KEY, .trouble = CP_RATE_LIMIT, .source = COOLDOWN_HEADER, .status = 429
};

static bool charge(struct cooldown *c, int64_t wait_ms, int64_t now_ms)
{
    return cooldown_charge(c, &busy, wait_ms, 30 * S, HOUR, now_ms);
}

TEST(cooldown_zeroed_is_well)
{
    struct cooldown c = { 0 };
    struct cooldown_cause cause;

    CHECK_EQ(cooldown_until(&c, 0), 0);
    CHECK(!cooldown_is_due(&c, 1));
    CHECK(!cooldown_probe(&c, INT64_MAX / 2));
    CHECK(!cooldown_clear(&c));
    cooldown_cause(&c, &cause);
    CHECK_EQ(cause.source, 0);
}

TEST(cooldown_obeys_what_the_upstream_asked_for)
{
    struct cooldown c = { 0 };

    CHECK(charge(&c, 7 * S, 1000));
    CHECK_EQ(cooldown_until(&c, 1000), 8000);
    CHECK_EQ(cooldown_until(&c, 7999), 8000);
    CHECK_EQ(cooldown_until(&c, 8000), 0);
}

TEST(cooldown_is_never_shortened_by_a_charge)
{
    struct cooldown c = { 0 };

    charge(&c, 100 * S, 0);
    CHECK(!charge(&c, 1 * S, 10 * S));
    CHECK_EQ(cooldown_until(&c, 10 * S), 100 * S);
    CHECK(charge(&c, 100 * S, 10 * S));
    CHECK_EQ(cooldown_until(&c, 10 * S), 110 * S);
    CHECK_EQ(c.since_ms, 0);
}

TEST(cooldown_is_capped_whatever_is_asked_for)
{
    struct cooldown c = { 0 };

    charge(&c, INT64_C(1000000000) * S, 5);
    CHECK_EQ(cooldown_until(&c, 5), 5 + HOUR);
    CHECK(cooldown_charge(&c, &busy, INT64_MAX, 0, INT64_MAX, 5));
    CHECK_EQ(cooldown_until(&c, 5), 5 + COOLDOWN_HARD_MS);
    CHECK(!cooldown_charge(&c, &busy, INT64_MAX, 0, INT64_MAX, 5));
    CHECK_EQ(cooldown_until(&c, 5 + COOLDOWN_HARD_MS), 0);
}

TEST(cooldown_presets_double_up_to_ten_minutes)
{
    static const int64_t waits[] = { 30, 60, 120, 240, 480, 600, 600, 600 };
    struct cooldown c = { 0 };
    int64_t now = 1;

    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        CHECK(charge(&c, -1, now));
        CHECK_EQ(cooldown_until(&c, now), now + waits[i] * S);
        CHECK_EQ(c.charges, i + 1);
        now = cooldown_until(&c, now);
    }
    CHECK(cooldown_clear(&c));
    CHECK(charge(&c, -1, now));
    CHECK_EQ(cooldown_until(&c, now), now + 30 * S);
}

TEST(cooldown_presets_obey_a_lower_cap)
{
    struct cooldown c = { 0 };

    cooldown_charge(&c, &busy, -1, 30 * S, 40 * S, 0);
    CHECK_EQ(cooldown_until(&c, 0), 30 * S);
    cooldown_charge(&c, &busy, -1, 30 * S, 40 * S, 30 * S);
    CHECK_EQ(cooldown_until(&c, 30 * S), 70 * S);
    c.charges = UINT32_MAX - 1; /* years of failures */
    cooldown_charge(&c, &busy, -1, INT64_MAX, HOUR, 70 * S);
    CHECK_EQ(cooldown_until(&c, 70 * S), 70 * S + 10 * MIN);
}

TEST(cooldown_a_burst_is_one_failure)
{
    struct cooldown c = { 0 };

    for (int i = 0; i < 25; i++)
        charge(&c, -1, 1000 + i * 10);
    CHECK_EQ(c.charges, 1);
    CHECK_EQ(cooldown_until(&c, 2000), 1240 + 30 * S);
    charge(&c, -1, 40 * S); /* it is over, and failed again */
    CHECK_EQ(c.charges, 2);
    CHECK_EQ(cooldown_until(&c, 40 * S), 100 * S);
}

TEST(cooldown_a_failed_probe_doubles)
{
    struct cooldown c = { 0 };

    cooldown_charge(&c, &busy, -1, 3 * MIN, HOUR, 0);
    CHECK(cooldown_probe(&c, 90 * S));
    charge(&c, -1, 95 * S);
    CHECK_EQ(c.charges, 2);
    charge(&c, -1, 96 * S);
    CHECK_EQ(c.charges, 2);
}

TEST(cooldown_zero_charges_only)
{
    struct cooldown c = { 0 };

    CHECK(!charge(&c, 0, 1));
    CHECK_EQ(c.charges, 1);
    CHECK_EQ(cooldown_until(&c, 1), 0);
    CHECK(!cooldown_charge(&c, &busy, -1, 0, HOUR, 2));
    CHECK_EQ(cooldown_until(&c, 2), 0);
    CHECK(!cooldown_charge(&c, &busy, -1, 30 * S, 0, 3));
    CHECK(!cooldown_charge(&c, &busy, -1, -5, HOUR, 4));
    CHECK_EQ(cooldown_until(&c, 4), 0);
    CHECK_EQ(c.charges, 4);
    CHECK(!cooldown_clear(&c));
    CHECK_EQ(c.charges, 0);
}

TEST(cooldown_long_ones_are_probed_by_one)
{
    struct cooldown c = { 0 };

    charge(&c, HOUR, 0);
    CHECK(!cooldown_is_due(&c, 30 * MIN - 1));
    CHECK(!cooldown_probe(&c, 30 * MIN - 1));
    CHECK(cooldown_is_due(&c, 30 * MIN));
    CHECK(cooldown_probe(&c, 30 * MIN));
    CHECK(!cooldown_probe(&c, 30 * MIN));
    CHECK(!cooldown_is_due(&c, 45 * MIN - 1));
    CHECK(cooldown_probe(&c, 45 * MIN));
    CHECK(cooldown_probe(&c, 59 * MIN));
    CHECK(!cooldown_probe(&c, 60 * MIN - 1)); /* at least a minute later */
    CHECK(!cooldown_probe(&c, 60 * MIN));     /* it is over: nothing to probe */
    CHECK_EQ(cooldown_until(&c, 60 * MIN), 0);
}

TEST(cooldown_short_ones_are_not_probed)
{
    struct cooldown c = { 0 };

    charge(&c, 2 * MIN - 1, 0);
    for (int64_t t = 0; t < 2 * MIN; t += S)
        CHECK(!cooldown_probe(&c, t));
    struct cooldown d = { 0 };
    charge(&d, 2 * MIN, 0);
    CHECK(cooldown_probe(&d, MIN));
}

/* A short rest after a long one that was cleared has nothing of its probe. */
TEST(cooldown_a_probe_belongs_to_its_rest)
{
    struct cooldown c = { 0 };

    charge(&c, HOUR, 0);
    CHECK(cooldown_probe(&c, 30 * MIN));
    CHECK(cooldown_clear(&c));
    CHECK(!cooldown_is_due(&c, 50 * MIN));
    charge(&c, 30 * S, 50 * MIN);
    CHECK(!cooldown_is_due(&c, 50 * MIN + 20 * S));
    charge(&c, HOUR, 50 * MIN + 20 * S);
    CHECK(!cooldown_is_due(&c, 60 * MIN));
    CHECK(cooldown_is_due(&c, 80 * MIN + 20 * S));
}

TEST(cooldown_tells_its_cause)
{
    struct cooldown c = { 0 };
    struct cooldown_cause cause,
        other = { CP_BY_NETWORK, CP_TIMEOUT, COOLDOWN_BODY, -1, false };

    charge(&c, 10 * S, 0);
    cooldown_cause(&c, &cause);
    CHECK(cause.fault == CP_BY_KEY && cause.trouble == CP_RATE_LIMIT);
    CHECK(cause.source == COOLDOWN_HEADER && cause.status == 429);
    cooldown_charge(&c, &other, 1 * S, 0, HOUR, 0); /* is not why it rests */
    cooldown_cause(&c, &cause);
    CHECK_EQ(cause.fault, CP_BY_KEY);
    cooldown_charge(&c, &other, -1, 20 * S, HOUR, 0);
    cooldown_cause(&c, &cause);
    CHECK(cause.fault == CP_BY_NETWORK && cause.trouble == CP_TIMEOUT && cause.status == -1);
    CHECK_EQ(cause.source, COOLDOWN_PRESET);
    CHECK(strcmp(cooldown_source_name(77), "unknown") == 0);
}

TEST(cooldown_comes_back_after_a_restart)
{
    struct cooldown c = { 0 };
    struct cooldown_cause cause;

    cooldown_restore(&c, &busy, 500, 1000); /* over already */
    CHECK_EQ(cooldown_until(&c, 0), 0);
    CHECK_EQ(c.charges, 0);
    cooldown_restore(&c, &busy, 1000 + HOUR, 1000);
    CHECK_EQ(cooldown_until(&c, 1000), 1000 + HOUR);
    CHECK(cooldown_is_due(&c, 1000 + HOUR / 2));
    cooldown_cause(&c, &cause);
    CHECK(cause.is_restored && cause.source == COOLDOWN_HEADER && cause.status == 429);
    cooldown_charge(&c, &busy, 2 * HOUR, 0, 3 * HOUR, 1000); /* that is news */
    cooldown_cause(&c, &cause);
    CHECK(!cause.is_restored && cause.source == COOLDOWN_HEADER);
    CHECK(cooldown_clear(&c));
    cooldown_restore(&c, &busy, 1000 + HOUR, 1000);
    cooldown_restore(&c, &busy, 2000, 1000); /* shortens nothing */
    CHECK_EQ(cooldown_until(&c, 1000), 1000 + HOUR);
    cooldown_restore(&c, &busy, INT64_MAX, 1000);
    CHECK_EQ(cooldown_until(&c, 1000), 1000 + COOLDOWN_HARD_MS);
    CHECK(cooldown_clear(&c));
    CHECK_EQ(cooldown_until(&c, 1000), 0);
}

/* Any history at all: who waits a day is well, and a long rest is always due at some moment before it ends. */
TEST(cooldown_every_history_ends)
{
    uint64_t random = 88172645463325252u;
    struct cooldown c = { 0 };
    int64_t now = 1;
    int bad = 0;

    for (int i = 0; i < 200000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        now += (int64_t)(random >> 8 & 0x3FFFF);
        int64_t ask =
            (random >> 32 & 7) ? (int64_t)(random >> 40 & 0xFFFFFF) - 1000 : INT64_MAX;
        switch (random % 8) {
        case 0:
            cooldown_clear(&c);
            break;
        case 1:
            cooldown_probe(&c, now);
            break;
        case 2:
            cooldown_restore(&c, &busy, now + ask / 2, now);
            break;
        default:
            cooldown_charge(&c, &busy, ask < 0 ? -1 : ask, ask / 4, COOLDOWN_HARD_MS, now);
        }
        int64_t end = cooldown_until(&c, now);
        bad += end > now + COOLDOWN_HARD_MS;
        bad += end > now + 4 * MIN && !cooldown_is_due(&c, end - 1);
    }
    CHECK_EQ(bad, 0);
}

TEST_MAIN()
