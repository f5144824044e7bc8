/* SPDX-License-Identifier: MIT */
/*
 * census - how every path that may serve a request looks at this moment, worked out from the tables alone.
 *
 * The same question that core/balance answers while it chooses, answered another way: all paths, joined by plain rules, with
 * the simulator's own idea of who can serve.
 */
#ifndef TESTS_VIRTUAL_CENSUS_H
#define TESTS_VIRTUAL_CENSUS_H

#include "play.h"

enum path_state {
    PATH_WELL,
    PATH_DUE,  /* one may look whether it is well again */
    PATH_FULL, /* its caps */
    PATH_RESTS
};

struct census_path {
    uint16_t channel, key, url;
    uint8_t state;
    bool is_tried;
    struct spot spot;
};

enum { CENSUS_MOST = LETTERS * 6 * 3 };

struct census {
    struct census_path at[CENSUS_MOST];
    uint32_t n;
    uint32_t channels_n; /* that can serve it */
};

void census_take(struct census *, const struct play *, const struct job *,
                 const struct pick_ask *);
const struct census_path *census_find(const struct census *, uint32_t channel, uint32_t key,
                                      uint32_t url); /* or NULL */
/* One that was not tried and is at least so well; NULL: there is none. */
const struct census_path *census_any(const struct census *, enum path_state);
/* Likewise, of one channel; key -1: any. */
const struct census_path *census_of(const struct census *, uint32_t channel, int32_t key,
                                    enum path_state);

#endif
