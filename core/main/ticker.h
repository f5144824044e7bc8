/* SPDX-License-Identifier: MIT */
/*
 * ticker - once a second, while somebody follows "stats": what was served in the last minute goes to the news.
 *
 * On one worker's thread, because the snapshot at hand is there without a lock; a look without followers is one read.
 */
#ifndef MAIN_TICKER_H
#define MAIN_TICKER_H

#include <stdint.h>

#include "admin/statistics.h"
#include "loop/timer.h"

struct flow;
struct office;

struct ticker {
    struct timer timer;
    struct flow *flow;
    const struct office *office;
    uint64_t told; /* hash of the last line; 0: none */
    struct statistics_told rows;
};

void ticker_start(struct ticker *, struct flow *, const struct office *);
void ticker_stop(struct ticker *);

#endif
