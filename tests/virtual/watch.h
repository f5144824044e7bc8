/* SPDX-License-Identifier: MIT */
/*
 * watch - the invariants, asked after every choice and every settlement.
 */
#ifndef TESTS_VIRTUAL_WATCH_H
#define TESTS_VIRTUAL_WATCH_H

#include "census.h"
#include "play.h"

#include "state/affinity.h"

/* A choice, and how all was before it. */
struct choice_seen {
    struct census census;
    bool has_home;
    struct affinity_home home;
    enum pick_result result;
    struct pick pick;
    int64_t wait_ms;
};

void watch_choice(struct play *, struct job *, const struct pick_ask *,
                  const struct choice_seen *);

/* Health before a settlement. */
struct before {
    uint64_t digest;
    int64_t key_until_ms, url_until_ms;
    bool is_path_open, is_channel_open;
};

void watch_before(struct play *, const struct flight *, struct before *);
void watch_after(struct play *, const struct flight *, const struct before *);
/* After an answer has begun: it may have ended rests. */
void watch_content(struct play *, const struct flight *);
/* What is remembered is as the tables are: after a restart. */
void watch_anew(struct play *);
/* Everything of this letter is forgotten; -1: of all. */
void watch_forgive(struct play *, int32_t letter);

#endif
