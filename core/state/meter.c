/* SPDX-License-Identifier: MIT */
/*
 * meter - how long it takes until there is something to read: what latency strategies and hedging go by.
 *
 * The mean is one word, so that a reader never sees half of it.  Time weakens it twice: an old mean counts less
 * when a new sample comes, and is told smaller than it was.  The first makes it true again soon, the second makes
 * somebody try: a mean that stood for ever would keep away all who could show that it is wrong.
 *
 * Bucket edges grow by a fifth to a quarter, so a percentile, which is told as the upper edge of its bucket, is at most
 * a quarter too long.
 */
#include "state/meter.h"

enum {
    HALF_LIFE_S = 120,
    SHARE = 8, /* a new sample moves the mean by so many parts of one */
    AT_BITS = 28,
    FIRST_OCTAVE = 8 /* 256 us: below, it does not matter */
};
static const uint64_t mean_most_us = (UINT64_C(1) << (64 - AT_BITS)) - 1;
static const uint64_t at_mask = (UINT64_C(1) << AT_BITS) - 1;

/* v halved for each half-life, straight lines between. */
static uint64_t weaken(uint64_t v, uint64_t idle_s)
{
    uint64_t halvings = idle_s / HALF_LIFE_S;

    if (halvings >= 64)
        return 0;
    v >>= halvings;
    return v - v * (idle_s % HALF_LIFE_S) / (2 * HALF_LIFE_S);
}

static uint64_t idle_since(uint64_t at_s, int64_t now_ms)
{
    uint64_t idle = ((uint64_t)(now_ms / 1000) - at_s) & at_mask;

    return idle > at_mask / 2 ? 0 : idle; /* another thread's clock was a moment ahead */
}

static uint64_t mean_next(uint64_t word, uint64_t sample, int64_t now_ms)
{
    enum { ONE = 1 << 16 };
    uint64_t mean = word >> AT_BITS;

    if (!word)
        return sample;
    uint64_t keep = weaken(ONE - ONE / SHARE, idle_since(word & at_mask, now_ms));
    return (mean * keep + sample * (ONE - keep)) / ONE;
}

static void mean_add(struct meter *m, uint64_t sample, int64_t now_ms)
{
    uint64_t word = atomic_load_explicit(&m->mean, memory_order_relaxed);
    uint64_t mean = mean_next(word, sample, now_ms);

    if (!mean)
        mean = 1;
    atomic_compare_exchange_strong_explicit(
        &m->mean, &word, mean << AT_BITS | ((uint64_t)(now_ms / 1000) & at_mask),
        memory_order_relaxed, memory_order_relaxed);
}

int64_t meter_mean(const struct meter *m, int64_t now_ms)
{
    uint64_t word = atomic_load_explicit(&m->mean, memory_order_relaxed);

    return word ? (int64_t)weaken(word >> AT_BITS, idle_since(word & at_mask, now_ms)) : -1;
}

/* ---- the histogram ---- */

static uint32_t bucket_of(uint64_t us)
{
    uint32_t octave = FIRST_OCTAVE;

    while (octave < 63 && us >> (octave + 1))
        octave++;
    if (us < UINT64_C(1) << FIRST_OCTAVE)
        return 0;
    uint32_t i = (octave - FIRST_OCTAVE) * 4 + (us >> (octave - 2) & 3);
    return i < METER_BUCKETS ? i : METER_BUCKETS - 1;
}

static int64_t upper_edge(uint32_t bucket)
{
    return (int64_t)(5 + bucket % 4) << (bucket / 4 + FIRST_OCTAVE - 2);
}

/* Half of each; what does not divide is carried on, so that the sum is halved, too, and a rare long one can stay. */
static void halve(struct meter *m)
{
    uint32_t carry = 0, gone = 0;

    for (uint32_t i = 0; i < METER_BUCKETS; i++) {
        uint32_t c = atomic_load_explicit(&m->counts[i], memory_order_relaxed);
        uint32_t keep = (c + carry) / 2;
        carry = (c + carry) % 2;
        gone += c - keep;
        atomic_fetch_sub_explicit(&m->counts[i], c - keep, memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&m->n, gone, memory_order_relaxed);
}

void meter_add(struct meter *m, int64_t first_content_us, int64_t now_ms)
{
    uint64_t us = first_content_us < 0 ? 0 : (uint64_t)first_content_us;

    if (us > mean_most_us)
        us = mean_most_us;
    mean_add(m, us, now_ms);
    atomic_fetch_add_explicit(&m->counts[bucket_of(us)], 1, memory_order_relaxed);
    uint32_t n = atomic_fetch_add_explicit(&m->n, 1, memory_order_relaxed) + 1;
    if (n >= METER_KEPT && !atomic_exchange(&m->is_halving, 1)) {
        halve(m);
        atomic_store(&m->is_halving, 0);
    }
}

int64_t meter_percentile(const struct meter *m, uint32_t percent, uint32_t least)
{
    uint64_t counts[METER_BUCKETS], n = 0, below = 0;

    for (uint32_t i = 0; i < METER_BUCKETS; i++) {
        counts[i] = atomic_load_explicit(&m->counts[i], memory_order_relaxed);
        n += counts[i];
    }
    if (!n || n < least)
        return -1;
    for (uint32_t i = 0; i < METER_BUCKETS; i++) {
        below += counts[i];
        if (below && below * 100 >= n * percent)
            return upper_edge(i);
    }
    return upper_edge(METER_BUCKETS - 1);
}
