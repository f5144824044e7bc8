/* SPDX-License-Identifier: MIT */
/*
 * test_census - sums against a model that keeps every request and adds up anew for each look.
 */
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "state/census.h"

#include "test.h"

#include <pthread.h>
#include <stdlib.h>

enum { MODEL = 4000, MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
static const int64_t start_ms = INT64_C(1790000000000);

static uint64_t seed = 88172645463325252u;

static uint64_t roll(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static struct cp_record record(int64_t end_ms, const char *channel)
{
    return (struct cp_record){ .size = sizeof(struct cp_record),
                               .try_size = sizeof(struct cp_try),
                               .wall_ms = end_ms - 20,
                               .total_us = 20000,
                               .content_us = -1,
                               .status = 200,
                               .end = STR("--"),
                               .family = STR("messages"),
                               .model = STR("m"),
                               .client = STR("access"),
                               .channel = str_of(channel),
                               .key = STR("k1"),
                               .cost_micro = -1 };
}

struct seen {
    int64_t at_ms;
    uint32_t channel;
    enum census_outcome outcome;
    int64_t in, cost;
};

static const char *const channels[] = { "a", "b", "c" };

static struct seen census_random(struct census *c, int64_t end_ms)
{
    struct seen s = { end_ms, (uint32_t)roll(3), 1 + (enum census_outcome)roll(3),
                      (int64_t)roll(1000), (int64_t)roll(50) };
    struct cp_record r = record(end_ms, channels[s.channel]);

    if (s.outcome == CENSUS_FAILED) {
        r.status = 503;
        r.end = STR("UH");
    } else if (s.outcome == CENSUS_CANCELLED) {
        r.status = 499;
        r.end = STR("CH");
    }
    r.tokens[CP_INPUT] = s.in;
    r.cost_micro = s.cost;
    census_add(c, &r);
    return s;
}

static void model_sum(const struct seen *all, size_t n, int channel, int64_t from_ms,
                      int64_t until_ms, struct census_sum *out)
{
    *out = (struct census_sum){ 0 };
    for (size_t i = 0; i < n; i++) {
        if (all[i].at_ms < from_ms || all[i].at_ms >= until_ms ||
            (channel >= 0 && all[i].channel != (uint32_t)channel))
            continue;
        out->requests++;
        out->served += all[i].outcome == CENSUS_SERVED;
        out->failed += all[i].outcome == CENSUS_FAILED;
        out->cancelled += all[i].outcome == CENSUS_CANCELLED;
        out->tokens[CP_INPUT] += all[i].in;
        out->cost_micro += all[i].cost;
    }
}

static bool is_same(const struct census_sum *a, const struct census_sum *b)
{
    return !memcmp(a, b, sizeof(*a));
}

static const struct {
    int64_t span_ms, step_ms;
} windows[] = { { 15 * MINUTE, 6000 },          { HOUR, MINUTE },
                { 6 * HOUR, 5 * MINUTE },       { DAY, 15 * MINUTE },
                { INT64_C(7) * DAY, 2 * HOUR }, { INT64_C(30) * DAY, 6 * HOUR } };

static void check_windows(struct census *c, const struct seen *all, size_t n, int64_t now_ms)
{
    struct census_sum is, should;

    for (size_t w = 0; w < sizeof(windows) / sizeof(*windows); w++)
        for (int channel = -1; channel < 3; channel++) {
            int64_t step = windows[w].step_ms, end = now_ms - now_ms % step + step;
            census_window(c, channel < 0 ? CP_BY_NOTHING : CP_BY_CHANNEL,
                          channel < 0 ? STR_NONE : str_of(channels[channel]), now_ms,
                          windows[w].span_ms, &is);
            model_sum(all, n, channel, end - windows[w].span_ms, end, &should);
            CHECK(is_same(&is, &should));
        }
}

static void check_steps(struct census *c, const struct seen *all, size_t n, int64_t now_ms)
{
    struct census_sum steps[97], should;
    static const struct {
        int64_t step_ms;
        uint32_t n;
    } cuts[] = {
        { 6000, 150 / 2 }, { MINUTE, 61 }, { 5 * MINUTE, 73 }, { 15 * MINUTE, 97 }, { HOUR, 24 }
    };

    for (size_t k = 0; k < sizeof(cuts) / sizeof(*cuts); k++) {
        int64_t from = now_ms - cuts[k].step_ms * (cuts[k].n - 1);
        CHECK_EQ(
            census_steps(c, CP_BY_CHANNEL, STR("b"), from, cuts[k].step_ms, cuts[k].n, steps),
            0);
        from -= from % cuts[k].step_ms;
        for (uint32_t i = 0; i < cuts[k].n; i++, from += cuts[k].step_ms) {
            model_sum(all, n, 1, from, from + cuts[k].step_ms, &should);
            CHECK(is_same(&steps[i], &should));
        }
    }
}

TEST(windows_and_steps_equal_the_naive_sums)
{
    struct seen *all = calloc(MODEL, sizeof(*all));

    for (int history = 0; history < 6; history++) {
        struct census *c = census_new();
        int64_t now = start_ms + (int64_t)roll(DAY);
        static const int64_t pace[] = { 50, 900, 7000, 60000, 300000, 3600000 };
        for (size_t i = 0; i < MODEL; i++) {
            now += (int64_t)roll((uint64_t)pace[history]);
            clock_set(now * 1000, now);
            int64_t late = (int64_t)roll(2) ? 0 : (int64_t)roll(3000); /* of another worker */
            all[i] = census_random(c, now - late);
            if (i % 997 == 0 || i + 1 == MODEL) {
                check_windows(c, all, i + 1, now);
                check_steps(c, all, i + 1, now);
            }
        }
        census_free(c);
    }
    free(all);
    clock_set(-1, -1);
}

TEST(who_was_helped_out_has_failed_and_is_seen)
{
    struct census *c = census_new();
    struct cp_try tries[] = {
        { .channel = STR("a"), .key = STR("k1"), .outcome = STR("rate_limit") },
        { .channel = STR("a"), .key = STR("k2"), .outcome = STR("connect") },
        { .channel = STR("c"), .key = STR("k9"), .outcome = STR("given_up") },
        { .channel = STR("b"), .key = STR("k1"), .outcome = STR("ok") },
    };
    struct cp_record r = record(start_ms, "b");
    struct census_sum s;

    clock_set(start_ms * 1000, start_ms);
    r.tries = tries;
    r.tries_n = 4;
    r.tokens[CP_OUTPUT] = 7;
    census_add(c, &r);
    CHECK(census_window(c, CP_BY_CHANNEL, STR("a"), start_ms, HOUR, &s));
    CHECK_EQ(s.requests, 2);
    CHECK_EQ(s.failed, 2);
    CHECK_EQ(s.tokens[CP_OUTPUT], 0);
    CHECK(census_window(c, CP_BY_UPSTREAM_KEY, STR("a/k2"), start_ms, HOUR, &s));
    CHECK_EQ(s.failed, 1);
    CHECK(census_window(c, CP_BY_CHANNEL, STR("b"), start_ms, HOUR, &s));
    CHECK_EQ(s.served, 1);
    CHECK_EQ(s.tokens[CP_OUTPUT], 7);
    CHECK(!census_window(c, CP_BY_CHANNEL, STR("c"), start_ms, HOUR, &s));
    census_window(c, CP_BY_NOTHING, STR_NONE, start_ms, HOUR, &s);
    CHECK_EQ(s.requests, 1);
    CHECK_EQ(s.served, 1);
    census_drop(c, CP_BY_CHANNEL, STR("a"));
    CHECK(!census_window(c, CP_BY_UPSTREAM_KEY, STR("a/k2"), start_ms, HOUR, &s));
    CHECK(census_window(c, CP_BY_UPSTREAM_KEY, STR("b/k1"), start_ms, HOUR, &s));
    census_free(c);
    clock_set(-1, -1);
}

TEST(a_clock_that_jumps_leaves_nothing_wrong)
{
    struct census *c = census_new();
    struct cp_record r = record(start_ms, "a");
    struct census_sum s;

    clock_set(0, start_ms + DAY); /* a day ahead, and corrected */
    r.wall_ms = start_ms + DAY - 20;
    census_add(c, &r);
    clock_set(0, start_ms);
    CHECK(census_window(c, CP_BY_CHANNEL, STR("a"), start_ms, 15 * MINUTE, &s));
    CHECK_EQ(s.requests, 0);
    for (int64_t t = start_ms; t < start_ms + HOUR; t += 6000) {
        clock_set(0, t);
        r.wall_ms = t - 20;
        census_add(c, &r);
    }
    CHECK(census_window(c, CP_BY_CHANNEL, STR("a"), start_ms + HOUR - 6000, 15 * MINUTE, &s));
    CHECK_EQ(s.requests, 150);
    r.wall_ms = start_ms - INT64_C(40) * DAY; /* older than all rings */
    census_add(c, &r);
    r.wall_ms = start_ms + HOUR + DAY; /* began in the future */
    census_add(c, &r);
    CHECK(census_window(c, CP_BY_CHANNEL, STR("a"), start_ms + HOUR, 15 * MINUTE, &s));
    CHECK_EQ(s.requests, 150);
    census_free(c);
    clock_set(-1, -1);
}

static void count_name(void *ctx, struct cp_str name, int64_t last_ms)
{
    uint32_t *n = ctx;

    (void)last_ms;
    n[0]++;
    n[1] += str_is(name, "other");
}

TEST(names_are_bounded_and_old_ones_make_room)
{
    struct census *c = census_new();
    struct cp_record r = record(start_ms, "a");
    struct census_sum s;
    uint32_t names[2] = { 0 };
    char name[32];

    clock_set(0, start_ms);
    for (int i = 0; i < CENSUS_SERIES + 100; i++) {
        snprintf(name, sizeof(name), "model-%d", i);
        r.model = str_of(name);
        census_add(c, &r);
    }
    CHECK(census_window(c, CP_BY_MODEL_NAME, STR("other"), start_ms, HOUR, &s));
    CHECK_EQ(s.requests, 100);
    clock_set(0, start_ms + 2 * DAY);
    r.wall_ms = start_ms + 2 * DAY - 20;
    r.model = STR("fresh");
    census_add(c, &r);
    CHECK(census_window(c, CP_BY_MODEL_NAME, STR("fresh"), start_ms + 2 * DAY, HOUR, &s));
    CHECK(!census_window(c, CP_BY_MODEL_NAME, STR("model-0"), start_ms + 2 * DAY, HOUR, &s));
    census_names(c, CP_BY_MODEL_NAME, count_name, names);
    CHECK(names[0] <= CENSUS_SERIES + 1);
    CHECK_EQ(names[1], 1);
    census_free(c);
    clock_set(-1, -1);
}

TEST(what_is_restored_is_in_its_ring_only)
{
    struct census *c = census_new();
    struct cp_sum sum = { .size = sizeof(sum), .requests = 5, .served = 4, .failed = 1 };
    struct census_sum s, steps[4];

    clock_set(0, start_ms);
    census_restore(c, CP_BY_CHANNEL, STR("a"), start_ms - 2 * HOUR, 15 * MINUTE, &sum);
    census_restore(c, CP_BY_CHANNEL, STR("a"), start_ms - 2 * HOUR, 7, &sum);
    census_restore(c, CP_BY_CHANNEL, STR_NONE, start_ms, 6000, &sum);
    census_window(c, CP_BY_CHANNEL, STR("a"), start_ms, DAY, &s);
    CHECK_EQ(s.requests, 5);
    census_window(c, CP_BY_CHANNEL, STR("a"), start_ms, 6 * HOUR, &s);
    CHECK_EQ(s.requests, 0);
    CHECK_EQ(census_steps(c, CP_BY_CHANNEL, STR("a"), start_ms - 2 * DAY, 6000, 4, steps),
             E_LIMIT);
    CHECK_EQ(census_steps(c, CP_BY_CHANNEL, STR("a"), start_ms, 0, 4, steps), E_LIMIT);
    census_free(c);
    clock_set(-1, -1);
}

static void *look_often(void *arg)
{
    struct census_sum s, last = { 0 };
    uint32_t names[2] = { 0 };

    for (int i = 0; i < 2000; i++) {
        census_window(arg, CP_BY_NOTHING, STR_NONE, start_ms, 15 * MINUTE, &s);
        CHECK(s.requests >= last.requests && s.requests == s.served);
        last = s;
        if (i % 100 == 0)
            census_names(arg, CP_BY_CHANNEL, count_name, names);
    }
    return NULL;
}

TEST(many_look_while_one_counts)
{
    struct census *c = census_new();
    pthread_t readers[3];

    clock_set(0, start_ms);
    for (int i = 0; i < 3; i++)
        pthread_create(&readers[i], NULL, look_often, c);
    for (int i = 0; i < 3000; i++) {
        struct cp_record r = record(start_ms, channels[i % 3]);
        census_add(c, &r);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(readers[i], NULL);
    census_free(c);
    clock_set(-1, -1);
}

TEST(what_is_not_known_is_empty)
{
    struct census *c = census_new();
    struct census_sum sums[2];

    clock_set(0, start_ms);
    memset(sums, 0x55, sizeof(sums));
    CHECK(census_steps(c, CP_BY_NOTHING, STR_NONE, start_ms - 30 * (int64_t)DAY, 6000, 2,
                       sums) != 0);
    CHECK_EQ(sums[0].requests, 0);
    CHECK_EQ(sums[1].tokens[CP_OUTPUT], 0);
    census_free(c);
    clock_set(-1, -1);
}

static int64_t median(struct census *c, uint32_t by, const char *name, int64_t span_ms)
{
    struct census_spread s;

    census_window_spread(c, by, name ? str_of(name) : STR_NONE, clock_wall_ms(), span_ms, &s);
    return spread_percentile(&s.content, 50);
}

TEST(times_are_known_by_all_that_they_belong_to)
{
    struct census *c = census_new();
    struct cp_record r = record(start_ms, "a");
    struct census_spread s, steps[3];
    static const int64_t spans[] = { 15 * MINUTE, HOUR, DAY, INT64_C(7) * DAY,
                                     INT64_C(30) * DAY };

    clock_set(0, start_ms);
    census_add(c, &r); /* without content */
    CHECK_EQ(median(c, CP_BY_NOTHING, NULL, HOUR), -1);
    r.content_us = 40000;
    r.total_us = 90000;
    for (int i = 0; i < 20; i++)
        census_add(c, &r);
    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
        CHECK(median(c, CP_BY_NOTHING, NULL, spans[i]) / 10000 == 3);
        CHECK(median(c, CP_BY_CHANNEL, "a", spans[i]) / 10000 == 3);
        CHECK(median(c, CP_BY_UPSTREAM_KEY, "a/k1", spans[i]) / 10000 == 3);
        CHECK(median(c, CP_BY_CLIENT_KEY, "access", spans[i]) / 10000 == 3);
    }
    CHECK_EQ(median(c, CP_BY_CHANNEL, "b", HOUR), -1);
    census_window_spread(c, CP_BY_FAMILY, STR("messages"), start_ms, HOUR, &s);
    CHECK_EQ(s.total.n, 21);
    census_window_spread(c, CP_BY_UPSTREAM_KEY, STR("a/k1"), start_ms, HOUR, &s);
    CHECK_EQ(s.total.n, 0);
    census_step_spreads(c, CP_BY_MODEL_NAME, STR("m"), start_ms - 2 * MINUTE, MINUTE, 3, steps);
    CHECK_EQ(steps[0].content.n + steps[1].content.n, 0);
    CHECK_EQ(steps[2].content.n, 20);
    /* an hour and a bit later the same place of the ring is another minute */
    clock_set(0, start_ms + 64 * MINUTE);
    r.wall_ms = start_ms + 64 * MINUTE - 100;
    r.content_us = 3000000;
    census_add(c, &r);
    census_window_spread(c, CP_BY_NOTHING, STR_NONE, clock_wall_ms(), HOUR, &s);
    CHECK_EQ(s.content.n, 1);
    census_free(c);
    clock_set(-1, -1);
}

TEST(times_of_the_past_are_told_where_its_sums_are)
{
    struct census *c = census_new();
    struct cp_sum sum = { .size = sizeof(sum), .requests = 5, .served = 5 };
    struct cp_record r = record(start_ms - 2 * HOUR, "a");
    struct census_spread s;

    clock_set(0, start_ms);
    r.content_us = 40000;
    census_restore_times(c, &r);
    census_window_spread(c, CP_BY_NOTHING, STR_NONE, start_ms, DAY, &s);
    CHECK_EQ(s.content.n, 0);
    census_restore(c, CP_BY_NOTHING, STR_NONE, (r.wall_ms / (15 * MINUTE)) * 15 * MINUTE,
                   15 * MINUTE, &sum);
    for (int i = 0; i < 5; i++)
        census_restore_times(c, &r);
    census_window_spread(c, CP_BY_NOTHING, STR_NONE, start_ms, DAY, &s);
    CHECK_EQ(s.content.n, 5);
    CHECK_EQ(s.total.n, 5);
    census_window_spread(c, CP_BY_NOTHING, STR_NONE, start_ms, INT64_C(7) * DAY, &s);
    CHECK_EQ(s.content.n, 0);
    census_free(c);
    clock_set(-1, -1);
}

TEST(a_span_that_is_no_whole_number_of_steps_begins_with_the_place_it_reaches_into)
{
    struct census *c = census_new();
    int64_t hour = start_ms - start_ms % (2 * HOUR) + 8 * HOUR;
    struct cp_record r = record(hour + 1000, "a");
    struct census_sum s;

    clock_set(0, hour + 1000);
    census_add(c, &r);
    clock_set(0, hour + 7 * HOUR + 20 * MINUTE);
    census_window(c, CP_BY_NOTHING, STR_NONE, clock_wall_ms(), 7 * HOUR + 20 * MINUTE, &s);
    CHECK_EQ(s.requests, 1);
    census_window(c, CP_BY_NOTHING, STR_NONE, clock_wall_ms(), 7 * HOUR, &s);
    CHECK_EQ(s.requests, 0);
    census_free(c);
    clock_set(-1, -1);
}

TEST(outcomes_are_told_apart)
{
    struct cp_record r = record(start_ms, "a");

    r.end = STR("CL");
    CHECK_EQ(census_outcome(&r), CENSUS_SERVED);
    r.end = STR("UD");
    CHECK_EQ(census_outcome(&r), CENSUS_FAILED);
    r.status = 499;
    CHECK_EQ(census_outcome(&r), CENSUS_FAILED);
    r.end = STR("CQ");
    CHECK_EQ(census_outcome(&r), CENSUS_CANCELLED);
    r.status = 413;
    r.end = STR("CR");
    CHECK_EQ(census_outcome(&r), CENSUS_FAILED);
}

TEST_MAIN()
