/* SPDX-License-Identifier: MIT */
/*
 * numbers_private - what the files of the metrics share; nobody else includes it.
 */
#ifndef ADMIN_NUMBERS_PRIVATE_H
#define ADMIN_NUMBERS_PRIVATE_H

#include <pthread.h>

#include "admin/numbers.h"

struct map;

enum { NUMBERS_LABELS = 1024 };

/* `channel="a",model="b"`, as it is written. */
struct labels {
    size_t n;
    char text[NUMBERS_LABELS];
};

/* Counters of one name, by their labels. */
struct counters {
    struct map *cells; /* labels to uint64_t */
    uint32_t most;     /* beyond, they are counted under `rest` */
    const char *rest;
};

enum { HISTOGRAM_BOUNDS = 16, HISTOGRAMS = 16 };

struct histogram {
    struct labels labels;
    uint64_t n, sum_us;
    uint64_t buckets[HISTOGRAM_BOUNDS + 1];
};

/* Histograms of one name; the bounds in microseconds, ended by 0. */
struct histograms {
    const int64_t *bounds_us;
    struct histogram at[HISTOGRAMS];
    uint32_t n;
};

enum numbers_counter {
    COUNT_REQUESTS,
    COUNT_ATTEMPTS,
    COUNT_TOKENS,
    COUNT_COST,
    COUNT_FAILOVERS,
    COUNT_CONVERSIONS,
    COUNTERS
};
enum numbers_histogram { TIME_TOTAL, TIME_FIRST, TIME_OVERHEAD, TIMES };

struct numbers {
    pthread_mutex_t lock;                      /* of all but the atomics */
    struct map *channels, *models, *protocols; /* names that have a label of their own */
    struct counters counters[COUNTERS];
    struct histograms times[TIMES];
    uint64_t hedged;
    _Atomic uint64_t events[NUMBERS_EVENTS];
    _Atomic int64_t reloaded_ms; /* wall, when it last succeeded */
    _Atomic bool is_reload_lost; /* the last one failed */
    _Atomic int32_t inflight[NUMBERS_ADAPTERS];
};

/* With the lock: adds to a cell, which is made if there is room for one more. */
void counters_add(struct counters *, const struct labels *, uint64_t n);
/* Likewise; the last place is everybody's. */
struct histogram *histograms_at(struct histograms *, const struct labels *);

void labels_init(struct labels *);
/* Escaped; what is no text is replaced, what is long is cut. */
void labels_add(struct labels *, const char *name, struct cp_str value);
struct cp_str labels_str(const struct labels *);

/* How one name is told. */
enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_INFO };
struct metric {
    const char *name; /* without _total, _info */
    enum metric_type type;
    const char *unit; /* or NULL */
    const char *help;
};

struct sheet {
    struct buf *out;
    bool is_open_metrics;
};

void sheet_head(const struct sheet *, const struct metric *);
/* One sample; suffix: "_total" and the like, "". */
void sheet_number(const struct sheet *, const struct metric *, const char *suffix,
                  struct cp_str labels, int64_t value);
/* value / 10^digits */
void sheet_fraction(const struct sheet *, const struct metric *, const char *suffix,
                    struct cp_str labels, int64_t value, uint32_t digits);
/* Head and one sample at once. */
void sheet_one(const struct sheet *, const struct metric *, int64_t value);

/* ---- numbers_state.c ---- */
void numbers_write_state(struct numbers *, const struct office *, const struct setup *,
                         const struct sheet *);
/* ---- numbers_process.c ---- */
void numbers_write_process(const struct sheet *);

#endif
