/* SPDX-License-Identifier: MIT */
/*
 * meter - how long it takes until there is something to read: what latency strategies and hedging go by.
 *
 * A smoothed mean that forgets with time, and a histogram in powers of two with four steps each, halved now and then so
 * that it tells of the last few hundred requests.  Any thread, no lock; a lost update costs one sample.
 * Zeroed memory has seen nothing.
 */
#ifndef STATE_METER_H
#define STATE_METER_H

#include <stdatomic.h>
#include <stdint.h>

enum { METER_BUCKETS = 96, METER_KEPT = 512 };

struct meter {
    _Atomic uint64_t mean; /* packed: mean in microseconds, when it was last moved (seconds) */
    _Atomic uint32_t counts[METER_BUCKETS];
    _Atomic uint32_t n; /* in counts */
    _Atomic uint32_t is_halving;
};

void meter_add(struct meter *, int64_t first_content_us, int64_t now_ms);
/* Microseconds; -1: nothing seen.  What is old weighs less: it moves towards 0, so that who was slow once is tried again. */
int64_t meter_mean(const struct meter *, int64_t now_ms);
/* The time that percent of the last ones stayed below, microseconds; -1: fewer than least samples. */
int64_t meter_percentile(const struct meter *, uint32_t percent, uint32_t least);

#endif
