/* SPDX-License-Identifier: MIT */
/*
 * statistics_series - sums over time, in steps: of all, of one, or of several at once, so that a chart asks once.
 *
 * ?limit takes those that were used last, which costs nothing; ?top those with the most requests, and tells the total, so
 * that what the others have together is known, too.  ?fields leaves out what a chart does not draw.
 */
#include "admin/statistics_private.h"

#include "admin/ask.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "json/write.h"

enum { SERIES = 10, SERIES_MOST = 50 };

/* What was asked for. */
struct series_ask {
    struct statistics_span span;
    uint32_t by;
    struct cp_str name;
    int64_t most;   /* series */
    bool is_ranked; /* by requests; with sums and the total */
    uint64_t fields;
};

static void put_points(struct api_call *call, const struct series_ask *ask, uint32_t by,
                       struct cp_str name)
{
    const struct statistics_span *s = &ask->span;
    struct census_sum *sums = arena_need(call->arena, s->n * sizeof(*sums));
    struct census_spread *spreads = arena_need(call->arena, s->n * sizeof(*spreads));
    struct json_writer *w = call->out;

    (void)census_steps(call->office->census, by, name, s->from_ms, s->step_ms, s->n,
                       sums); /* what is known no more is empty */
    census_step_spreads(call->office->census, by, name, s->from_ms, s->step_ms, s->n, spreads);
    json_key(w, STR("points"));
    json_open(w, '[');
    for (uint32_t i = 0; i < s->n; i++) {
        json_open(w, '{');
        portrait_wall(w, "at", s->from_ms + i * s->step_ms);
        statistics_put_sum(w, &sums[i], &spreads[i], ask->fields);
        json_close(w);
    }
    json_close(w);
}

static void put_series(struct api_call *call, const struct series_ask *ask, uint32_t by,
                       struct cp_str name)
{
    struct json_writer *w = call->out;

    json_open(w, '{');
    if (by != CP_BY_NOTHING)
        statistics_put_name(w, call->setup, by, name);
    if (ask->is_ranked) {
        json_key(w, STR("sum"));
        json_open(w, '{');
        statistics_put_window(call, by, name, ask->span.span_ms, ask->fields);
        json_close(w);
    }
    put_points(call, ask, by, name);
    json_close(w);
}

static void put_ranked(struct api_call *call, const struct series_ask *ask)
{
    struct rows rows = statistics_ranked(call, ask->by, ask->span.span_ms);
    size_t n = rows.n < (size_t)ask->most ? rows.n : (size_t)ask->most;

    json_key(call->out, STR("total"));
    put_series(call, ask, CP_BY_NOTHING, STR_NONE);
    json_key(call->out, STR("series"));
    json_open(call->out, '[');
    for (size_t i = 0; i < n; i++)
        put_series(call, ask, ask->by, rows.at[i].name);
    json_close(call->out);
    json_put_number(call->out, "more", (int64_t)(rows.n - n));
}

static void put_all_series(struct api_call *call, const struct series_ask *ask)
{
    json_key(call->out, STR("series"));
    json_open(call->out, '[');
    if (ask->by == CP_BY_NOTHING || ask->name.p) {
        put_series(call, ask, ask->by, ask->name);
    } else {
        struct rows rows = statistics_rows(call, ask->by);
        for (size_t i = 0; i < rows.n && i < (size_t)ask->most; i++)
            put_series(call, ask, ask->by, rows.at[i].name);
    }
    json_close(call->out);
}

static void span_asked(struct api_call *call, struct statistics_span *s)
{
    struct cp_str duration = ask_query_text(call, "duration");
    int64_t since_ms = statistics_since(call);
    const char *wrong;

    if (since_ms && duration.n)
        api_fail(call, 400, "query.since", "duration says it already");
    if (!statistics_span(duration, ask_query_text(call, "interval"),
                         since_ms ? call->wall_ms - since_ms + 1 : STATISTICS_DAY_MS,
                         INT64_C(30) * STATISTICS_DAY_MS, call->wall_ms, s, &wrong))
        api_fail(call, 400, wrong[0] == 'd' ? "query.duration" : "query.interval",
                 "must be a time like \"90m\", \"6h\" or \"7d\"");
}

static bool series_asked(struct api_call *call, struct series_ask *ask)
{
    struct cp_str fields = ask_query_text(call, "fields");

    ask_query(call, "by|name|duration|since|interval|limit|top|fields");
    *ask = (struct series_ask){ .by = statistics_by(call),
                                .name = ask_query_text(call, "name"),
                                .most = ask_query_number(call, "limit", 1, SERIES_MOST, SERIES),
                                .is_ranked = ask_query_text(call, "top").p != NULL,
                                .fields = statistics_fields(fields) };
    if (ask->is_ranked)
        ask->most = ask_query_number(call, "top", 1, SERIES_MOST, SERIES);
    span_asked(call, &ask->span);
    if (!ask->fields)
        api_fail(call, 400, "query.fields", "members of a sum are needed: requests,failed");
    if (ask->by == CP_BY_NOTHING && (ask->name.p || ask->is_ranked))
        api_fail(call, 400, "query.by", "says what the %s of",
                 ask->name.p ? "name is" : "top are");
    if (ask->name.p && ask->is_ranked)
        api_fail(call, 400, "query.top", "one name needs no rank");
    return !api_has_failed(call) && statistics_is_there(call);
}

void statistics_series(struct api_call *call)
{
    struct series_ask ask;
    char step[32];

    if (!series_asked(call, &ask))
        return;
    statistics_spell(ask.span.step_ms, step);
    json_open(call->out, '{');
    if (ask.by != CP_BY_NOTHING)
        json_put_text(call->out, "by", str_of(statistics_by_name(ask.by)));
    portrait_wall(call->out, "from", ask.span.from_ms);
    json_put_text(call->out, "interval", str_of(step));
    json_put_text(call->out, "currency", call->setup->conf->currency);
    if (ask.is_ranked)
        put_ranked(call, &ask);
    else
        put_all_series(call, &ask);
    json_close(call->out);
}
