/* SPDX-License-Identifier: MIT */
/*
 * dice - random numbers that are the same on every machine.
 *
 * Each event of a history has dice of its own, so that leaving one out changes nothing in the others: that is what makes a
 * failing history shrink.  source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014
 */
#ifndef TESTS_VIRTUAL_DICE_H
#define TESTS_VIRTUAL_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_bits(struct dice *d)
{
    uint64_t x = d->state += 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* 0 to n - 1. */
static inline uint32_t dice_of(struct dice *d, uint32_t n)
{
    return (uint32_t)((dice_bits(d) >> 32) * n >> 32);
}

/* Once in n times. */
static inline bool dice_is(struct dice *d, uint32_t n)
{
    return dice_of(d, n) == 0;
}

static inline int64_t dice_between(struct dice *d, int64_t least, int64_t most)
{
    return least + (int64_t)(dice_bits(d) % (uint64_t)(most - least + 1));
}

static inline struct dice dice_new(uint64_t seed, uint64_t n)
{
    struct dice d = { seed * 0xD1342543DE82EF95u ^ n };

    d.state = dice_bits(&d);
    return d;
}

#endif
