/* SPDX-License-Identifier: MIT */
/*
 * test_price - which price holds for a model at a channel on a day, and what tokens come to.
 */
#include "conf/price.h"

#include "conf/moment.h"
#include "fixture.h"
#include "test.h"

static const char own[] =
    "prices = ("
    "  { model = \"*\"; input = \"9.00\"; output = \"90.00\"; },\n"
    "  { model = \"claude-*\"; input = \"3.00\"; output = \"15.00\"; cache_read = \"0.30\";\n"
    "    cache_write_5m = \"3.75\"; cache_write_1h = \"6\"; },\n"
    "  { model = \"claude-*\"; from = \"2026-06-01T00:00:00Z\"; input = \"2.00\"; output = "
    "\"10.00\"; },\n"
    "  { model = \"claude-opus-*\"; input = \"5.00\"; output = \"25.00\"; },\n"
    "  { model = \"claude-*\"; channel = \"cheap\"; input = \"1.00\"; output = \"1.00\"; },\n"
    "  { model = \"llama\"; input = \"0\"; output = \"0\"; },\n"
    "  { model = \"twice\"; input = \"1\"; output = \"1\"; },\n"
    "  { model = \"twice\"; input = \"2\"; output = \"2\"; },\n"
    "  { model = \"long\"; input = \"1.25\"; output = \"10\"; },\n"
    "  { model = \"long\"; input = \"5\"; output = \"30\"; prompt_above = \"1M\"; },\n"
    "  { model = \"long\"; input = \"2.50\"; output = \"15\"; prompt_above = \"200k\"; }\n"
    ");\n";

static int64_t day(const char *text)
{
    int64_t ms = 0;
    CHECK_EQ(moment_parse(str_of(text), &ms), 0);
    return ms;
}

/* What a million tokens of input cost; -1: nobody said. */
static int64_t input(const struct conf *c, const char *channel, const char *model,
                     const char *when)
{
    const struct conf_price *p = price_find(c, str_of(channel), str_of(model), day(when));
    return p ? price_meter(p, CP_INPUT) : -1;
}

TEST(price_of_the_longest_name_and_the_latest_date)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c = fixture_conf(&f, own);
    if (!CHECK(c))
        return;
    CHECK_EQ(input(c, "x", "claude-sonnet", "2026-05-31T23:59:59Z"), 3000000);
    CHECK_EQ(input(c, "x", "claude-sonnet", "2026-06-01T00:00:00Z"), 2000000);
    CHECK_EQ(input(c, "x", "claude-opus-9", "2026-06-01T00:00:00Z"), 5000000);
    CHECK_EQ(input(c, "cheap", "claude-opus-9", "2026-06-01T00:00:00Z"), 1000000);
    CHECK_EQ(input(c, "x", "llama", "2026-06-01T00:00:00Z"), 0);
    CHECK_EQ(input(c, "x", "twice", "2026-06-01T00:00:00Z"), 2000000);
    CHECK_EQ(input(c, "x", "", "2026-06-01T00:00:00Z"), 9000000);
    conf_unref(c);
    fixture_fini(&f);
}

static int64_t cost(const struct conf *c, const char *model, int64_t in, int64_t out,
                    int64_t read)
{
    int64_t tokens[9] = { -1, in, read, -1, -1, -1, out, -1, -1 };
    const struct conf_price *p =
        price_find(c, STR("x"), str_of(model), day("2026-01-01T00:00:00Z"));
    return p ? price_of(p, tokens) : -1;
}

TEST(price_of_rounds_half_up_and_never_overflows)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c =
        fixture_conf(&f, "prices = ( { model = \"half\"; input = \"0.50\"; output = \"0\"; },"
                         "{ model = \"dear\"; input = \"1000000\"; output = \"1000000\"; } );");
    if (!CHECK(c))
        return;
    CHECK_EQ(cost(c, "half", 1, 0, 0), 1);
    CHECK_EQ(cost(c, "half", 2, 0, 0), 1);
    CHECK_EQ(cost(c, "half", 3, 0, 0), 2);
    CHECK_EQ(cost(c, "half", -7, -1, -1), 0);
    CHECK_EQ(cost(c, "dear", INT64_MAX, INT64_MAX, INT64_MAX), INT64_MAX);
    CHECK_EQ(cost(c, "dear", 1, 1, 1), 3000000);
    CHECK_EQ(cost(c, "unknown", 1, 1, 1), -1);
    conf_unref(c);
    fixture_fini(&f);
}

TEST(price_of_each_meter_and_what_goes_for_it)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c = fixture_conf(&f, own);
    int64_t all[9] = { 0, 1000000, 1000000, 1000000, 1000000, 1000000, 1000000, 1000000, 5 };
    if (!CHECK(c))
        return;
    const struct conf_price *p =
        price_find(c, STR("x"), STR("claude-x"), day("2026-01-01T00:00:00Z"));
    CHECK_EQ(price_of(p, all), 3000000 + 300000 + 3750000 + 6000000 + 3000000 + 2 * 15000000);
    p = price_find(c, STR("x"), STR("claude-opus-x"), day("2026-01-01T00:00:00Z"));
    CHECK_EQ(price_of(p, all), 5 * 5000000 + 2 * 25000000);
    conf_unref(c);
    fixture_fini(&f);
}

TEST(price_of_long_prompts)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c = fixture_conf(&f, own);
    if (!CHECK(c))
        return;
    CHECK_EQ(cost(c, "long", 200000, 1000, 0), 250000 + 10000);
    CHECK_EQ(cost(c, "long", 200001, 1000, 0), 500003 + 15000);
    CHECK_EQ(cost(c, "long", 100000, 0, 100001), 500003);
    CHECK_EQ(cost(c, "long", 1000001, 0, 0), 5000005);
    conf_unref(c);
    fixture_fini(&f);
}

TEST(prices_of_a_file_come_after_our_own)
{
    struct fixture f;
    fixture_init(&f);
    fixture_write(
        &f, "prices.conf",
        STR("currency = \"USD\"; prices = ( { model = \"gpt-5\"; input = \"1\"; output = "
            "\"2\"; }, { model = \"gpt-6\"; input = \"3\"; output = \"4\"; } );"));
    fixture_write(&f, "claude-proxy.conf",
                  STR("prices = ( { model = \"gpt-*\"; channel = \"\"; input = \"7\"; output = "
                      "\"8\"; from = \"2026-06-01T00:00:00Z\"; } );"));
    struct conf *c = fixture_read(&f, "claude-proxy.conf");
    if (!CHECK(c))
        return;
    CHECK_EQ(input(c, "x", "gpt-5", "2026-05-01T00:00:00Z"), 1000000);
    CHECK_EQ(input(c, "x", "gpt-6", "2026-05-01T00:00:00Z"), 3000000);
    CHECK_EQ(input(c, "x", "gpt-5", "2026-06-02T00:00:00Z"), 7000000);
    conf_unref(c);
    fixture_fini(&f);
}

static int64_t usd(const struct conf *c, const char *model, int meter, const char *when)
{
    const struct conf_price *p = price_find(c, STR("x"), str_of(model), day(when));
    return p ? price_meter(p, meter) : -1;
}

TEST(prices_that_come_with_us_can_be_read)
{
    struct fixture f;
    fixture_init(&f);
    struct cp_str text = fixture_source("conf/prices.conf");
    if (!CHECK(text.p))
        return;
    fixture_write(&f, "prices.conf", text);
    struct conf *c = fixture_conf(&f, "");
    if (!CHECK(c && c->prices_n > 40))
        return;
    CHECK_STR(fixture_said(&f), "");
    CHECK_EQ(usd(c, "claude-opus-4-5-20251101", CP_OUTPUT, "2026-11-23T00:00:00Z"), 25000000);
    CHECK_EQ(usd(c, "claude-opus-4-20250514", CP_OUTPUT, "2026-11-23T00:00:00Z"), 75000000);
    CHECK_EQ(usd(c, "claude-opus-5-5", CP_INPUT, "2026-11-23T00:00:00Z"), 4000000);
    CHECK_EQ(usd(c, "claude-fable-5-1", CP_CACHE_READ, "2026-11-23T00:00:00Z"), 250000);
    CHECK_EQ(usd(c, "claude-fable-5", CP_CACHE_READ, "2026-11-23T00:00:00Z"), 1000000);
    CHECK_EQ(usd(c, "claude-sonnet-5-5", CP_CACHE_READ, "2026-10-06T00:00:00Z"), 200000);
    CHECK_EQ(usd(c, "claude-sonnet-5-5", CP_CACHE_READ, "2026-10-08T00:00:00Z"), 100000);
    CHECK_EQ(usd(c, "gemini-3.8-flash", CP_OUTPUT, "2026-12-31T23:59:59Z"), 3750000);
    CHECK_EQ(usd(c, "gemini-3.8-flash", CP_OUTPUT, "2027-01-01T00:00:00Z"), 7500000);
    CHECK_EQ(usd(c, "gpt-5", CP_INPUT, "2026-11-23T00:00:00Z"), 1250000);
    CHECK_EQ(usd(c, "gpt-5-pro", CP_INPUT, "2026-11-23T00:00:00Z"), -1);
    CHECK_EQ(cost(c, "gemini-2.5-pro", 200001, 0, 0), 500003);
    conf_unref(c);
    free((void *)(uintptr_t)text.p);
    fixture_fini(&f);
}

static void check_refused(const char *text, const char *wanted)
{
    struct fixture f;
    fixture_init(&f);
    struct conf *c = fixture_conf(&f, text);
    CHECK(!c);
    CHECK(fixture_says(&f, wanted));
    conf_unref(c);
    fixture_fini(&f);
}

TEST(prices_that_say_nothing_are_refused)
{
    check_refused("prices = ( { input = \"1\"; output = \"1\"; } );",
                  "main.conf:1: error: a price needs a model");
    check_refused("prices = ( { model = \"x\"; input = \"1\"; } );", "a price needs input and");
    check_refused("prices = ( { model = \"x\"; input = 1.5; output = \"1\"; } );",
                  "must be text such as");
    check_refused(
        "prices = ( { model = \"x\"; input = \"1\"; output = \"1\"; prompt_above = 5; } );",
        "no price of \"x\" for shorter prompts");
    check_refused("prices = ( \"x\" );", "a price must be a group");
    check_refused("prices_file = \"not-there.conf\";", "not-there.conf cannot be opened");
}

TEST_MAIN()
