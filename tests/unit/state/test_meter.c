/* SPDX-License-Identifier: MIT */
/*
 * test_meter - a mean that forgets, and percentiles that are at most a quarter too long.
 */
#include "state/meter.h"

#include "test.h"

#include <stdlib.h>

enum { S = 1000, MIN = 60 * S };

TEST(meter_has_seen_nothing)
{
    struct meter m = { 0 };

    CHECK_EQ(meter_mean(&m, 5 * MIN), -1);
    CHECK_EQ(meter_percentile(&m, 90, 0), -1);
}

TEST(meter_mean_goes_to_what_it_sees)
{
    struct meter m = { 0 };

    meter_add(&m, 1000000, MIN);
    CHECK_EQ(meter_mean(&m, MIN), 1000000);
    meter_add(&m, 2000000, MIN);
    CHECK_EQ(meter_mean(&m, MIN), 1125000);
    for (int i = 0; i < 100; i++)
        meter_add(&m, 2000000, MIN);
    CHECK(meter_mean(&m, MIN) > 1990000 && meter_mean(&m, MIN) <= 2000000);
}

TEST(meter_mean_fades_while_nobody_asks)
{
    struct meter m = { 0 };
    int64_t before = 8000000;

    meter_add(&m, before, MIN);
    CHECK_EQ(meter_mean(&m, 2 * MIN), 6000000);
    CHECK_EQ(meter_mean(&m, 3 * MIN), 4000000);
    CHECK_EQ(meter_mean(&m, 5 * MIN), 2000000);
    for (int64_t now = MIN; now < 60 * MIN; now += 7 * S) {
        CHECK(meter_mean(&m, now) <= before);
        before = meter_mean(&m, now);
    }
    CHECK_EQ(meter_mean(&m, 600 * MIN), 0);
    CHECK_EQ(meter_mean(&m, MIN - 2 * S), 8000000); /* another worker's clock */
}

/* Its old time counts for less than what is seen now, and the fading is not mistaken for speed. */
TEST(meter_mean_is_true_again_after_idling)
{
    struct meter m = { 0 };

    meter_add(&m, 8000000, MIN);
    meter_add(&m, 8000000, 61 * MIN);
    CHECK_EQ(meter_mean(&m, 61 * MIN), 8000000);
    meter_add(&m, 500000, 121 * MIN);
    CHECK(meter_mean(&m, 121 * MIN) < 501000);
}

TEST(meter_takes_any_number)
{
    struct meter m = { 0 };

    meter_add(&m, 0, 0);
    CHECK(meter_mean(&m, 0) >= 0);
    meter_add(&m, -5, 0);
    meter_add(&m, INT64_MAX, INT64_MAX);
    CHECK(meter_mean(&m, INT64_MAX) > 0);
    CHECK(meter_percentile(&m, 100, 3) > INT64_C(60) * 60 * 1000000);
    CHECK_EQ(meter_percentile(&m, 50, 4), -1);
    CHECK(meter_percentile(&m, 1000, 1) > 0);
}

TEST(meter_percentile_is_at_most_a_quarter_too_long)
{
    for (int64_t us = 256; us < INT64_C(4000) * 1000000; us += 1 + us / 37) {
        struct meter m = { 0 };
        meter_add(&m, us, MIN);
        int64_t told = meter_percentile(&m, 50, 1);
        if (!CHECK(told > us && told <= us + us / 4 + 1))
            printf("# %lld: %lld\n", (long long)us, (long long)told);
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

TEST(meter_percentiles_of_many)
{
    enum { N = 500 };
    int64_t all[N];
    struct meter m = { 0 };
    uint32_t random = 1;

    for (int i = 0; i < N; i++) {
        random = random * 1664525 + 1013904223;
        all[i] = 300000 + (random >> 8) % (random >> 31 ? 700000 : 9000000);
        meter_add(&m, all[i], MIN);
    }
    qsort(all, N, sizeof(all[0]), by_size);
    for (uint32_t p = 1; p <= 100; p++) {
        int64_t exact = all[(N * p + 99) / 100 - 1], told = meter_percentile(&m, p, N);
        CHECK(told >= exact && told <= exact + exact / 4 + 1);
    }
    CHECK_EQ(meter_percentile(&m, 50, N + 1), -1);
}

TEST(meter_tells_of_the_last_few_hundred)
{
    struct meter m = { 0 };

    for (int i = 0; i < 10000; i++)
        meter_add(&m, 10000000, MIN);
    CHECK(m.n < METER_KEPT);
    for (int i = 0; i < 3 * METER_KEPT; i++)
        meter_add(&m, 1000000, MIN);
    CHECK(meter_percentile(&m, 90, 100) <= 1250000);
    CHECK(m.n < METER_KEPT && m.n >= METER_KEPT / 2 - 1);
}

/* Half of one is not nothing. */
TEST(meter_halves_the_sum)
{
    struct meter m = { 0 };

    for (int64_t i = 0; i < METER_KEPT; i++)
        meter_add(&m, 1000 << i % 20, MIN);
    CHECK_EQ(m.n, METER_KEPT / 2);
}

/* One in fifty is slow: halving must not lose them. */
TEST(meter_keeps_the_share_of_rare_ones)
{
    struct meter m = { 0 };
    int found = 0;

    for (int i = 1; i <= 20000; i++) {
        meter_add(&m, i % 50 == 0 ? 30000000 : 900000 + i % 7 * 100000, MIN);
        found += meter_percentile(&m, 99, 1) > 20000000;
    }
    CHECK(found > 19000);
    CHECK(meter_percentile(&m, 95, 1) < 2000000);
}

TEST_MAIN()
