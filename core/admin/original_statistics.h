/* SPDX-License-Identifier: MIT */
/*
 * original_statistics - the predecessor's doors to metrics and charts: what their two files share.
 *
 *   original_statistics.c  channel metrics, dashboard, scheduler stats
 *   original_charts.c      the three histories
 */
#ifndef ADMIN_ORIGINAL_STATISTICS_H
#define ADMIN_ORIGINAL_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct census_sum;
struct conf_channel;
struct json_writer;
struct setup_channel;

/* A client API's channels as the predecessor's pages count them: those that serve it, in the configuration's order. */
struct original_list {
    struct cp_str family;
    const struct setup_channel **at; /* in the call's arena */
    uint32_t n;
};

/* Of the path's {family}, or of the query's type where that path is shared.  False after failing. */
bool original_list(struct api_call *, struct original_list *);
/* "channel/key"; in the arena. */
struct cp_str original_path(struct api_call *, const struct conf_channel *, size_t key);
void original_put_key(struct json_writer *, const struct conf_channel *, size_t key);
/* requestCount, successCount, failureCount, successRate (none: what it is where there is nothing). */
void original_put_counts(struct json_writer *, const struct census_sum *, int64_t none);
/* An RFC 3339 time with milliseconds. */
void original_put_time(struct json_writer *, const char *name, int64_t wall_ms);

/* original_charts.c: the handlers of the histories. */
void original_show_history(struct api_call *);
void original_show_key_history(struct api_call *);
void original_show_global_history(struct api_call *);

#endif
