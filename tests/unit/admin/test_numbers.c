/* SPDX-License-Identifier: MIT */
/*
 * test_numbers - counters by labels that cannot grow without end, and how they are written.
 */
#include "admin/numbers.h"
#include "admin/office.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "flow/setup.h"
#include "plugin/loader.h"

#include "test.h"

#include <stdlib.h>

static struct cp_record record(const char *model)
{
    return (struct cp_record){ .size = sizeof(struct cp_record),
                               .try_size = sizeof(struct cp_try),
                               .family = STR("messages"),
                               .model = str_of(model),
                               .channel = STR("a"),
                               .status = 200,
                               .end = STR("--"),
                               .total_us = 300000,
                               .content_us = 70000,
                               .overhead_us = 180,
                               .cost_micro = -1 };
}

static struct cp_str page(struct numbers *n, bool is_open, struct buf *out)
{
    struct registry *r = registry_new();
    struct setup s = { .registry = r };
    struct office o = { .started_ms = 1790000000000 };

    buf_init(out, 16 << 20);
    numbers_write(n, &o, &s, is_open, out);
    registry_free(r);
    return buf_str(out);
}

static bool has_line(struct cp_str text, const char *wanted)
{
    struct cp_str line;

    while (str_split(&text, '\n', &line))
        if (str_is(line, wanted))
            return true;
    return false;
}

static size_t lines_with(struct cp_str text, const char *part)
{
    struct cp_str line;
    size_t n = 0;

    while (str_split(&text, '\n', &line))
        n += str_begins(line, part);
    return n;
}

TEST(one_request_is_told)
{
    struct numbers *n = numbers_new();
    struct cp_try tries[] = { { .channel = STR("b"), .outcome = STR("rate_limit") },
                              { .channel = STR("a"), .outcome = STR("ok") } };
    struct cp_record r = record("m\"1\\\n");
    struct buf out;

    r.tries = tries;
    r.tries_n = 2;
    r.tokens[CP_OUTPUT] = 7;
    r.tokens[CP_CACHE_WRITE_5M] = 3;
    r.tokens[CP_CACHE_WRITE_1H] = 4;
    r.cost_micro = 1250001;
    r.dropped = 2;
    r.flags = CP_RECORD_HEDGED;
    numbers_add(n, &r);
    struct cp_str text = page(n, false, &out);
    CHECK(has_line(text, "claude_proxy_requests_total{protocol=\"messages\",channel=\"a\","
                         "code_class=\"2xx\",end=\"--\"} 1"));
    CHECK(
        has_line(text, "claude_proxy_attempts_total{channel=\"b\",outcome=\"rate_limit\"} 1"));
    CHECK(has_line(text, "claude_proxy_attempts_total{channel=\"a\",outcome=\"ok\"} 1"));
    CHECK(has_line(text, "claude_proxy_failovers_total{from=\"b\",reason=\"rate_limit\"} 1"));
    CHECK(has_line(text, "claude_proxy_tokens_total{channel=\"a\",model=\"m\\\"1\\\\?\","
                         "kind=\"cache_write\"} 7"));
    CHECK(has_line(text, "claude_proxy_cost_total{channel=\"a\"} 1.250001"));
    CHECK(has_line(text, "claude_proxy_conversions_total{deed=\"dropped\"} 2"));
    CHECK(has_line(text, "claude_proxy_hedged_requests_total 1"));
    CHECK(has_line(text, "claude_proxy_request_duration_seconds_bucket{protocol=\"messages\","
                         "le=\"0.25\"} 0"));
    CHECK(has_line(text, "claude_proxy_request_duration_seconds_bucket{protocol=\"messages\","
                         "le=\"0.5\"} 1"));
    CHECK(has_line(text, "claude_proxy_request_duration_seconds_bucket{protocol=\"messages\","
                         "le=\"+Inf\"} 1"));
    CHECK(has_line(text, "claude_proxy_request_duration_seconds_sum{protocol=\"messages\"} "
                         "0.300000"));
    CHECK(has_line(text, "claude_proxy_time_to_first_byte_seconds_count{protocol=\"messages\"} "
                         "1"));
    CHECK(has_line(text, "claude_proxy_overhead_seconds_bucket{protocol=\"messages\","
                         "le=\"0.00025\"} 1"));
    CHECK(has_line(text, "# TYPE claude_proxy_requests_total counter"));
    CHECK(!has_line(text, "# EOF"));
    buf_fini(&out);
    numbers_free(n);
}

TEST(open_metrics_names_families_without_suffixes)
{
    struct numbers *n = numbers_new();
    struct buf out;
    struct cp_str text = page(n, true, &out);

    CHECK(has_line(text, "# TYPE claude_proxy_requests counter"));
    CHECK(has_line(text, "# TYPE claude_proxy_build info"));
    CHECK(has_line(text, "# UNIT process_cpu_seconds seconds"));
    CHECK(str_ends(text, "\n# EOF\n"));
    buf_fini(&out);
    numbers_free(n);
}

/* Whatever names come, a scrape stays small. */
TEST(labels_are_bounded)
{
    struct numbers *n = numbers_new();
    char model[32], channel[32];
    struct buf out;

    for (int i = 0; i < 10000; i++) {
        snprintf(model, sizeof(model), "model-%d", i);
        snprintf(channel, sizeof(channel), "channel-%d", i % 3000);
        struct cp_record r = record(model);
        struct cp_try t = { .channel = str_of(channel), .outcome = STR("ok") };
        r.channel = str_of(channel);
        r.tries = &t;
        r.tries_n = 1;
        for (int m = 1; m <= CP_REASONING_TOKENS; m++)
            r.tokens[m] = 1;
        numbers_add(n, &r);
    }
    struct cp_str text = page(n, false, &out);
    CHECK(lines_with(text, "claude_proxy_tokens_total{") <= 5001);
    CHECK(lines_with(text, "claude_proxy_requests_total{") <= 501);
    CHECK(lines_with(text, "claude_proxy_attempts_total{") <= 501);
    CHECK(str_find(text, STR("model=\"model-199\"")) >= 0);
    CHECK(str_find(text, STR("model=\"model-200\"")) < 0);
    CHECK(str_find(text, STR("model=\"other\"")) >= 0);
    CHECK(text.n < 2 << 20);
    buf_fini(&out);
    numbers_free(n);
}

TEST(what_happens_elsewhere_is_counted)
{
    struct numbers *n = numbers_new();
    struct buf out;

    numbers_count(NULL, NUMBERS_SAVED);
    numbers_count(n, NUMBERS_SAVED);
    numbers_count(n, NUMBERS_AUTH_FAILED_ADMIN);
    clock_set(0, 1790000001500);
    numbers_count(n, NUMBERS_RELOADED);
    numbers_count(n, NUMBERS_RELOAD_FAILED);
    struct cp_str text = page(n, false, &out);
    CHECK(has_line(text, "claude_proxy_state_saves_total{result=\"ok\"} 1"));
    CHECK(has_line(text, "claude_proxy_auth_failures_total{realm=\"admin\"} 1"));
    CHECK(has_line(text, "claude_proxy_auth_failures_total{realm=\"client\"} 0"));
    CHECK(has_line(text, "claude_proxy_config_last_reload_success 0"));
    CHECK(has_line(text, "claude_proxy_config_last_reload_success_timestamp_seconds "
                         "1790000001.500"));
    CHECK(has_line(text, "claude_proxy_start_time_seconds 1790000000.000"));
    buf_fini(&out);
    numbers_free(n);
    clock_set(-1, -1);
}

TEST(another_programs_past_is_not_counted)
{
    struct numbers *n = numbers_new();
    struct cp_record r = record("m");
    struct buf out;

    r.flags = CP_RECORD_IMPORTED;
    numbers_add(n, &r);
    CHECK_EQ(lines_with(page(n, false, &out), "claude_proxy_requests_total{"), 0);
    buf_fini(&out);
    numbers_free(n);
}

TEST_MAIN()
