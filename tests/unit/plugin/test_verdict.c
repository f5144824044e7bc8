/* SPDX-License-Identifier: MIT */
/*
 * test_verdict - whose fault, what cures it, when.
 */
#include "plugin/verdict.h"

#include "base/str.h"

#include "../test.h"

enum { NOW_S = 1700000000 }; /* Tue, 14 Nov 2023 22:13:20 GMT */
static const int64_t now_ms = (int64_t)NOW_S * 1000;

static struct cp_str wait_for(void *ctx, const char *name)
{
    const char *const *pair = ctx;
    return strcmp(name, pair[0]) == 0 ? str_of(pair[1]) : STR_NONE;
}

static struct cp_verdict judged(int status, int net, const char *header, const char *value)
{
    const char *pair[] = { header ? header : "", value };
    struct cp_failure f = { .status = status, .net = net };
    struct cp_verdict v;
    verdict_default(&f, header ? wait_for : NULL, pair, now_ms, &v);
    return v;
}

static void judges(int status, uint32_t fault, uint32_t cure, uint32_t trouble)
{
    struct cp_verdict v = judged(status, 0, NULL, NULL);
    CHECK_EQ(v.fault, fault);
    CHECK_EQ(v.cure, cure);
    if (!CHECK_EQ(v.trouble, trouble))
        printf("#     %d\n", status);
    CHECK_EQ(v.wait_ms, -1);
}

TEST(statuses)
{
    judges(400, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
    judges(401, CP_BY_KEY, CP_ELSEWHERE, CP_AUTH);
    judges(402, CP_BY_KEY, CP_ELSEWHERE, CP_BILLING);
    judges(403, CP_BY_KEY, CP_ELSEWHERE, CP_FORBIDDEN);
    judges(404, CP_BY_MODEL, CP_ELSEWHERE, CP_NOT_FOUND);
    judges(413, CP_BY_CLIENT, CP_NEVER, CP_TOO_LARGE);
    judges(418, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
    judges(422, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
    judges(429, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT);
    judges(500, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER);
    judges(503, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED);
    judges(504, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT);
    judges(529, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED);
    judges(302, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER);
    judges(200, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER);
    judges(999, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER);
    CHECK_EQ(judged(402, 0, NULL, NULL).disable_key, 1);
    CHECK_EQ(judged(401, 0, NULL, NULL).disable_key, 0);
}

TEST(the_network)
{
    CHECK_EQ(judged(0, CP_NET_RESOLVE, NULL, NULL).fault, CP_BY_NETWORK);
    CHECK_EQ(judged(0, CP_NET_TLS, NULL, NULL).fault, CP_BY_NETWORK);
    CHECK_EQ(judged(0, CP_NET_TIMEOUT, NULL, NULL).trouble, CP_TIMEOUT);
    CHECK_EQ(judged(0, CP_NET_CUT, NULL, NULL).trouble, CP_STREAM_CUT);
    CHECK_EQ(judged(0, CP_NET_EMPTY, NULL, NULL).fault, CP_BY_UPSTREAM);
    CHECK_EQ(judged(0, 0, NULL, NULL).cure, CP_ELSEWHERE);
}

TEST(waits_from_headers)
{
    CHECK_EQ(judged(429, 0, "retry-after", "7").wait_ms, 7000);
    CHECK_EQ(judged(429, 0, "retry-after-ms", "1500").wait_ms, 1500);
    CHECK_EQ(judged(429, 0, "retry-after-ms", "soon").wait_ms, -1);
    struct cp_verdict v = judged(503, 0, "retry-after", "3");
    CHECK_EQ(v.wait_ms, 3000);
    CHECK_EQ(v.cure, CP_LATER);
    CHECK_EQ(judged(401, 0, "retry-after", "3").cure, CP_ELSEWHERE);
}

TEST(too_late_for_a_cure)
{
    struct cp_failure f = { .status = 500, .relayed = 10 };
    struct cp_verdict v;
    verdict_default(&f, NULL, NULL, now_ms, &v);
    CHECK_EQ(v.cure, CP_NEVER);
}

static void waits(const char *value, int64_t ms)
{
    if (!CHECK_EQ(verdict_wait_ms(str_of(value), now_ms), ms))
        printf("#     %s\n", value ? value : "(absent)");
}

TEST(durations)
{
    waits("0", 0);
    waits("30", 30000);
    waits(" 1.5 ", 1500);
    waits("1.5s", 1500);
    waits("250ms", 250);
    waits("1m30s", 90000);
    waits("6m0s", 360000);
    waits("1h2m3s", 3723000);
    waits("0.0005s", 1);
    waits("1000000000", 24 * 3600 * 1000);
    waits("99999999999999999999999999999999999999999999", -1);
    waits("-5", -1);
    waits("5x", -1);
    waits("soon", -1);
    waits("", -1);
    waits(NULL, -1);
    waits(".", -1);
    waits("1..2", -1);
}

TEST(dates)
{
    waits("Tue, 14 Nov 2023 22:13:30 GMT", 10000);
    waits("Tuesday, 14-Nov-23 22:14:20 GMT", 60000);
    waits("Tue Nov 14 22:13:21 2023", 1000);
    waits("Thu, 29 Feb 2024 00:00:00 GMT", 24 * 3600 * 1000);
    waits("Sun, 06 Nov 1994 08:49:37 GMT", 0);
    waits("Sunday, 06-Nov-94 08:49:37 GMT", 0);
    waits("Tue, 14 Foo 2023 22:13:30 GMT", -1);
    waits("Tue, 45 Nov 2023 22:13:30 GMT", -1);
    waits("Tue, 14 Nov 2023 25:13:30 GMT", -1);
    waits("Tue, 14 Nov 2023", -1);
    waits("a b c d e f g h i j k l m n o p", -1);
}

TEST(names)
{
    CHECK_STR(str_of(verdict_fault_name(CP_BY_UPSTREAM)), "channel");
    CHECK_STR(str_of(verdict_fault_name(99)), "none");
    CHECK_STR(str_of(verdict_trouble_name(CP_RATE_LIMIT)), "rate_limit");
    CHECK_STR(str_of(verdict_trouble_name(0)), "none");
}

TEST(statuses_of_troubles)
{
    for (uint32_t t = CP_BAD_REQUEST; t <= CP_HEADERS_TOO_LARGE; t++) {
        CHECK(verdict_status(t) >= 400);
        if (t != CP_CONTEXT_TOO_LONG && t != CP_POLICY && t != CP_STREAM_CUT)
            CHECK_EQ(verdict_trouble(verdict_status(t)), t);
    }
    CHECK_EQ(verdict_status(0), 500);
    CHECK_EQ(verdict_status(1000), 500);
    CHECK_EQ(verdict_trouble(529), CP_OVERLOADED);
    CHECK_EQ(verdict_trouble(500), CP_SERVER);
    CHECK_EQ(verdict_trouble(418), CP_BAD_REQUEST);
}

TEST_MAIN()
