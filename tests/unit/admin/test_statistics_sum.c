/* SPDX-License-Identifier: MIT */
/*
 * test_statistics_sum - spans, steps and rates.
 */
#include "admin/statistics.h"
#include "base/buf.h"
#include "base/str.h"
#include "state/census.h"
#include "json/write.h"

#include "test.h"

static const int64_t now_ms = INT64_C(1790000123456), hour_ms = 3600000;

static struct statistics_span span(const char *duration, const char *interval)
{
    struct statistics_span s = { 0 };
    const char *wrong;

    CHECK(statistics_span(str_of(duration), str_of(interval), STATISTICS_DAY_MS,
                          INT64_C(30) * STATISTICS_DAY_MS, now_ms, &s, &wrong));
    CHECK_EQ(s.from_ms % s.step_ms, 0);
    CHECK(s.from_ms + s.n * s.step_ms > now_ms && s.from_ms + (s.n - 1) * s.step_ms <= now_ms);
    return s;
}

TEST(points_are_as_many_as_they_were)
{
    static const struct {
        const char *duration, *interval;
        uint32_t n;
        int64_t step_ms;
    } cases[] = {
        { "1h", NULL, 61, 60000 },      { "6h", NULL, 73, 300000 },
        { "24h", NULL, 97, 900000 },    { NULL, NULL, 97, 900000 },
        { "30m", NULL, 31, 60000 },     { "1h", "10s", 61, 60000 },
        { "90m", "1m", 19, 300000 },    { "1h30m", "10m", 10, 600000 },
        { "7d", NULL, 85, 7200000 },    { "30d", NULL, 121, 21600000 },
        { "99d", NULL, 121, 21600000 }, { "1s", NULL, 2, 60000 },
        { "1h", "37m", 2, 2400000 },    { "1h", "5h", 2, 3600000 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct statistics_span s = span(cases[i].duration, cases[i].interval);
        CHECK_EQ(s.n, cases[i].n);
        CHECK_EQ(s.step_ms, cases[i].step_ms);
    }
}

TEST(today_is_at_most_a_day)
{
    struct statistics_span s = span("today", NULL);
    CHECK(s.span_ms >= 60000 && s.span_ms <= 25 * hour_ms);
}

TEST(what_is_no_time_is_said_so)
{
    struct statistics_span s;
    const char *wrong;

    CHECK(!statistics_span(STR("abc"), STR_NONE, hour_ms, hour_ms, now_ms, &s, &wrong));
    CHECK(!strcmp(wrong, "duration"));
    CHECK(!statistics_span(STR("-1h"), STR_NONE, hour_ms, hour_ms, now_ms, &s, &wrong));
    CHECK(!statistics_span(STR("1h"), STR("x"), hour_ms, hour_ms, now_ms, &s, &wrong));
    CHECK(!strcmp(wrong, "interval"));
    CHECK(!statistics_span(STR("1h"), STR("today"), hour_ms, hour_ms, now_ms, &s, &wrong));
}

TEST(rates)
{
    struct census_sum s = { .requests = 4, .served = 2, .failed = 1, .cancelled = 1 };
    struct json_writer w;
    struct buf out;

    CHECK_EQ(statistics_success(&s, 10000), 6667);
    CHECK_EQ(statistics_success(&(struct census_sum){ .cancelled = 3 }, 10000), 10000);
    s.tokens[CP_CACHE_READ] = 3;
    s.tokens[CP_INPUT] = 1;
    s.tokens[CP_CACHE_WRITE_5M] = 4;
    CHECK_EQ(statistics_cache_hits(&s), 7500);
    CHECK_EQ(statistics_cache_written(&s), 4);
    CHECK(statistics_rate(INT64_MAX / 2, INT64_MAX, 0) <= 10000);
    buf_init(&out, 1000);
    json_writer_init(&w, &out);
    json_open(&w, '{');
    statistics_put_rate(&w, "a", 10000);
    statistics_put_rate(&w, "b", 9950);
    statistics_put_rate(&w, "c", 5);
    statistics_put_rate(&w, "d", 0);
    json_close(&w);
    CHECK_STR(buf_str(&out), "{\"a\":100,\"b\":99.5,\"c\":0.05,\"d\":0}");
    buf_fini(&out);
}

TEST(members_are_chosen_by_name)
{
    struct census_sum s = {
        .requests = 4, .served = 2, .failed = 1, .content_us = 620, .content_n = 2
    };
    struct census_spread spread = { .content = { .n = 0 } };
    struct json_writer w;
    struct buf out;

    CHECK(statistics_fields(STR_NONE) == STATISTICS_ALL);
    CHECK(statistics_fields(STR("requests,nonsense")) == 0);
    CHECK(statistics_fields(STR("")) == 0);
    buf_init(&out, 4000);
    json_writer_init(&w, &out);
    json_open(&w, '{');
    statistics_put_sum(&w, &s, &spread,
                       statistics_fields(STR("first_content_p95_ms,first_content_ms,requests,"
                                             "success_rate,output_tokens,cost_micro")));
    json_close(&w);
    CHECK_STR(buf_str(&out), "{\"requests\":4,\"success_rate\":66.67,\"output_tokens\":0,"
                             "\"cost_micro\":0,\"first_content_ms\":0.3,"
                             "\"first_content_p95_ms\":null}");
    buf_clear(&out);
    spread.content.n = spread.content.counts[10] = 1; /* 11.3 to 16 ms */
    spread.total.n = spread.total.counts[10] = 1;
    json_writer_init(&w, &out);
    json_open(&w, '{');
    statistics_put_sum(&w, &s, &spread,
                       statistics_fields(STR("first_content_p50_ms,duration_p95_ms")));
    json_close(&w);
    CHECK_STR(buf_str(&out), "{\"first_content_p50_ms\":13.7,\"duration_p95_ms\":13.7}");
    buf_fini(&out);
}

TEST(times_are_spelled)
{
    char text[32];

    statistics_spell(90 * 60000, text);
    CHECK(!strcmp(text, "1h30m"));
    statistics_spell(6 * hour_ms, text);
    CHECK(!strcmp(text, "6h"));
    statistics_spell(0, text);
    CHECK(!strcmp(text, "0s"));
}

TEST_MAIN()
