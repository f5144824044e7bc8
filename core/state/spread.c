/* SPDX-License-Identifier: MIT */
/*
 * spread - how times are spread: a histogram of 80 bytes, from which medians and their like are told.
 */
#include "state/spread.h"

enum { FIRST_US = 500, FIRST_NEXT_NS = 707107 }; /* 500 us times the square root of two */

/* Where a bucket ends, and the next one begins. */
static int64_t bucket_end(uint32_t i)
{
    return i % 2 ? ((int64_t)FIRST_NEXT_NS << i / 2) / 1000 : (int64_t)FIRST_US << i / 2;
}

static uint32_t bucket_of(int64_t us)
{
    uint32_t least = 0, most = SPREAD_BUCKETS - 1;

    while (least < most) {
        uint32_t i = (least + most) / 2;
        if (us < bucket_end(i))
            most = i;
        else
            least = i + 1;
    }
    return least;
}

static void spread_halve(struct spread *s)
{
    s->halved++;
    for (uint32_t i = 0; i < SPREAD_BUCKETS; i++)
        s->counts[i] /= 2;
}

void spread_add(struct spread *s, int64_t us, uint64_t dice)
{
    uint16_t *count = &s->counts[bucket_of(us)];

    if (dice & ((UINT64_C(1) << s->halved) - 1))
        return;
    if (*count == UINT16_MAX && s->halved < 32)
        spread_halve(s);
    if (*count < UINT16_MAX)
        ++*count;
}

void spread_collect(struct spread_sum *to, const struct spread *s)
{
    for (uint32_t i = 0; i < SPREAD_BUCKETS; i++) {
        int64_t n = (int64_t)s->counts[i] << s->halved;
        to->counts[i] += n;
        to->n += n;
    }
}

int64_t spread_percentile(const struct spread_sum *s, uint32_t percent)
{
    int64_t rank = (s->n * percent + 99) / 100, before = 0;
    uint32_t i = 0;

    if (s->n <= 0)
        return -1;
    if (rank < 1)
        rank = 1;
    while (i + 1 < SPREAD_BUCKETS && before + s->counts[i] < rank)
        before += s->counts[i++];
    int64_t from_us = i ? bucket_end(i - 1) : 0, wide_us = bucket_end(i) - from_us;
    int64_t among = s->counts[i] ? s->counts[i] : 1;
    /* In the middle of its share of the bucket; n is below 2^48, so the product fits. */
    return from_us +
           (int64_t)((double)wide_us * ((double)(rank - before) - 0.5) / (double)among);
}
