/* SPDX-License-Identifier: MIT */
/*
 * statistics - what was served lately: sums of windows, series over time, the strips of activity, and /metrics.
 *
 * All of it is the census's, so it costs the same however many requests there were.  What may be long (names that clients
 * made up) is summed on the pool; the strips, which are asked for again and again, are short and made at once: of each
 * channel only the segments in which it was asked.
 */
#include "admin/statistics_private.h"

#include "admin/ask.h"
#include "admin/numbers.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "json/write.h"

enum { ROWS = 200, MINUTE_MS = 60000 };

static const struct {
    const char *name;
    int64_t ms;
} windows[] = {
    { "15m", 15 * MINUTE_MS },
    { "1h", 60 * MINUTE_MS },
    { "6h", 6 * 60 * MINUTE_MS },
    { "24h", STATISTICS_DAY_MS },
    { "7d", INT64_C(7) * STATISTICS_DAY_MS },
    { "30d", INT64_C(30) * STATISTICS_DAY_MS },
};

/* ---- GET /api/statistics -------------------------------------------------- */

static size_t window_asked(struct api_call *call)
{
    struct cp_str name = ask_query_text(call, "window");

    for (size_t i = 0; name.p && i < sizeof(windows) / sizeof(*windows); i++)
        if (str_is(name, windows[i].name))
            return i;
    if (name.p)
        api_fail(call, 400, "query.window", "must be 15m, 1h, 6h, 24h, 7d or 30d");
    return 3;
}

/* Requests and shown tokens a minute, in hundredths. */
static void put_pace(struct json_writer *w, const struct census_sum *s, int64_t span_ms)
{
    int64_t minutes = span_ms < MINUTE_MS ? 1 : span_ms / MINUTE_MS;

    statistics_put_rate(w, "rpm", (s->requests * 100 + minutes / 2) / minutes);
    statistics_put_rate(w, "tpm", (s->tokens[CP_OUTPUT] * 100 + minutes / 2) / minutes);
}

static void put_row(struct api_call *call, uint32_t by, const struct row *r, int64_t span_ms)
{
    struct census_spread spread;

    census_window_spread(call->office->census, by, r->name, call->wall_ms, span_ms, &spread);
    json_open(call->out, '{');
    statistics_put_name(call->out, call->setup, by, r->name);
    portrait_wall(call->out, "last", r->last_ms);
    statistics_put_sum(call->out, &r->sum, &spread, STATISTICS_ALL);
    put_pace(call->out, &r->sum, span_ms);
    json_close(call->out);
}

static void put_rows(struct api_call *call, uint32_t by, int64_t span_ms, int64_t most)
{
    struct rows rows = statistics_ranked(call, by, span_ms);

    json_key(call->out, STR("rows"));
    json_open(call->out, '[');
    for (size_t i = 0; i < rows.n && i < (size_t)most; i++)
        put_row(call, by, &rows.at[i], span_ms);
    json_close(call->out);
    json_put_number(call->out, "more", (int64_t)rows.n > most ? (int64_t)rows.n - most : 0);
}

static void put_total(struct api_call *call, int64_t span_ms)
{
    struct census_spread spread;
    struct census_sum total;

    census_window(call->office->census, CP_BY_NOTHING, STR_NONE, call->wall_ms, span_ms,
                  &total);
    census_window_spread(call->office->census, CP_BY_NOTHING, STR_NONE, call->wall_ms, span_ms,
                         &spread);
    json_key(call->out, STR("total"));
    json_open(call->out, '{');
    statistics_put_sum(call->out, &total, &spread, STATISTICS_ALL);
    put_pace(call->out, &total, span_ms);
    json_close(call->out);
}

/* One of the windows, or since when, or for how long; name: absent if it is no window. */
static int64_t span_asked(struct api_call *call, struct cp_str *name)
{
    struct cp_str duration = ask_query_text(call, "duration");
    int64_t since_ms = statistics_since(call);
    struct statistics_span s;
    const char *wrong;
    size_t window = window_asked(call);

    if ((since_ms != 0) + (duration.n != 0) + (ask_query_text(call, "window").n != 0) > 1)
        api_fail(call, 400, "query.window", "one of window, since and duration is enough");
    *name = STR_NONE;
    if (since_ms) /* the moment itself is in it */
        return call->wall_ms - since_ms + 1;
    if (!duration.n) {
        *name = str_of(windows[window].name);
        return windows[window].ms;
    }
    if (!statistics_span(duration, STR_NONE, STATISTICS_DAY_MS, INT64_C(30) * STATISTICS_DAY_MS,
                         call->wall_ms, &s, &wrong)) {
        api_fail(call, 400, "query.duration", "must be a time like \"90m\", \"6h\" or \"7d\"");
        return 0;
    }
    return s.span_ms;
}

static void show_window(struct api_call *call)
{
    struct json_writer *w = call->out;
    struct cp_str name;

    ask_query(call, "window|by|limit|since|duration");
    uint32_t by = statistics_by(call);
    int64_t span_ms = span_asked(call, &name);
    int64_t most = ask_query_number(call, "limit", 1, CENSUS_SERIES, ROWS);
    if (api_has_failed(call) || !statistics_is_there(call))
        return;
    json_open(w, '{');
    json_put_text(w, "window", name);
    portrait_wall(w, "from", call->wall_ms - span_ms);
    portrait_wall(w, "until", call->wall_ms);
    json_put_text(w, "currency", call->setup->conf->currency);
    put_total(call, span_ms);
    if (by != CP_BY_NOTHING) {
        json_put_text(w, "by", str_of(statistics_by_name(by)));
        put_rows(call, by, span_ms, most);
    }
    json_close(w);
}

/* ---- GET /api/statistics/activity ----------------------------------------- */

/* One that was asked: [place, requests, failed, input tokens, output tokens] for each segment that is not empty. */
static void put_strip(struct json_writer *w, const struct census_sum *sums,
                      struct census_sum *total)
{
    json_key(w, STR("segments"));
    json_open(w, '[');
    for (int64_t i = 0; i < CENSUS_SEGMENTS; i++) {
        const struct census_sum *s = &sums[i];
        if (!s->requests)
            continue;
        json_open(w, '[');
        json_number(w, i);
        json_number(w, s->requests);
        json_number(w, s->failed);
        json_number(w, s->tokens[CP_INPUT]);
        json_number(w, s->tokens[CP_OUTPUT]);
        json_close(w);
        total->requests += s->requests;
        total->tokens[CP_OUTPUT] += s->tokens[CP_OUTPUT];
    }
    json_close(w);
}

static void put_activity(struct api_call *call, uint32_t by, struct cp_str name,
                         int64_t from_ms)
{
    struct census_sum sums[CENSUS_SEGMENTS], total = { 0 };
    struct json_writer *w = call->out;

    (void)census_steps(call->office->census, by, name, from_ms, CENSUS_SEGMENT_MS,
                       CENSUS_SEGMENTS, sums); /* what is known no more is empty */
    json_open(w, '{');
    if (by != CP_BY_NOTHING)
        json_put_text(w, "channel", name);
    put_strip(w, sums, &total);
    put_pace(w, &total, 15 * MINUTE_MS);
    json_close(w);
}

static void show_activity(struct api_call *call)
{
    const struct setup *s = call->setup;
    struct json_writer *w = call->out;

    ask_query(call, "");
    if (api_has_failed(call) || !statistics_is_there(call))
        return;
    int64_t last_ms = call->wall_ms - call->wall_ms % CENSUS_SEGMENT_MS;
    int64_t from_ms = last_ms - (CENSUS_SEGMENTS - 1) * CENSUS_SEGMENT_MS;
    json_open(w, '{');
    json_put_number(w, "segments", CENSUS_SEGMENTS);
    json_put_number(w, "segment_ms", CENSUS_SEGMENT_MS);
    portrait_wall(w, "from", from_ms);
    portrait_wall(w, "until", last_ms + CENSUS_SEGMENT_MS);
    json_key(w, STR("total"));
    put_activity(call, CP_BY_NOTHING, STR_NONE, from_ms);
    json_key(w, STR("channels"));
    json_open(w, '[');
    for (uint32_t i = 0; i < s->channels_n; i++)
        put_activity(call, CP_BY_CHANNEL, s->channels[i].conf->id, from_ms);
    json_close(w);
    json_close(w);
}

/* ---- GET /metrics --------------------------------------------------------- */

static void show_metrics(struct api_call *call)
{
    bool is_open =
        str_find_nocase(api_header(call, "accept"), "application/openmetrics-text") >= 0;

    if (!call->office || !call->office->numbers) {
        api_fail(call, 503, "", "nothing is counted here");
        return;
    }
    call->type = is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                         : "text/plain; version=0.0.4; charset=utf-8";
    numbers_write(call->office->numbers, call->office, call->setup, is_open, call->text);
}

const struct api_route statistics_routes[] = {
    { "GET", "/api/statistics", show_window, 0, API_POOL, 0,
      "What was served in a window: requests, success, tokens, cost, pace" },
    { "GET", "/api/statistics/series", statistics_series, 0, API_POOL, 0,
      "The same over time, in steps" },
    { "GET", "/api/statistics/activity", show_activity, 0, API_HERE, 0,
      "The last 15 minutes of every channel, in 150 segments of 6 s" },
    { "GET", "/metrics", show_metrics, 0, API_POOL, API_METRICS,
      "Counters and states for Prometheus; OpenMetrics by Accept" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
