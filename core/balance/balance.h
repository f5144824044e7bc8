/* SPDX-License-Identifier: MIT */
/*
 * balance - choose one of many; each strategy one file, one vtable.
 *
 * The scheduler lists the paths that could serve (channel, key, base URL), in configured order and without those
 * already tried; a strategy names one.  Choice and retry stay apart: a strategy never loops.
 */
#ifndef BALANCE_BALANCE_H
#define BALANCE_BALANCE_H

#include <stdint.h>

/* One way to an upstream. */
struct candidate {
    uint32_t channel, key, url; /* ordinals: in the snapshot, in the channel, in the channel */
    int64_t
        until_ms; /* resting until then, monotonic; <= now: well; INT64_MAX: needs a human */
};

struct strategy {
    const char *name;
    /*
     * returns  index of the choice, or -1 when none of them may be asked
     * cost     O(n), no allocation; any thread
     */
    int (*pick)(const struct candidate *, uint32_t n, int64_t now_ms);
};

/* In written order the first that is well; if all rest, the one that wakes first: the last usable path is
 * never closed.  Paths that need a human are not asked at all. */
extern const struct strategy strategy_failover;

#endif
