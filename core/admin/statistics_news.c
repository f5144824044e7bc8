/* SPDX-License-Identifier: MIT */
/*
 * statistics_news - the line that followers of "stats" get: totals of a minute, and each channel that was asked in it.
 *
 * Made once for all who follow.  A channel that nobody asked lately is not in it; one that was in the line before and is
 * not in this one is at rest.
 */
#include "admin/statistics.h"

#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "state/census.h"
#include "state/gate.h"
#include "state/vitals.h"
#include "json/write.h"

enum { MINUTE_MS = 60000 };

/* The last ten places of the finest ring. */
static void news_minute(struct census *c, uint32_t by, struct cp_str name, int64_t wall_ms,
                        struct census_sum *sum)
{
    (void)census_window(c, by, name, wall_ms, MINUTE_MS, sum); /* unknown: nothing was asked */
}

static void news_put(struct json_writer *w, const struct census_sum *s, int64_t under_way)
{
    json_put_number(w, "requests", s->requests);
    json_put_number(w, "served", s->served);
    json_put_number(w, "failed", s->failed);
    json_put_number(w, "input_tokens", s->tokens[CP_INPUT]);
    json_put_number(w, "output_tokens", s->tokens[CP_OUTPUT]);
    json_put_number(w, "under_way", under_way);
}

void statistics_news(struct census *c, const struct setup *s, int64_t wall_ms, struct buf *out)
{
    struct census_sum sum;
    struct json_writer w;
    int64_t all = 0;

    for (uint32_t i = 0; i < s->channels_n; i++)
        all += gate_inside(&s->channels[i].at->vitals->gate);
    news_minute(c, CP_BY_NOTHING, STR_NONE, wall_ms, &sum);
    json_writer_init(&w, out);
    json_open(&w, '{');
    json_put_number(&w, "seconds", MINUTE_MS / 1000);
    news_put(&w, &sum, all);
    json_key(&w, STR("channels"));
    json_open(&w, '[');
    for (uint32_t i = 0; i < s->channels_n; i++) {
        int64_t under_way = gate_inside(&s->channels[i].at->vitals->gate);
        news_minute(c, CP_BY_CHANNEL, s->channels[i].conf->id, wall_ms, &sum);
        if (!sum.requests && !under_way)
            continue;
        json_open(&w, '{');
        json_put_text(&w, "channel", s->channels[i].conf->id);
        news_put(&w, &sum, under_way);
        json_close(&w);
    }
    json_close(&w);
    json_close(&w);
}
