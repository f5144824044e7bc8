/* SPDX-License-Identifier: MIT */
/*
 * numbers - what /metrics tells: counters and histograms that only grow, by labels that cannot grow without end.
 *
 * The scribe counts requests from their records; the rest (connections, breakers, saves, refused logins) is read or counted
 * where it happens.  A scrape is written from one snapshot.
 */
#ifndef ADMIN_NUMBERS_H
#define ADMIN_NUMBERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/store.h>

struct buf;
struct numbers;
struct office;
struct parcel;
struct setup;

struct numbers *numbers_new(void);
void numbers_free(struct numbers *);
void numbers_add(struct numbers *, const struct cp_record *);
/* Requests under way, by the ordinal of the adapter they came in by: counted by the flow, shared by all workers. */
enum { NUMBERS_ADAPTERS = 64 };
_Atomic int32_t *numbers_inflight(struct numbers *);
/* Things that happen elsewhere; any thread, no lock. */
enum numbers_event {
    NUMBERS_AUTH_FAILED_CLIENT = 0,
    NUMBERS_AUTH_FAILED_ADMIN = 1,
    NUMBERS_SAVED = 2,
    NUMBERS_SAVE_FAILED = 3,
    NUMBERS_RELOADED = 4,
    NUMBERS_RELOAD_FAILED = 5,
    NUMBERS_EVENTS = 6
};
void numbers_count(struct numbers *, enum numbers_event);
/* Prometheus' text format 0.0.4, or OpenMetrics 1.0. */
void numbers_write(struct numbers *, const struct office *, const struct setup *,
                   bool is_open_metrics, struct buf *out);
/* All that was counted as parcels, for the process that takes this one's place: numbers_pack.c. */
void numbers_pack(struct numbers *, struct buf *out);
/* Adds what one says.  False: a parcel of another kind. */
bool numbers_unpack(struct numbers *, const struct parcel *);

#endif
