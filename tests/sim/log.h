/* SPDX-License-Identifier: MIT */
/*
 * log - one JSON line per request received, reply ended and client gone; and the counters.
 */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include "ask.h"
#include "http.h"

int log_open(const char *path); /* 0 or -1 with errno */
bool log_is_on(void);
void log_request(int64_t conn, int64_t request, const struct head *head, struct slice body);
/* what: "done" or "gone"; after_ms since the request was complete */
void log_outcome(const char *what, int64_t conn, int64_t request, int64_t status, int64_t bytes,
                 int64_t after_ms);

enum tally {
    STAT_OPEN,
    STAT_PEAK_OPEN,
    STAT_BUSY,
    STAT_PEAK_BUSY,
    STAT_REQUESTS,
    STAT_GONE,
    STAT_FAULTS,
    STATS_N
};

void stats_count(enum dialect dialect, enum op op);
void stats_add(enum tally s, int64_t n); /* STAT_OPEN and STAT_BUSY keep their peaks */
void stats_gone(int64_t conn, int64_t request, int64_t after_ms);
void stats_write(struct text *out);
void stats_reset(void);

#endif
