/* SPDX-License-Identifier: MIT */
/*
 * original_statistics - the predecessor's doors to metrics: channel metrics, dashboard, scheduler stats.
 *
 * Its members by their names and meanings; what was wrong in them is right here.  Counts and rates are of the same requests
 * (there the one was of a process's life and the other of the last ten).  Masks of keys differ where keys do.  Nothing that
 * is under way counts as a success.  A channel that serves several client APIs tells the same numbers in each of them,
 * because here it is one channel.
 */
#include "admin/original_statistics.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "admin/office.h"
#include "admin/original.h"
#include "admin/statistics.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "state/affinity.h"
#include "state/census.h"
#include "state/vitals.h"
#include "json/tree.h"
#include "json/write.h"

#include <stdio.h>
#include <stdlib.h>

enum { MINUTE_MS = 60000, WHOLE = 10000, CHANNEL_BYTES = 1 << 20 };
static const int64_t all_ms = INT64_C(30) * STATISTICS_DAY_MS;

/* ---- which channels ------------------------------------------------------- */

/* The predecessor's three, and the one it had not. */
static struct cp_str family_asked(struct api_call *call)
{
    static const char *const known[] = { "messages", "responses", "gemini", "chat" };
    struct cp_str family = call->param[0], type = ask_query_text(call, "type");

    if (str_is(family, "messages") && type.p)
        family = type;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (str_is(family, known[i]))
            return str_of(known[i]);
    api_fail(call, 404, "", "no such client API");
    return STR_NONE;
}

static int list_compare(const void *a, const void *b)
{
    const struct conf_channel *x = (*(const struct setup_channel *const *)a)->conf;
    const struct conf_channel *y = (*(const struct setup_channel *const *)b)->conf;

    return (int)x->ordinal - (int)y->ordinal;
}

bool original_list(struct api_call *call, struct original_list *l)
{
    const struct setup *s = call->setup;

    *l = (struct original_list){ .family = family_asked(call) };
    if (!call->office || !call->office->census)
        api_fail(call, 503, "", "nothing is counted here");
    if (api_has_failed(call))
        return false;
    l->at = arena_need(call->arena, (s->channels_n + 1) * sizeof(*l->at));
    for (uint32_t i = 0; i < s->channels_n; i++)
        if (conf_serves_family(s->channels[i].conf, l->family))
            l->at[l->n++] = &s->channels[i];
    if (l->n)
        qsort(l->at, l->n, sizeof(*l->at), list_compare);
    return true;
}

struct cp_str original_path(struct api_call *call, const struct conf_channel *c, size_t key)
{
    return arena_printf(call->arena, "%.*s/%s", STR_FMT(c->id), c->keys[key].id);
}

void original_put_key(struct json_writer *w, const struct conf_channel *c, size_t key)
{
    char mask[32];

    secret_mask(secret_show(c->keys[key].secret), mask);
    json_put_text(w, "keyMask", str_of(mask));
    json_put_text(w, "keyId", str_of(c->keys[key].id));
}

void original_put_counts(struct json_writer *w, const struct census_sum *s, int64_t none)
{
    json_put_number(w, "requestCount", s->requests - s->cancelled);
    json_put_number(w, "successCount", s->served);
    json_put_number(w, "failureCount", s->failed);
    statistics_put_rate(w, "successRate", statistics_success(s, none));
}

void original_put_time(struct json_writer *w, const char *name, int64_t wall_ms)
{
    char text[32];

    clock_rfc3339(wall_ms * 1000, text);
    memcpy(text + 23, "Z", 2);
    json_put_text(w, name, str_of(text));
}

/* ---- GET /api/{family}/channels/metrics ----------------------------------- */

static bool is_open(const struct roster_channel *c, const struct vitals *v, int64_t now_ms)
{
    return !c->breaker.is_off &&
           breaker_look(&v->breaker, &c->breaker, now_ms) != BREAKER_CLOSED;
}

/* The path of the key that has been open for longest; 0: none is. */
static int64_t open_since(const struct roster_channel *c, uint32_t key, int64_t now_ms)
{
    int64_t first_ms = 0;

    for (uint32_t u = 0; u < c->urls_n; u++) {
        const struct vitals *v = c->paths[key * c->urls_n + u];
        int64_t since_ms = is_open(c, v, now_ms) ? atomic_load(&v->breaker.open_since_ms) : 0;
        if (since_ms && (!first_ms || since_ms < first_ms))
            first_ms = since_ms;
    }
    return first_ms;
}

static uint32_t failures_in_a_row(const struct roster_channel *c, uint32_t key)
{
    return c->keys[key] ? atomic_load(&c->keys[key]->cooldown.charges) : 0;
}

static void put_key_metrics(struct api_call *call, const struct setup_channel *c, uint32_t key)
{
    struct json_writer *w = call->out;
    struct census_sum sum;

    if (!census_window(call->office->census, CP_BY_UPSTREAM_KEY,
                       original_path(call, c->conf, key), call->wall_ms, all_ms, &sum))
        return;
    json_open(w, '{');
    original_put_key(w, c->conf, key);
    original_put_counts(w, &sum, WHOLE);
    json_put_number(w, "consecutiveFailures", failures_in_a_row(c->at, key));
    json_put_bool(w, "circuitBroken", open_since(c->at, key, call->now_ms) != 0);
    json_close(w);
}

static void put_tokens(struct json_writer *w, const struct census_sum *s)
{
    const struct {
        const char *name;
        int64_t n;
    } tokens[] = { { "inputTokens", s->tokens[CP_INPUT] },
                   { "outputTokens", s->tokens[CP_OUTPUT] },
                   { "cacheCreationTokens", statistics_cache_written(s) },
                   { "cacheReadTokens", s->tokens[CP_CACHE_READ] } };

    for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++)
        if (tokens[i].n)
            json_put_number(w, tokens[i].name, tokens[i].n);
    if (statistics_cache_hits(s) > 0)
        statistics_put_rate(w, "cacheHitRate", statistics_cache_hits(s));
}

static void put_windows(struct api_call *call, struct cp_str channel)
{
    static const struct {
        const char *name;
        int64_t minutes;
    } windows[] = { { "15m", 15 }, { "1h", 60 }, { "6h", 360 }, { "24h", 1440 } };
    struct json_writer *w = call->out;
    struct census_sum sum;

    json_key(w, STR("timeWindows"));
    json_open(w, '{');
    for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
        census_window(call->office->census, CP_BY_CHANNEL, channel, call->wall_ms,
                      windows[i].minutes * MINUTE_MS, &sum);
        json_key(w, str_of(windows[i].name));
        json_open(w, '{');
        original_put_counts(w, &sum, WHOLE);
        put_tokens(w, &sum);
        json_close(w);
    }
    json_close(w);
}

static void put_health(struct api_call *call, const struct roster_channel *c)
{
    struct json_writer *w = call->out;
    int64_t ok_ms = atomic_load(&c->vitals->last_ok_ms), broken_ms = 0;
    int64_t failed_ms = atomic_load(&c->vitals->last_failed_ms);

    for (uint32_t k = 0; k < c->keys_n; k++) {
        int64_t since_ms = open_since(c, k, call->now_ms);
        if (since_ms && (!broken_ms || since_ms < broken_ms))
            broken_ms = since_ms;
    }
    if (ok_ms)
        original_put_time(w, "lastSuccessAt", ok_ms);
    if (failed_ms)
        original_put_time(w, "lastFailureAt", failed_ms);
    if (broken_ms)
        original_put_time(w, "circuitBrokenAt", call->wall_ms - (call->now_ms - broken_ms));
}

static void put_channel_metrics(struct api_call *call, const struct setup_channel *c,
                                uint32_t index)
{
    struct json_writer *w = call->out;
    uint32_t in_a_row = 0;
    struct census_sum sum;

    census_window(call->office->census, CP_BY_CHANNEL, c->conf->id, call->wall_ms, all_ms,
                  &sum);
    for (uint32_t k = 0; k < c->at->keys_n; k++)
        if (failures_in_a_row(c->at, k) > in_a_row)
            in_a_row = failures_in_a_row(c->at, k);
    json_open(w, '{');
    json_put_number(w, "channelIndex", index);
    json_put_text(w, "channelId", c->conf->id);
    json_put_text(w, "channelName", c->conf->name);
    original_put_counts(w, &sum, WHOLE);
    statistics_put_rate(w, "errorRate", WHOLE - statistics_success(&sum, WHOLE));
    json_put_number(w, "consecutiveFailures", in_a_row);
    json_put_number(w, "latency", 0);
    put_health(call, c->at);
    json_key(w, STR("keyMetrics"));
    json_open(w, '[');
    for (uint32_t k = 0; k < c->conf->keys_n; k++)
        put_key_metrics(call, c, k);
    json_close(w);
    put_windows(call, c->conf->id);
    json_close(w);
}

static void put_metrics(struct api_call *call, const struct original_list *l)
{
    json_open(call->out, '[');
    for (uint32_t i = 0; i < l->n; i++)
        put_channel_metrics(call, l->at[i], i);
    json_close(call->out);
}

static void show_metrics(struct api_call *call)
{
    struct original_list l;

    if (original_list(call, &l))
        put_metrics(call, &l);
}

/* ---- GET .../scheduler/stats ---------------------------------------------- */

/* As Go spells a time: "30m0s". */
static struct cp_str go_time(struct api_call *call, int64_t ms)
{
    long long s = ms / 1000;

    if (s >= 3600)
        return arena_printf(call->arena, "%lldh%lldm%llds", s / 3600, s / 60 % 60, s % 60);
    if (s >= 60)
        return arena_printf(call->arena, "%lldm%llds", s / 60, s % 60);
    return arena_printf(call->arena, "%llds", s);
}

static void put_stats(struct api_call *call, const struct original_list *l)
{
    const struct conf *c = call->setup->conf;
    struct json_writer *w = call->out;
    int64_t active = 0;

    for (uint32_t i = 0; i < l->n; i++)
        active += l->at[i]->conf->status == CONF_ACTIVE;
    json_open(w, '{');
    json_put_bool(w, "multiChannelMode", active > 1);
    json_put_number(w, "activeChannelCount", active);
    json_put_number(w, "traceAffinityCount", (int64_t)affinity_count(call->roster->affinity));
    json_put_text(w, "traceAffinityTTL", go_time(call, c->scheduler.affinity_ttl_ms));
    json_put_number(w, "failureThreshold", c->breaker.percent);
    json_put_number(w, "windowSize", c->breaker.window);
    json_put_text(w, "circuitRecoveryTime", go_time(call, c->breaker.open_ms));
    json_close(w);
}

static void show_stats(struct api_call *call)
{
    struct original_list l;

    if (original_list(call, &l))
        put_stats(call, &l);
}

/* ---- GET .../channels/dashboard ------------------------------------------- */

static void put_segment(struct json_writer *w, const struct census_sum *s)
{
    json_open(w, '{');
    json_put_number(w, "requestCount", s->requests - s->cancelled);
    json_put_number(w, "successCount", s->served);
    json_put_number(w, "failureCount", s->failed);
    json_put_number(w, "inputTokens", s->tokens[CP_INPUT]);
    json_put_number(w, "outputTokens", s->tokens[CP_OUTPUT]);
    json_close(w);
}

static void put_activity(struct api_call *call, const struct setup_channel *c, uint32_t index)
{
    struct census_sum sums[CENSUS_SEGMENTS];
    struct json_writer *w = call->out;
    int64_t last_ms = call->wall_ms - call->wall_ms % CENSUS_SEGMENT_MS, requests = 0, out = 0;

    (void)census_steps(call->office->census, CP_BY_CHANNEL, c->conf->id,
                       last_ms - (CENSUS_SEGMENTS - 1) * CENSUS_SEGMENT_MS, CENSUS_SEGMENT_MS,
                       CENSUS_SEGMENTS, sums); /* what is known no more is empty */
    json_open(w, '{');
    json_put_number(w, "channelIndex", index);
    json_key(w, STR("segments"));
    json_open(w, '[');
    for (uint32_t i = 0; i < CENSUS_SEGMENTS; i++) {
        put_segment(w, &sums[i]);
        requests += sums[i].requests - sums[i].cancelled;
        out += sums[i].tokens[CP_OUTPUT];
    }
    json_close(w);
    statistics_put_rate(w, "rpm", requests * 100 / 15);
    statistics_put_rate(w, "tpm", out * 100 / 15);
    json_close(w);
}

/* As its list of channels has them. */
static void put_channels(struct api_call *call, const struct original_list *l)
{
    struct original_channels o;
    struct buf text;

    if (!original_channels(call, call->setup, l->family, &o))
        return;
    buf_init(&text, CHANNEL_BYTES);
    for (uint32_t i = 0; i < o.n; i++) {
        struct tree *t = original_tree(call, &o, i);
        buf_clear(&text);
        tree_write(t, &text);
        tree_free(t);
        json_raw(call->out, buf_str(&text));
    }
    buf_fini(&text);
}

static void show_dashboard(struct api_call *call)
{
    struct json_writer *w = call->out;
    struct original_list l;

    if (!original_list(call, &l))
        return;
    json_open(w, '{');
    json_key(w, STR("channels"));
    json_open(w, '[');
    put_channels(call, &l);
    json_close(w);
    json_put_text(w, "loadBalance", original_balance_name(call->setup, l.family));
    json_key(w, STR("metrics"));
    put_metrics(call, &l);
    json_key(w, STR("stats"));
    put_stats(call, &l);
    json_key(w, STR("recentActivity"));
    json_open(w, '[');
    for (uint32_t i = 0; i < l.n; i++)
        put_activity(call, l.at[i], i);
    json_close(w);
    json_close(w);
}

const struct api_route original_statistics_routes[] = {
    { "GET", "/api/{family}/channels/metrics", show_metrics, 0, API_POOL, API_OLD,
      "Counts of channels and keys" },
    { "GET", "/api/{family}/channels/metrics/history", original_show_history, 0, API_POOL,
      API_OLD, "Counts of channels over time" },
    { "GET", "/api/{family}/channels/{id}/keys/metrics/history", original_show_key_history, 0,
      API_POOL, API_OLD, "Counts of a channel's keys over time" },
    { "GET", "/api/{family}/global/stats/history", original_show_global_history, 0, API_POOL,
      API_OLD, "Counts of a client API over time" },
    { "GET", "/api/{family}/channels/dashboard", show_dashboard, 0, API_POOL, API_OLD,
      "Channels, their counts, the scheduler and the last 15 minutes at once" },
    { "GET", "/api/{family}/channels/scheduler/stats", show_stats, 0, API_POOL, API_OLD,
      "What the scheduler is set to" },
    { NULL, NULL, NULL, 0, 0, 0, NULL },
};
