/* SPDX-License-Identifier: MIT */
/*
 * histogram - counts of durations, precise to about one percent, in constant memory.
 */
#ifndef SIM_HISTOGRAM_H
#define SIM_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_FINE = 64, HISTOGRAM_N = 36 * HISTOGRAM_FINE };

struct histogram {
    int64_t count[HISTOGRAM_N], n, max, sum;
};

void histogram_add(struct histogram *h, int64_t us);
int64_t histogram_at(const struct histogram *h, double share); /* 0.99: the 99th percentile */

#endif
