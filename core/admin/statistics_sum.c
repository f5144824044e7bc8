/* SPDX-License-Identifier: MIT */
/*
 * statistics_sum - spans, steps and rates of statistics.
 *
 * Rates are whole hundredths of a percent, so nothing is rounded twice and no two machines differ.
 */
#include "admin/statistics.h"

#include "base/str.h"
#include "state/census.h"
#include "json/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS, WHOLE = 10000 };

/* ---- spans ---------------------------------------------------------------- */

static int64_t span_today_ms(int64_t wall_ms)
{
    time_t now = (time_t)(wall_ms / 1000);
    struct tm tm;

    if (!localtime_r(&now, &tm))
        return STATISTICS_DAY_MS;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    time_t midnight = mktime(&tm);
    int64_t ms = wall_ms - (int64_t)midnight * 1000;
    return midnight == (time_t)-1 || ms < MINUTE_MS ? MINUTE_MS : ms;
}

static bool span_read(struct cp_str text, int64_t preset_ms, int64_t wall_ms, int64_t *ms)
{
    *ms = preset_ms;
    if (!text.n)
        return true;
    if (str_is(text, "today")) {
        *ms = span_today_ms(wall_ms);
        return true;
    }
    return !str_duration(text, ms) && *ms > 0;
}

/* How finely the census knows how long a time: state/census.h. */
static const struct {
    int64_t step_ms, reach_ms;
} known[] = {
    { MINUTE_MS, 64 * MINUTE_MS },
    { 5 * MINUTE_MS, 400 * MINUTE_MS },
    { 15 * MINUTE_MS, 26 * HOUR_MS },
    { 2 * HOUR_MS, 176 * HOUR_MS },
    { 6 * HOUR_MS, INT64_C(32) * STATISTICS_DAY_MS },
};

enum { KNOWN = sizeof(known) / sizeof(*known) };

/* The finest steps, at least as wide as asked for, that are known so far back. */
static void span_cut(struct statistics_span *s, int64_t step_ms)
{
    for (size_t i = 0; i < KNOWN; i++) {
        int64_t least_ms = known[i].step_ms;
        s->step_ms = (step_ms + least_ms - 1) / least_ms * least_ms;
        s->n = (uint32_t)(s->span_ms / s->step_ms) + 1;
        if ((s->n + 1) * s->step_ms <= known[i].reach_ms + least_ms)
            return;
    }
}

bool statistics_span(struct cp_str duration, struct cp_str interval, int64_t preset_ms,
                     int64_t most_ms, int64_t wall_ms, struct statistics_span *s,
                     const char **name)
{
    int64_t step_ms;

    *name = "duration";
    if (!span_read(duration, preset_ms, wall_ms, &s->span_ms))
        return false;
    if (s->span_ms > most_ms)
        s->span_ms = most_ms;
    if (s->span_ms < MINUTE_MS)
        s->span_ms = MINUTE_MS;
    *name = "interval";
    if (str_is(interval, "today") || !span_read(interval, MINUTE_MS, wall_ms, &step_ms))
        return false;
    span_cut(s, step_ms > s->span_ms ? s->span_ms : step_ms);
    s->from_ms = wall_ms - wall_ms % s->step_ms - (int64_t)(s->n - 1) * s->step_ms;
    return true;
}

void statistics_spell(int64_t ms, char out[32])
{
    int64_t hours = ms / HOUR_MS, minutes = ms / MINUTE_MS % 60, seconds = ms / 1000 % 60;
    size_t n = 0;

    out[0] = '\0';
    if (hours)
        n += (size_t)snprintf(out, 32, "%" PRId64 "h", hours);
    if (minutes)
        n += (size_t)snprintf(out + n, 32 - n, "%" PRId64 "m", minutes);
    if (seconds || !n)
        (void)snprintf(out + n, 32 - n, "%" PRId64 "s", seconds); /* three numbers fit */
}

/* ---- rates ---------------------------------------------------------------- */

int64_t statistics_rate(int64_t part, int64_t all, int64_t none)
{
    if (all <= 0)
        return none;
    if (part > INT64_MAX / WHOLE / 2)
        return part / (all / WHOLE ? all / WHOLE : 1);
    return (part * WHOLE + all / 2) / all;
}

int64_t statistics_success(const struct census_sum *s, int64_t none)
{
    return statistics_rate(s->served, s->served + s->failed, none);
}

int64_t statistics_cache_hits(const struct census_sum *s)
{
    int64_t read = s->tokens[CP_CACHE_READ];
    return statistics_rate(read, read + s->tokens[CP_INPUT], -1);
}

int64_t statistics_cache_written(const struct census_sum *s)
{
    return s->tokens[CP_CACHE_WRITE_5M] + s->tokens[CP_CACHE_WRITE_1H];
}

/* ---- JSON ----------------------------------------------------------------- */

void statistics_put_rate(struct json_writer *w, const char *name, int64_t hundredths)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%" PRId64 ".%02d", hundredths / 100,
                     (int)(hundredths % 100));

    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    json_key(w, str_of(name));
    json_raw(w, str_n(text, (size_t)n));
}

void statistics_put_ms(struct json_writer *w, const char *name, int64_t us)
{
    char text[32];
    int64_t tenths = (us + 50) / 100;
    int n = snprintf(text, sizeof(text), "%" PRId64 ".%d", tenths / 10, (int)(tenths % 10));

    json_key(w, str_of(name));
    json_raw(w, us < 0 ? STR("null") : str_n(text, (size_t)n));
}

static const char *const members[] = {
    "requests",
    "served",
    "failed",
    "cancelled",
    "success_rate",
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "tool_tokens",
    "searches",
    "cache_hit_rate",
    "cache_hit_rate_with_writes",
    "cost_micro",
    "first_content_ms",
    "first_content_p50_ms",
    "first_content_p95_ms",
    "duration_p50_ms",
    "duration_p95_ms",
};

enum { MEMBERS = sizeof(members) / sizeof(*members), FIRST_METER = 5, FIRST_RATE = 13 };

static const uint32_t meters[FIRST_RATE - FIRST_METER] = {
    CP_INPUT,          CP_OUTPUT,         CP_REASONING_TOKENS, CP_CACHE_READ,
    CP_CACHE_WRITE_5M, CP_CACHE_WRITE_1H, CP_INPUT_TOOLS,      CP_SEARCHES
};

uint64_t statistics_fields(struct cp_str list)
{
    struct cp_str name;
    uint64_t fields = 0;

    if (!list.p)
        return STATISTICS_ALL;
    while (str_split(&list, ',', &name)) {
        size_t i = 0;
        while (i < MEMBERS && !str_is(name, members[i]))
            i++;
        if (i == MEMBERS)
            return 0;
        fields |= UINT64_C(1) << i;
    }
    return fields;
}

static void put_percent(struct json_writer *w, const char *name, int64_t hundredths)
{
    if (hundredths >= 0)
        statistics_put_rate(w, name, hundredths);
    else
        json_put_text(w, name, STR_NONE);
}

static void put_count(struct json_writer *w, uint32_t i, const struct census_sum *s)
{
    const int64_t counts[FIRST_METER - 1] = { s->requests, s->served, s->failed, s->cancelled };

    if (i < FIRST_METER - 1)
        json_put_number(w, members[i], counts[i]);
    else if (i < FIRST_METER)
        put_percent(w, members[i], statistics_success(s, -1));
    else
        json_put_number(w, members[i], s->tokens[meters[i - FIRST_METER]]);
}

static void put_rate(struct json_writer *w, uint32_t i, const struct census_sum *s)
{
    int64_t read = s->tokens[CP_CACHE_READ];

    if (i == FIRST_RATE)
        put_percent(w, members[i], statistics_cache_hits(s));
    else if (i == FIRST_RATE + 1)
        put_percent(w, members[i],
                    statistics_rate(
                        read, read + s->tokens[CP_INPUT] + statistics_cache_written(s), -1));
    else
        json_put_number(w, members[i], s->cost_micro);
}

static void put_time(struct json_writer *w, uint32_t i, const struct census_sum *s,
                     const struct census_spread *spread)
{
    uint32_t which = i - FIRST_RATE - 3;
    int64_t us = s->content_n ? s->content_us / s->content_n : -1;

    if (which)
        us = spread_percentile(which < 3 ? &spread->content : &spread->total,
                               which % 2 ? 50 : 95);
    statistics_put_ms(w, members[i], us);
}

void statistics_put_sum(struct json_writer *w, const struct census_sum *s,
                        const struct census_spread *spread, uint64_t fields)
{
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if (!(fields >> i & 1))
            continue;
        if (i < FIRST_RATE)
            put_count(w, i, s);
        else if (i < FIRST_RATE + 3)
            put_rate(w, i, s);
        else
            put_time(w, i, s, spread);
    }
}
