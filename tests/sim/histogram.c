/* SPDX-License-Identifier: MIT */
/*
 * histogram - counts of durations, precise to about one percent, in constant memory.
 *
 * Values below 64 have a bucket each; above, every power of two is cut into 64 equal buckets.
 */
#include "histogram.h"

static int bucket_of(int64_t us)
{
    int shift = 0;

    if (us < 0)
        us = 0;
    while (us >> shift >= 2 * HISTOGRAM_FINE)
        shift++;
    if (us < HISTOGRAM_FINE)
        return (int)us;
    shift = (shift + 1) * HISTOGRAM_FINE + (int)(us >> shift) - HISTOGRAM_FINE;
    return shift < HISTOGRAM_N ? shift : HISTOGRAM_N - 1;
}

static int64_t value_of(int bucket)
{
    int shift = bucket / HISTOGRAM_FINE - 1;

    if (bucket < HISTOGRAM_FINE)
        return bucket;
    return ((int64_t)(bucket % HISTOGRAM_FINE) + HISTOGRAM_FINE) << shift;
}

void histogram_add(struct histogram *h, int64_t us)
{
    h->count[bucket_of(us)]++;
    h->n++;
    h->sum += us;
    if (us > h->max)
        h->max = us;
}

int64_t histogram_at(const struct histogram *h, double share)
{
    int64_t want = (int64_t)((double)h->n * share), seen = 0;

    for (int i = 0; i < HISTOGRAM_N; i++) {
        seen += h->count[i];
        if (seen > want)
            return value_of(i);
    }
    return h->max;
}
