/* SPDX-License-Identifier: MIT */
/*
 * clock - monotonic and wall time; tests may set both.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_us(void);      /* monotonic microseconds */
int64_t clock_ms(void);      /* monotonic milliseconds */
int64_t clock_wall_ms(void); /* Unix epoch milliseconds */
/* From now on time stands still at these values; (-1, -1) lets it run again. */
void clock_set(int64_t mono_us, int64_t wall_ms);
/* "2026-11-22T20:37:00.123456Z"; out holds 32 bytes. */
void clock_rfc3339(int64_t wall_us, char out[32]);
/* The same in whole seconds: "2026-11-22T20:37:00Z". */
void clock_rfc3339_s(int64_t wall_ms, char out[32]);
int64_t clock_wall_us(void);

#endif
