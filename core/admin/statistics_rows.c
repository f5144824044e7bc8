/* SPDX-License-Identifier: MIT */
/*
 * statistics_rows - by what statistics are asked for, and the names that there are.
 */
#include "admin/statistics_private.h"

#include "admin/ask.h"
#include "admin/history_time.h"
#include "admin/office.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "json/write.h"

#include <stdlib.h>

static const struct {
    const char *name;
    uint32_t by;
} kinds[] = {
    { "family", CP_BY_FAMILY },     { "channel", CP_BY_CHANNEL },
    { "key", CP_BY_UPSTREAM_KEY },  { "model", CP_BY_MODEL_NAME },
    { "client", CP_BY_CLIENT_KEY },
};

bool statistics_is_there(struct api_call *call)
{
    if (!call->office || !call->office->census)
        api_fail(call, 503, "", "nothing is counted here");
    return !api_has_failed(call);
}

/* CP_BY_NOTHING if it is not said. */
uint32_t statistics_by(struct api_call *call)
{
    struct cp_str by = ask_query_text(call, "by");

    for (size_t i = 0; by.p && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (str_is(by, kinds[i].name))
            return kinds[i].by;
    if (by.p)
        api_fail(call, 400, "query.by", "must be family, channel, key, model or client");
    return CP_BY_NOTHING;
}

const char *statistics_by_name(uint32_t by)
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
void statistics_put_name(struct json_writer *w, const struct setup *s, uint32_t by,
                         struct cp_str name)
{
    json_put_text(w, "name", name);
    if (by == CP_BY_CHANNEL || by == CP_BY_UPSTREAM_KEY)
        put_path(w, s->conf, name);
    else if (by == CP_BY_CLIENT_KEY)
        json_put_text(w, "label", label_of_client(s->conf, name));
}

static void rows_add(void *ctx, struct cp_str name, int64_t last_ms)
{
    struct rows *r = ctx;

    if (r->n <= CENSUS_SERIES)
        r->at[r->n++] = (struct row){ arena_copy(r->arena, name), last_ms, { 0 } };
}

struct rows statistics_rows(struct api_call *call, uint32_t by)
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

struct rows statistics_ranked(struct api_call *call, uint32_t by, int64_t span_ms)
{
    struct rows rows = statistics_rows(call, by);
    size_t kept = 0;

    for (size_t i = 0; i < rows.n; i++) {
        census_window(call->office->census, by, rows.at[i].name, call->wall_ms, span_ms,
                      &rows.at[i].sum);
        if (rows.at[i].sum.requests)
            rows.at[kept++] = rows.at[i];
    }
    rows.n = kept;
    if (kept)
        qsort(rows.at, kept, sizeof(*rows.at), row_compare);
    return rows;
}

int64_t statistics_since(struct api_call *call)
{
    struct cp_str s = ask_query_text(call, "since");
    int64_t ms = 0, oldest_ms = call->wall_ms - INT64_C(30) * STATISTICS_DAY_MS;

    if (!s.n)
        return 0;
    if (history_since(s, call->wall_ms, &ms) || ms >= call->wall_ms)
        api_fail(call, 400, "query.since",
                 "a time of the past is needed (2026-01-31T12:00:00Z) or how long ago (24h)");
    return ms < oldest_ms ? oldest_ms : ms;
}

void statistics_put_window(struct api_call *call, uint32_t by, struct cp_str name,
                           int64_t span_ms, uint64_t fields)
{
    struct census_sum sum;
    struct census_spread spread;

    (void)census_window(call->office->census, by, name, call->wall_ms, span_ms,
                        &sum); /* unknown: nothing was asked */
    census_window_spread(call->office->census, by, name, call->wall_ms, span_ms, &spread);
    statistics_put_sum(call->out, &sum, &spread, fields);
}
