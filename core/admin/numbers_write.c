/* SPDX-License-Identifier: MIT */
/*
 * numbers_write - counters and histograms as Prometheus' text format 0.0.4, or OpenMetrics 1.0.
 *
 * The two differ in a few words: OpenMetrics names a counter without its _total, knows the type "info" and units, and
 * says where it ends.  Money and seconds are kept as whole millionths and written with a point, never through a double.
 */
#include "admin/numbers.h"

#include "admin/numbers_private.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>

/* sources: Prometheus exposition formats, read 2026-11; OpenMetrics 1.0.0 (2020-11), "Text format" */

static const char *head_type(const struct sheet *s, enum metric_type t)
{
    switch (t) {
    case METRIC_COUNTER:
        return "counter";
    case METRIC_HISTOGRAM:
        return "histogram";
    case METRIC_INFO:
        return s->is_open_metrics ? "info" : "gauge";
    default:
        return "gauge";
    }
}

static const char *head_suffix(const struct sheet *s, enum metric_type t)
{
    if (s->is_open_metrics)
        return "";
    return t == METRIC_COUNTER ? "_total" : t == METRIC_INFO ? "_info" : "";
}

void sheet_head(const struct sheet *s, const struct metric *m)
{
    const char *suffix = head_suffix(s, m->type);

    buf_printf(s->out, "# HELP %s%s %s\n", m->name, suffix, m->help);
    buf_printf(s->out, "# TYPE %s%s %s\n", m->name, suffix, head_type(s, m->type));
    if (s->is_open_metrics && m->unit)
        buf_printf(s->out, "# UNIT %s %s\n", m->name, m->unit);
}

static void sheet_name(const struct sheet *s, const struct metric *m, const char *suffix,
                       struct cp_str labels)
{
    buf_add_z(s->out, m->name);
    buf_add_z(s->out, suffix);
    if (labels.n) {
        buf_add_c(s->out, '{');
        buf_add_str(s->out, labels);
        buf_add_c(s->out, '}');
    }
}

void sheet_number(const struct sheet *s, const struct metric *m, const char *suffix,
                  struct cp_str labels, int64_t value)
{
    sheet_name(s, m, suffix, labels);
    buf_printf(s->out, " %" PRId64 "\n", value);
}

void sheet_fraction(const struct sheet *s, const struct metric *m, const char *suffix,
                    struct cp_str labels, int64_t value, uint32_t digits)
{
    int64_t one = 1;

    for (uint32_t i = 0; i < digits; i++)
        one *= 10;
    sheet_name(s, m, suffix, labels);
    buf_printf(s->out, " %" PRId64 ".%0*" PRId64 "\n", value / one, (int)digits, value % one);
}

void sheet_one(const struct sheet *s, const struct metric *m, int64_t value)
{
    sheet_head(s, m);
    sheet_number(s, m, m->type == METRIC_COUNTER ? "_total" : "", STR_NONE, value);
}

/* ---- what was counted ----------------------------------------------------- */

static const struct metric counter_metrics[COUNTERS] = {
    [COUNT_REQUESTS] = { "claude_proxy_requests", METRIC_COUNTER, NULL,
                         "Requests that are over, by client API, channel that answered last, "
                         "status class and end code." },
    [COUNT_ATTEMPTS] = { "claude_proxy_attempts", METRIC_COUNTER, NULL,
                         "Attempts at upstreams that are over, by what became of them." },
    [COUNT_TOKENS] = { "claude_proxy_tokens", METRIC_COUNTER, NULL,
                       "Tokens, as upstreams counted them or as they were estimated; the kinds "
                       "are disjoint." },
    [COUNT_COST] = { "claude_proxy_cost", METRIC_COUNTER, NULL,
                     "Money, in the currency of the price table." },
    [COUNT_FAILOVERS] = { "claude_proxy_failovers", METRIC_COUNTER, NULL,
                          "Attempts that failed and were followed by another one." },
    [COUNT_CONVERSIONS] = { "claude_proxy_conversions", METRIC_COUNTER, NULL,
                            "Pieces of requests that a translation changed or lost." },
};

static const struct metric time_metrics[TIMES] = {
    [TIME_TOTAL] = { "claude_proxy_request_duration_seconds", METRIC_HISTOGRAM, "seconds",
                     "From a request's head to the end of its answer." },
    [TIME_FIRST] = { "claude_proxy_time_to_first_byte_seconds", METRIC_HISTOGRAM, "seconds",
                     "From a request's head to the first content that was sent to the client." },
    [TIME_OVERHEAD] = { "claude_proxy_overhead_seconds", METRIC_HISTOGRAM, "seconds",
                        "What the gateway itself took: neither reading the request nor waiting "
                        "for upstreams." },
};

static void write_counters(const struct numbers *n, enum numbers_counter which,
                           const struct sheet *s)
{
    const struct metric *m = &counter_metrics[which];
    struct cp_str labels;
    void *value;

    sheet_head(s, m);
    for (size_t at = 0; map_each(n->counters[which].cells, &at, &labels, &value);) {
        const uint64_t *cell = value;
        if (which == COUNT_COST)
            sheet_fraction(s, m, "_total", labels, (int64_t)*cell, 6);
        else
            sheet_number(s, m, "_total", labels, (int64_t)*cell);
    }
}

/* 250000 is "0.25": as short as it goes, because le is a name. */
static void label_bound(struct labels *l, int64_t us)
{
    char text[32];
    struct cp_str t;

    snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
    t = str_of(text);
    while (str_ends(t, "0") && !str_ends(t, ".0"))
        t.n--;
    labels_add(l, "le", us ? t : STR("+Inf"));
}

static void write_histogram(const struct histogram *h, const int64_t *bounds_us,
                            const struct metric *m, const struct sheet *s)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        struct labels l = h->labels;
        n += h->buckets[i];
        label_bound(&l, bounds_us[i]);
        sheet_number(s, m, "_bucket", labels_str(&l), (int64_t)n);
        if (!bounds_us[i])
            break;
    }
    sheet_fraction(s, m, "_sum", labels_str(&h->labels), (int64_t)h->sum_us, 6);
    sheet_number(s, m, "_count", labels_str(&h->labels), (int64_t)h->n);
}

static void write_times(const struct numbers *n, const struct sheet *s)
{
    for (uint32_t t = 0; t < TIMES; t++) {
        const struct histograms *h = &n->times[t];
        sheet_head(s, &time_metrics[t]);
        for (uint32_t i = 0; i < h->n; i++)
            write_histogram(&h->at[i], h->bounds_us, &time_metrics[t], s);
    }
}

void numbers_write(struct numbers *n, const struct office *o, const struct setup *setup,
                   bool is_open_metrics, struct buf *out)
{
    static const struct metric hedged = { "claude_proxy_hedged_requests", METRIC_COUNTER, NULL,
                                          "Requests that a second upstream was asked for, "
                                          "too." };
    const struct sheet s = { out, is_open_metrics };

    pthread_mutex_lock(&n->lock);
    for (uint32_t i = 0; i < COUNTERS; i++)
        write_counters(n, i, &s);
    write_times(n, &s);
    sheet_one(&s, &hedged, (int64_t)n->hedged);
    pthread_mutex_unlock(&n->lock);
    numbers_write_state(n, o, setup, &s);
    numbers_write_process(&s);
    if (is_open_metrics)
        buf_add_z(out, "# EOF\n");
}
