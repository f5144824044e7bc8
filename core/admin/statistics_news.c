/* SPDX-License-Identifier: MIT */
/*
 * statistics_news - the line that followers of "stats" get: totals of a minute, client APIs, and each channel that changed.
 *
 * Made once for all who follow.  Of channels it tells those whose row is another one than when it was last told; now and
 * then it is whole: then all that are busy are in it, and those that are not are at rest.  So whoever comes later, or has
 * missed some, is right again half a minute later at the latest, and a thousand idle channels cost nothing.
 *
 * The newest segments of the strips of activity are told in full, with the time they begin at: to set, not to add.
 */
#include "admin/statistics.h"

#include "admin/numbers.h"
#include "admin/office.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "state/census.h"
#include "state/gate.h"
#include "state/vitals.h"
#include "json/write.h"

#include <stdlib.h>

enum {
    MINUTE_MS = 60000,
    LATELY_MS = 10000, /* what "a second" is the mean of */
    SPREAD_MS = 5 * MINUTE_MS,
    WHOLE_MS = 30000, /* how often all is told */
    STEP_MS = CENSUS_SEGMENT_MS,
    STEPS = 3,
    ROW_BYTES = 4096
};

/* Who is told of. */
struct subject {
    uint32_t by;
    struct cp_str name;
    int64_t under_way;
};

struct line {
    const struct office *office;
    const struct setup *setup;
    int64_t wall_ms;
    struct json_writer *w;
};

/* ---- numbers -------------------------------------------------------------- */

/* The last ten places of the finest ring. */
static void line_minute(const struct line *l, const struct subject *s, struct census_sum *sum)
{
    (void)census_window(l->office->census, s->by, s->name, l->wall_ms, MINUTE_MS,
                        sum); /* unknown: nothing was asked */
}

/* The segment at hand and those before it; returns when it began. */
static int64_t line_segments(const struct line *l, const struct subject *s,
                             struct census_sum sums[STEPS])
{
    int64_t now_ms = l->wall_ms - l->wall_ms % STEP_MS;

    (void)census_steps(l->office->census, s->by, s->name, now_ms - (STEPS - 1) * STEP_MS,
                       STEP_MS, STEPS, sums);
    return now_ms;
}

static int64_t at_least_0(int64_t n)
{
    return n > 0 ? n : 0;
}

/* Of ten seconds, the oldest segment in the share that still belongs to them; hundredths a second. */
static int64_t per_second(const int64_t n[STEPS], int64_t since_ms)
{
    int64_t left_ms = LATELY_MS - since_ms;
    int64_t before_ms = left_ms < STEP_MS ? left_ms : STEP_MS;

    return (n[2] * STEP_MS + n[1] * before_ms + n[0] * at_least_0(left_ms - STEP_MS)) * 100 /
           (STEP_MS * (LATELY_MS / 1000));
}

static void put_pace(const struct line *l, const struct census_sum sums[STEPS], int64_t from_ms,
                     bool with_failed)
{
    int64_t all[STEPS], failed[STEPS];

    for (uint32_t i = 0; i < STEPS; i++) {
        all[i] = sums[i].requests;
        failed[i] = sums[i].failed;
    }
    statistics_put_rate(l->w, "per_second", per_second(all, l->wall_ms - from_ms));
    if (with_failed)
        statistics_put_rate(l->w, "failed_per_second",
                            per_second(failed, l->wall_ms - from_ms));
}

/* The last two that are not empty: what ended at the turn of a segment may come a moment later. */
static void put_segments(const struct line *l, const struct census_sum sums[STEPS],
                         int64_t from_ms)
{
    struct json_writer *w = l->w;

    json_key(w, STR("segments"));
    json_open(w, '[');
    for (uint32_t i = 1; i < STEPS; i++) {
        if (!sums[i].requests)
            continue;
        json_open(w, '[');
        json_number(w, from_ms - (int64_t)(STEPS - 1 - i) * STEP_MS);
        json_number(w, sums[i].requests);
        json_number(w, sums[i].failed);
        json_number(w, sums[i].tokens[CP_INPUT]);
        json_number(w, sums[i].tokens[CP_OUTPUT]);
        json_close(w);
    }
    json_close(w);
}

static void put_counts(const struct line *l, const struct census_sum *s, int64_t under_way)
{
    json_put_number(l->w, "requests", s->requests);
    json_put_number(l->w, "served", s->served);
    json_put_number(l->w, "failed", s->failed);
    json_put_number(l->w, "input_tokens", s->tokens[CP_INPUT]);
    json_put_number(l->w, "output_tokens", s->tokens[CP_OUTPUT]);
    json_put_number(l->w, "under_way", under_way);
}

/* ---- client APIs ---------------------------------------------------------- */

/* Requests of clients, by the adapters of a client API. */
static int64_t family_inflight(const struct line *l, struct cp_str family)
{
    const struct registry *r = l->setup->registry;
    const _Atomic int32_t *inflight =
        l->office->numbers ? numbers_inflight(l->office->numbers) : NULL;
    int64_t sum = 0;

    for (size_t i = 0; inflight && i < registry_count(r); i++) {
        const struct adapter *a = registry_at(r, i);
        if (str_is(family, a->hooks.family) && a->ordinal < NUMBERS_ADAPTERS)
            sum += atomic_load_explicit(&inflight[a->ordinal], memory_order_relaxed);
    }
    return sum;
}

static void put_family(const struct line *l, const struct subject *s)
{
    struct census_sum sum, sums[STEPS];
    int64_t from_ms = line_segments(l, s, sums);

    line_minute(l, s, &sum);
    json_open(l->w, '{');
    json_put_text(l->w, "family", s->name);
    put_counts(l, &sum, s->under_way);
    put_pace(l, sums, from_ms, false);
    json_close(l->w);
}

static void put_families(const struct line *l)
{
    const struct roster *r = &l->setup->roster;

    json_key(l->w, STR("families"));
    json_open(l->w, '[');
    for (uint32_t i = 0; i < r->families_n; i++) {
        struct subject s = { CP_BY_FAMILY, r->families[i].name,
                             family_inflight(l, r->families[i].name) };
        put_family(l, &s);
    }
    json_close(l->w);
}

/* ---- channels ------------------------------------------------------------- */

/* Into a buffer of its own; true: it is busy. */
static bool channel_row(const struct line *l, const struct setup_channel *c, struct buf *row)
{
    struct subject s = { CP_BY_CHANNEL, c->conf->id, gate_inside(&c->at->vitals->gate) };
    struct census_sum sum, sums[STEPS];
    struct json_writer w;
    struct line own = *l;
    int64_t from_ms = line_segments(l, &s, sums);

    own.w = &w;
    line_minute(l, &s, &sum);
    buf_clear(row);
    json_writer_init(&w, row);
    json_open(&w, '{');
    json_put_text(&w, "channel", s.name);
    put_counts(&own, &sum, s.under_way);
    put_segments(&own, sums, from_ms);
    json_close(&w);
    return sum.requests || s.under_way;
}

static void put_channels(const struct line *l, struct statistics_told *told, bool is_whole)
{
    struct buf row;

    buf_init(&row, ROW_BYTES);
    json_key(l->w, STR("channels"));
    json_open(l->w, '[');
    for (uint32_t i = 0; i < l->setup->channels_n; i++) {
        bool is_busy = channel_row(l, &l->setup->channels[i], &row);
        uint64_t hash = hash_str(buf_str(&row));
        if (is_whole ? is_busy : hash != told->rows[i])
            json_raw(l->w, buf_str(&row));
        told->rows[i] = hash;
    }
    json_close(l->w);
    buf_fini(&row);
}

/* ---- the line ------------------------------------------------------------- */

static void put_total(const struct line *l)
{
    const struct roster *r = &l->setup->roster;
    struct subject all = { CP_BY_NOTHING, STR_NONE, 0 };
    struct census_sum sum, sums[STEPS];
    struct census_spread spread;
    int64_t from_ms = line_segments(l, &all, sums), in_flight = 0;

    for (uint32_t i = 0; i < l->setup->channels_n; i++)
        all.under_way += gate_inside(&l->setup->channels[i].at->vitals->gate);
    for (uint32_t i = 0; i < r->families_n; i++)
        in_flight += family_inflight(l, r->families[i].name);
    line_minute(l, &all, &sum);
    census_window_spread(l->office->census, CP_BY_NOTHING, STR_NONE, l->wall_ms, SPREAD_MS,
                         &spread);
    put_counts(l, &sum, all.under_way);
    json_put_number(l->w, "in_flight", in_flight);
    put_pace(l, sums, from_ms, true);
    statistics_put_ms(l->w, "first_content_p50_ms", spread_percentile(&spread.content, 50));
    statistics_put_ms(l->w, "first_content_p95_ms", spread_percentile(&spread.content, 95));
    json_put_number(l->w, "segment_ms", STEP_MS);
    put_segments(l, sums, from_ms);
}

/* Whether all is due again; then also room for as many rows as there are now. */
static bool told_is_due(struct statistics_told *told, const struct setup *setup,
                        int64_t wall_ms)
{
    int64_t since_ms = wall_ms - told->whole_ms;

    if (told->setup == setup && told->n == setup->channels_n && since_ms >= 0 &&
        since_ms < WHOLE_MS)
        return false;
    if (told->n != setup->channels_n) {
        free(told->rows);
        told->rows = mem_new(setup->channels_n + 1, sizeof(*told->rows));
        told->n = setup->channels_n;
    }
    told->setup = setup;
    told->whole_ms = wall_ms;
    return true;
}

void statistics_told_free(struct statistics_told *told)
{
    free(told->rows);
    *told = (struct statistics_told){ 0 };
}

void statistics_news(const struct office *office, const struct setup *setup, int64_t wall_ms,
                     struct statistics_told *told, struct buf *out)
{
    struct json_writer w;
    const struct line l = { office, setup, wall_ms, &w };
    bool is_whole = told_is_due(told, setup, wall_ms);

    json_writer_init(&w, out);
    json_open(&w, '{');
    json_put_number(&w, "seconds", MINUTE_MS / 1000);
    json_put_bool(&w, "whole", is_whole);
    put_total(&l);
    put_families(&l);
    put_channels(&l, told, is_whole);
    json_close(&w);
}
