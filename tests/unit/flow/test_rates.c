/* SPDX-License-Identifier: MIT */
/*
 * test_rates - rate limits as another dialect's clients know them.
 */
#include "flow/rates.h"

#include "base/arena.h"
#include "base/str.h"

#include "../test.h"

/* 2026-11-23T01:00:00Z */
static const int64_t now_ms = INT64_C(1795395600000);

static void check(const char *dialect, const char *name, const char *value,
                  const char *wanted_name, const char *wanted)
{
    struct arena *a = arena_new(4096, 0);
    struct cp_str n = str_of(name), v = str_of(value);
    bool is_said = rates_translate(a, str_of(dialect), now_ms, &n, &v);
    CHECK_EQ(is_said, wanted_name != NULL);
    if (is_said && wanted_name) {
        CHECK_STR(n, wanted_name);
        CHECK_STR(v, wanted);
    }
    arena_free(a);
}

TEST(to_openai)
{
    check("chat", "anthropic-ratelimit-requests-limit", "50", "x-ratelimit-limit-requests",
          "50");
    check("responses", "Anthropic-RateLimit-Tokens-Remaining", "7",
          "x-ratelimit-remaining-tokens", "7");
    check("chat", "anthropic-ratelimit-tokens-reset", "2026-11-23T01:06:01Z",
          "x-ratelimit-reset-tokens", "6m1s");
    check("chat", "anthropic-ratelimit-tokens-reset", "2026-11-23T00:59:01Z",
          "x-ratelimit-reset-tokens", "0s");
    check("chat", "anthropic-ratelimit-tokens-reset", "soon", NULL, NULL);
    check("chat", "anthropic-ratelimit-input-tokens-limit", "5", NULL, NULL);
}

TEST(to_claude)
{
    check("claude", "x-ratelimit-limit-tokens", "5", "anthropic-ratelimit-tokens-limit", "5");
    check("claude", "x-ratelimit-reset-requests", "6m0s", "anthropic-ratelimit-requests-reset",
          "2026-11-23T01:06:00Z");
    check("claude", "x-ratelimit-reset-requests", "1.5s", "anthropic-ratelimit-requests-reset",
          "2026-11-23T01:00:01Z");
    check("claude", "x-ratelimit-reset-requests", "20ms", "anthropic-ratelimit-requests-reset",
          "2026-11-23T01:00:00Z");
    check("claude", "x-ratelimit-reset-requests", "1h2m3s",
          "anthropic-ratelimit-requests-reset", "2026-11-23T02:02:03Z");
    check("claude", "x-ratelimit-reset-requests", "", NULL, NULL);
    check("claude", "x-ratelimit-reset-requests", "1 day", NULL, NULL);
}

TEST(to_who_has_none)
{
    check("gemini", "x-ratelimit-limit-tokens", "5", NULL, NULL);
    check("chat", "x-ratelimit-limit-tokens", "5", "x-ratelimit-limit-tokens", "5");
}

TEST_MAIN()
