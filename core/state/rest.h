/* SPDX-License-Identifier: MIT */
/*
 * rest - who is resting until when: cool-downs of keys and channels that survive a reload.
 *
 * A record is found by name once, when a snapshot is set up ("channel", "channel/key"), and from then on
 * read and written through its pointer with atomics: any thread, no lock.  Records are never freed before
 * the table is: a reload that drops a key and another that brings it back find the same record.
 */
#ifndef STATE_REST_H
#define STATE_REST_H

#include <stdatomic.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct rest_table;

struct rest {
    _Atomic int64_t until_ms; /* monotonic; 0: well; INT64_MAX: until someone resets it */
    _Atomic uint32_t fault;   /* enum cp_fault of the last charge */
    _Atomic uint32_t trouble; /* enum cp_trouble of the last charge */
    _Atomic uint32_t charges; /* in a row, since the last success */
    _Atomic uint64_t served;  /* successes */
    _Atomic uint64_t failed;
    _Atomic uint32_t miscounts; /* answers still to be watched: one told wrong token counts */
};

struct rest_table *rest_table_new(void);
void rest_table_free(struct rest_table *);
/* Never NULL; takes the table's lock: not on a request's path. */
struct rest *rest_record(struct rest_table *, struct cp_str name);

/* Who waits for a human is asked again: the human has been here (a reload).  Takes the table's lock. */
void rest_table_pardon(struct rest_table *);

/* True if nobody should be sent there before until_ms. */
int rest_is_resting(const struct rest *, int64_t now_ms);
int64_t rest_until(const struct rest *);
/*
 * Charge a failure.  wait_ms: what the upstream asked for, or -1: then preset_ms, doubled with each charge
 * in a row, at most ten minutes.  A rest is never shortened by a charge.  Capped at one hour.
 */
void rest_charge(struct rest *, uint32_t fault, uint32_t trouble, int64_t wait_ms,
                 int64_t preset_ms, int64_t now_ms);
void rest_disable(struct rest *, uint32_t fault, uint32_t trouble);
void rest_success(struct rest *);

#endif
