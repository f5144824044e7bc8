/* SPDX-License-Identifier: MIT */
/*
 * rates - an upstream's headers about its rate limits, as the services of another dialect call them.
 *
 *     anthropic-ratelimit-requests-reset: 2026-11-23T01:00:00Z       a time
 *     x-ratelimit-reset-requests: 6m0s                               from now on
 *
 * source: the two providers' pages on rate limits, read 2026-08-22; Gemini has none
 */
#include "flow/rates.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

#include <time.h>

#define CLAUDE_PREFIX "anthropic-ratelimit-"
#define OPENAI_PREFIX "x-ratelimit-"

static const char *const whats[] = { "requests", "tokens" };
static const char *const facts[] = { "limit", "remaining", "reset" };
enum { RESET = 2 };

bool rates_is_about(struct cp_str name)
{
    return str_begins_nocase(name, CLAUDE_PREFIX) || str_begins_nocase(name, OPENAI_PREFIX) ||
           str_begins_nocase(name, "anthropic-priority-");
}

/* "2026-11-23T01:00:00Z" to milliseconds of the wall clock, or -1. */
static int64_t time_read(struct arena *a, struct cp_str s)
{
    struct tm tm = { 0 };
    const char *end = strptime(arena_z(a, str_cut(s, 40)), "%Y-%m-%dT%H:%M:%S", &tm);

    return end && (*end == 'Z' || *end == '.') ? (int64_t)timegm(&tm) * 1000 : -1;
}

/* "6m0s", "1.5s", "20ms" to milliseconds, or -1. */
static int64_t duration_read(struct cp_str s)
{
    int64_t ms = 0;

    for (size_t i = 0; i < s.n;) {
        int64_t n = 0, part = 1;
        bool has_point = false, has_digit = false;
        for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '.' && !has_point));
             i++) {
            has_point |= s.p[i] == '.';
            if (s.p[i] == '.' || n > INT32_MAX || part > 1000)
                continue;
            has_digit = true;
            n = n * 10 + (s.p[i] - '0');
            part *= has_point ? 10 : 1;
        }
        bool is_ms = i + 1 < s.n && s.p[i] == 'm' && s.p[i + 1] == 's';
        char unit = i < s.n ? s.p[i] : 0;
        int64_t unit_ms = is_ms ? 1 : unit == 's' ? 1000 : unit == 'm' ? 60000 : 0;
        if (unit == 'h')
            unit_ms = 3600000;
        if (!has_digit || !unit_ms)
            return -1;
        ms += n * unit_ms / part;
        i += is_ms ? 2 : 1;
    }
    return s.n ? ms : -1;
}

static struct cp_str time_say(struct arena *a, int64_t wall_ms)
{
    char text[32];

    clock_rfc3339(wall_ms * 1000, text);
    return arena_printf(a, "%.19sZ", text);
}

static struct cp_str duration_say(struct arena *a, int64_t ms)
{
    int64_t s = ms > 0 ? (ms + 999) / 1000 : 0;

    if (s >= 60)
        return arena_printf(a, "%lldm%llds", (long long)(s / 60), (long long)(s % 60));
    return arena_printf(a, "%llds", (long long)s);
}

static bool value_to_openai(struct arena *a, int64_t wall_ms, struct cp_str *value)
{
    int64_t at_ms = time_read(a, *value);

    if (at_ms >= 0)
        *value = duration_say(a, at_ms - wall_ms);
    return at_ms >= 0;
}

static bool value_to_claude(struct arena *a, int64_t wall_ms, struct cp_str *value)
{
    int64_t ms = duration_read(*value);

    if (ms >= 0)
        *value = time_say(a, wall_ms + ms);
    return ms >= 0;
}

bool rates_translate(struct arena *a, struct cp_str dialect, int64_t wall_ms,
                     struct cp_str *name, struct cp_str *value)
{
    bool to_claude = str_is(dialect, "claude");

    if (!to_claude && !str_is(dialect, "chat") && !str_is(dialect, "responses"))
        return false;
    for (int i = 0; i < 6; i++) {
        const char *what = whats[i / 3], *fact = facts[i % 3];
        struct cp_str claude = arena_printf(a, CLAUDE_PREFIX "%s-%s", what, fact);
        struct cp_str openai = arena_printf(a, OPENAI_PREFIX "%s-%s", fact, what);
        if (str_is_nocase(*name, to_claude ? claude.p : openai.p))
            return true; /* another dialect's service that speaks of it in the client's way */
        if (!str_is_nocase(*name, to_claude ? openai.p : claude.p))
            continue;
        *name = to_claude ? claude : openai;
        if (i % 3 != RESET)
            return true;
        return to_claude ? value_to_claude(a, wall_ms, value)
                         : value_to_openai(a, wall_ms, value);
    }
    return false;
}
