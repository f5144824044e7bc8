/* SPDX-License-Identifier: MIT */
/*
 * verdict_time - how services spell a time to wait: spans, moments, and numbers that may be either.
 *
 * Everything is milliseconds and bounded: whatever stands there, an answer lies between 0 and a day, or is -1.
 */
#ifndef PLUGIN_VERDICT_TIME_H
#define PLUGIN_VERDICT_TIME_H

#include <claude-proxy/plugin.h>

enum { VERDICT_DAY_MS = 24 * 3600 * 1000 };

/* Between 0 and a day; negative, or no number at all, is -1. */
int64_t verdict_time_cap(double ms);
/*
 * A number without a unit: a moment if it can only be one (seconds or milliseconds since 1970, from a day ago to a
 * year ahead), else a span in units of unit_ms.
 */
int64_t verdict_time_number(double n, double unit_ms, int64_t wall_ms);
/* The decimal number at the beginning of *rest, which moves on; -1: none, or none of this world. */
double verdict_time_digits(struct cp_str *rest);
/*
 * The span at the beginning of *rest, which moves on: "1m30.5s", "20 seconds", "1 hour and 5 minutes", "30秒".
 * -1: there is none; a number without a unit is none.
 */
int64_t verdict_time_span(struct cp_str *rest);
/*
 * Wall clock of "2026-02-01T00:00:00Z", "2026-02-01 at 00:00 UTC", "2026-02-01 08:00:00+08:00" at the beginning of s;
 * -1: it is none.
 *
 * zone_min  minutes east of Greenwich where the text says no zone
 */
int64_t verdict_time_date(struct cp_str s, int zone_min);

#endif
