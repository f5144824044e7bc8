/* SPDX-License-Identifier: MIT */
/*
 * rendezvous - who is drawn, by weight: the highest random number, and for a conversation always the same.
 *
 * Each pair of session and channel has its own fixed random number, and the channel with the best one gets the session.
 * No table, the same answer in every process, and a channel that goes away moves only its own sessions.
 * source: Thaler, Ravishankar: Using name-based mappings to increase hit rates, 1998, doi:10.1109/90.663936
 *
 * Weights: with u uniform in (0, 1), weight / -log(u) is the largest in proportion to the weights; and when one weight
 * is changed, sessions move only to or from that channel.  With fresh bits in place of a session it is a draw by weight.
 * source: Schindelhauer, Schomaker: Weighted distributed hash tables, 2005, doi:10.1145/1073970.1074008
 */
#include "balance/strategy.h"

/* source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014, doi:10.1145/2660193.2660195 */
uint64_t strategy_mix(uint64_t hash, uint64_t seed)
{
    uint64_t x = hash ^ seed;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/*
 * -log2 of the bits as a fraction of 1; greater than 0.
 * The polynomial is -log2(1 - y) / y for y up to a half, to 5 parts in 100,000: a share of that size goes astray, which is
 * nothing, and there is no need for the mathematical library.
 */
static double depth_of(uint64_t bits)
{
    static const double c[] = { 1.4427507019745696, 0.7158304764089477, 0.5650935280788298,
                                -0.06389626214512777, 1.0551576651928374 };
    int zeros = __builtin_clzll(bits | 1);
    double y = ((double)~(bits << zeros) + 1) * 0x1p-64;

    return zeros + y * (c[0] + y * (c[1] + y * (c[2] + y * (c[3] + y * c[4]))));
}

double strategy_draw(uint64_t hash, uint32_t weight, uint64_t seed)
{
    return weight / depth_of(strategy_mix(hash, seed));
}
