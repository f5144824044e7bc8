/* SPDX-License-Identifier: MIT */
/*
 * statistics - what was served lately, as the API and the predecessor's doors tell it: spans, steps and rates.
 */
#ifndef ADMIN_STATISTICS_H
#define ADMIN_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct buf;
struct census;
struct census_spread;
struct census_sum;
struct json_writer;
struct office;
struct setup;

/* A stretch of time in steps. */
struct statistics_span {
    int64_t from_ms, step_ms; /* wall; from is the beginning of a step */
    uint32_t n;               /* steps: span / step, and the one at hand */
    int64_t span_ms;
};

enum { STATISTICS_DAY_MS = 24 * 60 * 60 * 1000 };

/*
 * By the query's duration and interval.
 *
 * duration  "90m", "1h30m", "today" (since midnight, local time); cut to most_ms.  Absent: preset_ms
 * interval  at least a minute, and rounded up to a multiple of what is still known for so long a time: 1 min for an hour,
 *           5 min for 6 hours, 15 min for a day, 2 h for a week, 6 h for more.  Absent: that
 * false     one of them is no duration; name says which
 */
bool statistics_span(struct cp_str duration, struct cp_str interval, int64_t preset_ms,
                     int64_t most_ms, int64_t wall_ms, struct statistics_span *,
                     const char **name);
/* "5m", "1h30m", "6h". */
void statistics_spell(int64_t ms, char out[32]);

/* part of all in hundredths of a percent, rounded; none: what there is nothing of. */
int64_t statistics_rate(int64_t part, int64_t all, int64_t none);
/* Of those that were served or failed, in hundredths of a percent. */
int64_t statistics_success(const struct census_sum *, int64_t none);
/* Read from the cache, of what was read from it or was new: the predecessor's definition; -1: there was nothing of it. */
int64_t statistics_cache_hits(const struct census_sum *);
int64_t statistics_cache_written(const struct census_sum *);
/* "name": 99.5 */
void statistics_put_rate(struct json_writer *, const char *name, int64_t hundredths);
/* "name": 0.3, or null: it is not known (-1). */
void statistics_put_ms(struct json_writer *, const char *name, int64_t us);
#define STATISTICS_ALL UINT64_MAX
/* Members of a sum by a list of their names, "requests,failed"; absent: all.  0: there is none of that name. */
uint64_t statistics_fields(struct cp_str list);
/* Those members of one sum. */
void statistics_put_sum(struct json_writer *, const struct census_sum *,
                        const struct census_spread *, uint64_t fields);

/* What who follows "stats" was told last; zeroed memory: nothing. */
struct statistics_told {
    const struct setup *setup; /* only compared */
    int64_t whole_ms;          /* wall: when all was told */
    uint32_t n;
    uint64_t *rows; /* hashes, by the channel's ordinal */
};

void statistics_told_free(struct statistics_told *);
/* One line of JSON for who follows "stats": statistics_news.c. */
void statistics_news(const struct office *, const struct setup *, int64_t wall_ms,
                     struct statistics_told *, struct buf *out);

#endif
