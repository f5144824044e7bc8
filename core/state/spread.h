/* SPDX-License-Identifier: MIT */
/*
 * spread - how times are spread: a histogram of 80 bytes, from which medians and their like are told.
 *
 * Places of rings hold them by the thousand, so a bucket is two bytes: when one is full all are halved, and from then on
 * only every second time counts.  Each bucket reaches to 1.41 times the one before, from half a millisecond to four
 * minutes; between its ends the truth is guessed, and is missed by a few percent.
 */
#ifndef STATE_SPREAD_H
#define STATE_SPREAD_H

#include <stdint.h>

enum { SPREAD_BUCKETS = 39 };

/* Zeroed memory has seen nothing. */
struct spread {
    uint16_t halved; /* so many times */
    uint16_t counts[SPREAD_BUCKETS];
};

/* Of several, added up. */
struct spread_sum {
    int64_t n, counts[SPREAD_BUCKETS];
};

/* dice: any bits, other ones each time: they choose who counts when not all do. */
void spread_add(struct spread *, int64_t us, uint64_t dice);
void spread_collect(struct spread_sum *, const struct spread *);
/* The time that percent of them (0 to 100) stayed below, microseconds; -1: nothing was seen. */
int64_t spread_percentile(const struct spread_sum *, uint32_t percent);

#endif
