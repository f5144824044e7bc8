/* SPDX-License-Identifier: MIT */
/*
 * statistics_private - what the doors of statistics share: by what they are asked for, and the names there are.
 */
#ifndef ADMIN_STATISTICS_PRIVATE_H
#define ADMIN_STATISTICS_PRIVATE_H

#include "admin/api.h"
#include "admin/statistics.h"
#include "state/census.h"

struct row {
    struct cp_str name;
    int64_t last_ms; /* wall, when it was last used */
    struct census_sum sum;
};

struct rows {
    struct arena *arena;
    struct row *at;
    size_t n;
};

/* Fails the call if nothing is counted; false: it has failed. */
bool statistics_is_there(struct api_call *);
/* ?by=; CP_BY_NOTHING if it is not said. */
uint32_t statistics_by(struct api_call *);
const char *statistics_by_name(uint32_t by);
/* ?since=; 0: it is not said.  At most 30 days ago. */
int64_t statistics_since(struct api_call *);
/* A name, and what people call it. */
void statistics_put_name(struct json_writer *, const struct setup *, uint32_t by,
                         struct cp_str name);
/* All names of a kind, the most recently used first. */
struct rows statistics_rows(struct api_call *, uint32_t by);
/* Those that were used in the last span_ms, with their sums, the most requests first. */
struct rows statistics_ranked(struct api_call *, uint32_t by, int64_t span_ms);
/* Sums and spreads of a window as members. */
void statistics_put_window(struct api_call *, uint32_t by, struct cp_str name, int64_t span_ms,
                           uint64_t fields);
/* GET /api/statistics/series */
void statistics_series(struct api_call *);

#endif
