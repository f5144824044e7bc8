/* SPDX-License-Identifier: MIT */
/*
 * original_charts - the predecessor's doors to histories: of channels, of a channel's keys, of a client API.
 *
 * Its rules for points: duration / interval + 1 of them, at most a day, at least a minute each.  A channel's point
 * has the time of its step's beginning, the two others that of its end, as there; but a step has its beginning in it and
 * its end not, in all three, so nothing is counted twice or never.
 */
#include "admin/original_statistics.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/office.h"
#include "admin/statistics.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "state/census.h"
#include "json/write.h"

#include <stdlib.h>

enum { KEYS = 10, KEYS_RECENT = 5, SIX_HOURS_MS = 6 * 60 * 60 * 1000 };

static bool span_asked(struct api_call *call, int64_t preset_ms, struct statistics_span *s)
{
    const char *wrong;

    if (statistics_span(ask_query_text(call, "duration"), ask_query_text(call, "interval"),
                        preset_ms, STATISTICS_DAY_MS, call->wall_ms, s, &wrong))
        return true;
    api_fail(call, 400, wrong, "Invalid %s parameter", wrong);
    return false;
}

static struct census_sum *sums_of(struct api_call *call, uint32_t by, struct cp_str name,
                                  const struct statistics_span *s)
{
    struct census_sum *sums = arena_need(call->arena, s->n * sizeof(*sums));

    (void)census_steps(call->office->census, by, name, s->from_ms, s->step_ms, s->n,
                       sums); /* what is known no more is empty */
    return sums;
}

static void put_tokens(struct json_writer *w, const struct census_sum *s)
{
    json_put_number(w, "inputTokens", s->tokens[CP_INPUT]);
    json_put_number(w, "outputTokens", s->tokens[CP_OUTPUT]);
    json_put_number(w, "cacheCreationTokens", statistics_cache_written(s));
    json_put_number(w, "cacheReadTokens", s->tokens[CP_CACHE_READ]);
}

static void put_points(struct json_writer *w, const struct census_sum *sums,
                       const struct statistics_span *s, bool is_full)
{
    json_key(w, STR("dataPoints"));
    json_open(w, '[');
    for (uint32_t i = 0; i < s->n; i++) {
        json_open(w, '{');
        original_put_time(w, "timestamp", s->from_ms + (i + is_full) * s->step_ms);
        original_put_counts(w, &sums[i], 0);
        if (is_full)
            put_tokens(w, &sums[i]);
        json_close(w);
    }
    json_close(w);
}

/* ---- channels ------------------------------------------------------------- */

void original_show_history(struct api_call *call)
{
    struct json_writer *w = call->out;
    struct statistics_span s;
    struct original_list l;

    if (!original_list(call, &l) || !span_asked(call, STATISTICS_DAY_MS, &s))
        return;
    json_open(w, '[');
    for (uint32_t i = 0; i < l.n; i++) {
        const struct conf_channel *c = l.at[i]->conf;
        json_open(w, '{');
        json_put_number(w, "channelIndex", i);
        json_put_text(w, "channelId", c->id);
        json_put_text(w, "channelName", c->name);
        put_points(w, sums_of(call, CP_BY_CHANNEL, c->id, &s), &s, false);
        json_close(w);
    }
    json_close(w);
}

/* ---- keys ----------------------------------------------------------------- */

static const char *const colors[KEYS] = {
    "#3b82f6", "#f97316", "#10b981", "#8b5cf6", "#ec4899",
    "#eab308", "#06b6d4", "#f43f5e", "#84cc16", "#6366f1"
};

struct shown_key {
    size_t at;
    int64_t last_ms, requests;
    bool is_recent;
};

struct finder {
    struct cp_str path;
    int64_t last_ms;
};

static void find_last(void *ctx, struct cp_str name, int64_t last_ms)
{
    struct finder *f = ctx;

    if (str_eq(name, f->path))
        f->last_ms = last_ms;
}

static int by_last(const void *a, const void *b)
{
    const struct shown_key *x = a, *y = b;
    return (x->last_ms < y->last_ms) - (x->last_ms > y->last_ms);
}

static int by_requests(const void *a, const void *b)
{
    const struct shown_key *x = a, *y = b;

    if (x->is_recent != y->is_recent)
        return x->is_recent ? -1 : 1;
    if (x->requests != y->requests)
        return x->requests < y->requests ? 1 : -1;
    return x->at < y->at ? -1 : 1;
}

static int by_place(const void *a, const void *b)
{
    const struct shown_key *x = a, *y = b;
    return x->at < y->at ? -1 : 1;
}

/* The five most recently used ones, then those with most requests; in the keys' own order. */
static size_t keys_choose(struct api_call *call, const struct conf_channel *c, int64_t span_ms,
                          struct shown_key *keys)
{
    struct census_sum sum;
    size_t n = 0;

    for (size_t k = 0; k < c->keys_n; k++) {
        struct finder f = { original_path(call, c, k), 0 };
        if (!census_window(call->office->census, CP_BY_UPSTREAM_KEY, f.path, call->wall_ms,
                           span_ms, &sum))
            continue;
        if (c->keys_n > KEYS)
            census_names(call->office->census, CP_BY_UPSTREAM_KEY, find_last, &f);
        keys[n++] = (struct shown_key){ k, f.last_ms, sum.requests, false };
    }
    if (n <= KEYS)
        return n;
    qsort(keys, n, sizeof(*keys), by_last);
    for (size_t i = 0; i < KEYS_RECENT; i++)
        keys[i].is_recent = true;
    qsort(keys, n, sizeof(*keys), by_requests);
    qsort(keys, KEYS, sizeof(*keys), by_place);
    return KEYS;
}

static const struct setup_channel *channel_asked(struct api_call *call,
                                                 const struct original_list *l, uint32_t *index)
{
    int64_t number;

    for (uint32_t i = 0; i < l->n; i++)
        if (str_eq(l->at[i]->conf->id, call->param[1]) ||
            (!str_int(call->param[1], &number) && number == i)) {
            *index = i;
            return l->at[i];
        }
    api_fail(call, str_int(call->param[1], &number) ? 400 : 404, "",
             str_int(call->param[1], &number) ? "Invalid channel ID" : "Channel not found");
    return NULL;
}

void original_show_key_history(struct api_call *call)
{
    struct json_writer *w = call->out;
    struct statistics_span s;
    struct original_list l;
    uint32_t index = 0;

    if (!original_list(call, &l) || !span_asked(call, SIX_HOURS_MS, &s))
        return;
    const struct setup_channel *found = channel_asked(call, &l, &index);
    if (!found)
        return;
    const struct conf_channel *c = found->conf;
    struct shown_key *keys = arena_need(call->arena, (c->keys_n + 1) * sizeof(*keys));
    size_t n = keys_choose(call, c, s.span_ms, keys);
    json_open(w, '{');
    json_put_number(w, "channelIndex", index);
    json_put_text(w, "channelId", c->id);
    json_put_text(w, "channelName", c->name);
    json_key(w, STR("keys"));
    json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        struct cp_str path = original_path(call, c, keys[i].at);
        json_open(w, '{');
        original_put_key(w, c, keys[i].at);
        json_put_text(w, "color", str_of(colors[i]));
        put_points(w, sums_of(call, CP_BY_UPSTREAM_KEY, path, &s), &s, true);
        json_close(w);
    }
    json_close(w);
    json_close(w);
}

/* ---- a client API --------------------------------------------------------- */

static void put_summary(struct api_call *call, const struct census_sum *sums,
                        const struct statistics_span *s)
{
    struct json_writer *w = call->out;
    struct census_sum all = { 0 };
    char spelled[32];

    for (uint32_t i = 0; i < s->n; i++) {
        all.requests += sums[i].requests;
        all.served += sums[i].served;
        all.failed += sums[i].failed;
        all.cancelled += sums[i].cancelled;
        for (size_t t = 0; t < sizeof(all.tokens) / sizeof(*all.tokens); t++)
            all.tokens[t] += sums[i].tokens[t];
    }
    statistics_spell(s->span_ms, spelled);
    struct cp_str asked = ask_query_text(call, "duration");
    json_key(w, STR("summary"));
    json_open(w, '{');
    json_put_number(w, "totalRequests", all.requests - all.cancelled);
    json_put_number(w, "totalSuccess", all.served);
    json_put_number(w, "totalFailure", all.failed);
    json_put_number(w, "totalInputTokens", all.tokens[CP_INPUT]);
    json_put_number(w, "totalOutputTokens", all.tokens[CP_OUTPUT]);
    json_put_number(w, "totalCacheCreationTokens", statistics_cache_written(&all));
    json_put_number(w, "totalCacheReadTokens", all.tokens[CP_CACHE_READ]);
    statistics_put_rate(w, "avgSuccessRate", statistics_success(&all, 0));
    json_put_text(w, "duration", asked.p ? asked : str_of(spelled));
    json_close(w);
}

void original_show_global_history(struct api_call *call)
{
    struct statistics_span s;
    struct original_list l;

    if (!original_list(call, &l) || !span_asked(call, STATISTICS_DAY_MS, &s))
        return;
    struct census_sum *sums = sums_of(call, CP_BY_FAMILY, l.family, &s);
    json_open(call->out, '{');
    put_points(call->out, sums, &s, true);
    put_summary(call, sums, &s);
    json_close(call->out);
}
