/* SPDX-License-Identifier: MIT */
/*
 * statistics - what was served lately: sums of windows, series over time, the strips of activity, and /metrics.
 *
 * All of it is the census's, so it costs the same however many requests there were.  What may be long (names that clients
 * made up) is summed on the pool; the strips, which are asked for again and again, are short and made at once: of each
 * channel only the segments in which it was asked.
 */
#include "admin/statistics.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/numbers.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "state/census.h"
#include "json/write.h"

#include <stdlib.h>

enum { ROWS = 200, SERIES = 10, SERIES_MOST = 50, MINUTE_MS = 60000 };

static const struct {
    const char *name;
    uint32_t by;
} kinds[] = {
    { "family", CP_BY_FAMILY },     { "channel", CP_BY_CHANNEL },
    { "key", CP_BY_UPSTREAM_KEY },  { "model", CP_BY_MODEL_NAME },
    { "client", CP_BY_CLIENT_KEY },
};

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

static bool is_there(struct api_call *call)
{
    if (!call->office || !call->office->census)
        api_fail(call, 503, "", "nothing is counted here");
    return !api_has_failed(call);
}

/* CP_BY_NOTHING if it is not said. */
static uint32_t kind_asked(struct api_call *call)
{
    struct cp_str by = ask_query_text(call, "by");

    for (size_t i = 0; by.p && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (str_is(by, kinds[i].name))
            return kinds[i].by;
    if (by.p)
        api_fail(call, 400, "query.by", "must be family, channel, key, model or client");
    return CP_BY_NOTHING;
}

static const char *kind_name(uint32_t by)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (kinds[i].by == by)
            return kinds[i].name;
    return NULL;
}

/* ---- names ---------------------------------------------------------------- */

static struct cp_str label_of_client(const struct conf *c, struct cp_str id)
{
    for (size_t i = 0; i < c->clients_n; i++)
        if (str_is(id, c->clients[i].id))
            return c->clients[i].label;
    return STR_NONE;
}

/* A channel and its key as two members. */
static void put_path(struct json_writer *w, const struct conf *c, struct cp_str name)
{
    ptrdiff_t slash = str_chr(name, '/');
    struct cp_str id = slash < 0 ? name : str_cut(name, (size_t)slash);
    struct cp_str key = slash < 0 ? STR_NONE : str_from(name, (size_t)slash + 1);
    const struct conf_channel *channel = conf_channel(c, id);

    json_put_text(w, "channel", id);
    json_put_text(w, "channel_name", channel ? channel->name : STR_NONE);
    if (!key.p)
        return;
    json_put_text(w, "key", key);
    for (size_t i = 0; channel && i < channel->keys_n; i++)
        if (str_is(key, channel->keys[i].id))
            json_put_text(w, "label", channel->keys[i].label);
}

/* The name, and what people call it. */
static void put_name(struct json_writer *w, const struct setup *s, uint32_t by,
                     struct cp_str name)
{
    json_put_text(w, "name", name);
    if (by == CP_BY_CHANNEL || by == CP_BY_UPSTREAM_KEY)
        put_path(w, s->conf, name);
    else if (by == CP_BY_CLIENT_KEY)
        json_put_text(w, "label", label_of_client(s->conf, name));
}

struct row {
    struct cp_str name;
    int64_t last_ms;
    struct census_sum sum;
};

struct rows {
    struct arena *arena;
    struct row *at;
    size_t n;
};

static void rows_add(void *ctx, struct cp_str name, int64_t last_ms)
{
    struct rows *r = ctx;

    if (r->n <= CENSUS_SERIES)
        r->at[r->n++] = (struct row){ arena_copy(r->arena, name), last_ms, { 0 } };
}

static struct rows rows_new(struct api_call *call, uint32_t by)
{
    struct rows r = { call->arena,
                      arena_need(call->arena, (CENSUS_SERIES + 1) * sizeof(struct row)), 0 };

    census_names(call->office->census, by, rows_add, &r);
    return r;
}

static int row_compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->sum.requests != y->sum.requests)
        return x->sum.requests < y->sum.requests ? 1 : -1;
    return (x->last_ms < y->last_ms) - (x->last_ms > y->last_ms);
}

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
    int64_t minutes = span_ms / MINUTE_MS;

    statistics_put_rate(w, "rpm", (s->requests * 100 + minutes / 2) / minutes);
    statistics_put_rate(w, "tpm", (s->tokens[CP_OUTPUT] * 100 + minutes / 2) / minutes);
}

static void put_row(struct api_call *call, uint32_t by, const struct row *r, int64_t span_ms)
{
    json_open(call->out, '{');
    put_name(call->out, call->setup, by, r->name);
    portrait_wall(call->out, "last", r->last_ms);
    statistics_put_sum(call->out, &r->sum);
    put_pace(call->out, &r->sum, span_ms);
    json_close(call->out);
}

static void put_rows(struct api_call *call, uint32_t by, int64_t span_ms, int64_t most)
{
    struct rows rows = rows_new(call, by);
    size_t kept = 0;

    for (size_t i = 0; i < rows.n; i++) {
        census_window(call->office->census, by, rows.at[i].name, call->wall_ms, span_ms,
                      &rows.at[i].sum);
        if (rows.at[i].sum.requests)
            rows.at[kept++] = rows.at[i];
    }
    qsort(rows.at, kept, sizeof(*rows.at), row_compare);
    json_key(call->out, STR("rows"));
    json_open(call->out, '[');
    for (size_t i = 0; i < kept && i < (size_t)most; i++)
        put_row(call, by, &rows.at[i], span_ms);
    json_close(call->out);
    json_put_number(call->out, "more", (int64_t)kept > most ? (int64_t)kept - most : 0);
}

static void show_window(struct api_call *call)
{
    struct json_writer *w = call->out;
    struct census_sum total;

    ask_query(call, "window|by|limit");
    uint32_t by = kind_asked(call);
    size_t window = window_asked(call);
    int64_t most = ask_query_number(call, "limit", 1, CENSUS_SERIES, ROWS);
    if (api_has_failed(call) || !is_there(call))
        return;
    int64_t span_ms = windows[window].ms;
    census_window(call->office->census, CP_BY_NOTHING, STR_NONE, call->wall_ms, span_ms,
                  &total);
    json_open(w, '{');
    json_put_text(w, "window", str_of(windows[window].name));
    portrait_wall(w, "from", call->wall_ms - span_ms);
    portrait_wall(w, "until", call->wall_ms);
    json_put_text(w, "currency", call->setup->conf->currency);
    json_key(w, STR("total"));
    json_open(w, '{');
    statistics_put_sum(w, &total);
    put_pace(w, &total, span_ms);
    json_close(w);
    if (by != CP_BY_NOTHING) {
        json_put_text(w, "by", str_of(kind_name(by)));
        put_rows(call, by, span_ms, most);
    }
    json_close(w);
}

/* ---- GET /api/statistics/series ------------------------------------------- */

static void put_points(struct api_call *call, uint32_t by, struct cp_str name,
                       const struct statistics_span *s)
{
    struct census_sum *sums = arena_need(call->arena, s->n * sizeof(*sums));
    struct json_writer *w = call->out;

    (void)census_steps(call->office->census, by, name, s->from_ms, s->step_ms, s->n,
                       sums); /* what is known no more is empty */
    json_key(w, STR("points"));
    json_open(w, '[');
    for (uint32_t i = 0; i < s->n; i++) {
        json_open(w, '{');
        portrait_wall(w, "at", s->from_ms + i * s->step_ms);
        statistics_put_sum(w, &sums[i]);
        json_close(w);
    }
    json_close(w);
}

static void put_series(struct api_call *call, uint32_t by, struct cp_str name,
                       const struct statistics_span *s)
{
    json_open(call->out, '{');
    if (by != CP_BY_NOTHING)
        put_name(call->out, call->setup, by, name);
    put_points(call, by, name, s);
    json_close(call->out);
}

static void put_all_series(struct api_call *call, uint32_t by, const struct statistics_span *s,
                           int64_t most)
{
    struct cp_str name = ask_query_text(call, "name");

    json_key(call->out, STR("series"));
    json_open(call->out, '[');
    if (by == CP_BY_NOTHING || name.p) {
        put_series(call, by, name, s);
    } else {
        struct rows rows = rows_new(call, by);
        for (size_t i = 0; i < rows.n && i < (size_t)most; i++)
            put_series(call, by, rows.at[i].name, s);
    }
    json_close(call->out);
}

static void show_series(struct api_call *call)
{
    struct statistics_span s;
    char step[32];
    const char *wrong;

    ask_query(call, "by|name|duration|interval|limit");
    uint32_t by = kind_asked(call);
    int64_t most = ask_query_number(call, "limit", 1, SERIES_MOST, SERIES);
    if (!statistics_span(ask_query_text(call, "duration"), ask_query_text(call, "interval"),
                         STATISTICS_DAY_MS, INT64_C(30) * STATISTICS_DAY_MS, call->wall_ms, &s,
                         &wrong))
        api_fail(call, 400, wrong[0] == 'd' ? "query.duration" : "query.interval",
                 "must be a time like \"90m\", \"6h\" or \"7d\"");
    if (by == CP_BY_NOTHING && ask_query_text(call, "name").p)
        api_fail(call, 400, "query.by", "says what the name is of");
    if (api_has_failed(call) || !is_there(call))
        return;
    statistics_spell(s.step_ms, step);
    json_open(call->out, '{');
    if (by != CP_BY_NOTHING)
        json_put_text(call->out, "by", str_of(kind_name(by)));
    portrait_wall(call->out, "from", s.from_ms);
    json_put_text(call->out, "interval", str_of(step));
    json_put_text(call->out, "currency", call->setup->conf->currency);
    put_all_series(call, by, &s, most);
    json_close(call->out);
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
    if (api_has_failed(call) || !is_there(call))
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
    { "GET", "/api/statistics/series", show_series, 0, API_POOL, 0,
      "The same over time, in steps" },
    { "GET", "/api/statistics/activity", show_activity, 0, API_HERE, 0,
      "The last 15 minutes of every channel, in 150 segments of 6 s" },
    { "GET", "/metrics", show_metrics, 0, API_POOL, API_METRICS,
      "Counters and states for Prometheus; OpenMetrics by Accept" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
