/* SPDX-License-Identifier: MIT */
/*
 * test_spread - percentiles of a histogram against those of the sorted times.
 */
#include "state/spread.h"

#include "test.h"

#include <stdlib.h>

static uint64_t seed = 88172645463325252u;

static uint64_t roll(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

TEST(nothing_is_known_of_nothing)
{
    struct spread_sum sum = { 0 };
    struct spread s = { 0 };

    CHECK_EQ(sizeof(s), 80);
    spread_collect(&sum, &s);
    CHECK_EQ(spread_percentile(&sum, 50), -1);
}

TEST(percentiles_are_near_the_true_ones)
{
    enum { N = 3000 };
    static const uint32_t percents[] = { 1, 50, 90, 95, 99 };
    int64_t *times = calloc(N, sizeof(*times));

    for (int64_t least = 100; least < 50000000; least *= 7) {
        struct spread_sum sum = { 0 };
        struct spread s = { 0 };
        for (int i = 0; i < N; i++) {
            times[i] = least + (int64_t)roll((uint64_t)least * 2);
            spread_add(&s, times[i], seed);
        }
        qsort(times, N, sizeof(*times), by_time);
        spread_collect(&sum, &s);
        CHECK_EQ(sum.n, N);
        for (size_t p = 0; p < sizeof(percents) / sizeof(*percents); p++) {
            int64_t is = spread_percentile(&sum, percents[p]);
            int64_t should = times[N * percents[p] / 100 - 1];
            /* below half a millisecond all are alike */
            CHECK(is > should * 7 / 10 - 500 && is < should * 14 / 10 + 500);
        }
    }
    free(times);
}

TEST(times_that_are_too_long_or_none_are_counted)
{
    struct spread_sum sum = { 0 };
    struct spread s = { 0 };

    spread_add(&s, 0, 0);
    CHECK_EQ(s.counts[0], 1);
    spread_add(&s, INT64_MAX, 0);
    CHECK_EQ(s.counts[SPREAD_BUCKETS - 1], 1);
    spread_collect(&sum, &s);
    CHECK(spread_percentile(&sum, 0) < 500);
    CHECK(spread_percentile(&sum, 100) > 180 * 1000000);
}

TEST(what_is_full_is_halved_and_weighs_the_same)
{
    struct spread_sum sum = { 0 };
    struct spread s = { 0 };

    for (int i = 0; i < 1000000; i++)
        spread_add(&s, i % 10 ? 1000 : 1000000, roll(UINT64_MAX));
    spread_collect(&sum, &s);
    CHECK(s.halved > 0);
    CHECK(sum.n > 900000 && sum.n < 1100000);
    CHECK(spread_percentile(&sum, 50) < 2000);
    CHECK(spread_percentile(&sum, 95) > 700000);
}

TEST_MAIN()
