/* SPDX-License-Identifier: MIT */
/*
 * diary - where workers leave the records of requests that are over, and one thread fetches them.
 *
 * Leaving one copies it and never waits: when the diary is full, because a disk is slow or gone, the record is counted
 * and lost, and the request knows nothing of it.  Many threads add, one takes.
 */
#ifndef STATE_DIARY_H
#define STATE_DIARY_H

#include <stdint.h>

#include <claude-proxy/store.h>

#include "base/list.h"

struct diary;

struct diary_entry {
    struct link link;
    struct cp_record record; /* with its texts and tries behind it, in one piece of memory */
    size_t bytes;
};

struct diary *diary_new(size_t most_entries, size_t most_bytes);
void diary_free(struct diary *);
/* record: its strings are copied.  0, or E_LIMIT: it was lost. */
int diary_add(struct diary *, const struct cp_record *);
/* Appends all that is there to the list, the oldest first, and returns how many; waits so long for the first one, and
 * then a moment for more. */
uint32_t diary_take(struct diary *, struct link *entries, int64_t wait_ms);
/* Ends a wait. */
void diary_wake(struct diary *);
/* A copy, as the diary makes one; in no list yet. */
struct diary_entry *diary_entry_new(const struct cp_record *);
void diary_entry_free(struct diary_entry *);
uint64_t diary_lost(const struct diary *);
uint64_t diary_waiting(struct diary *);

#endif
