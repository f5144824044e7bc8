/* SPDX-License-Identifier: MIT */
/*
 * census - what was served lately, summed up by family, channel, key, model and client key in rings of time.
 *
 * A request counts when it ends, so that what is shown as live is live.  All, families, models and client keys count
 * requests; channels and keys count how often they were asked: who failed and was helped out by another has failed, and a
 * request that was asked in three places counts at each of them.  Tokens and money go to who answered.
 *
 * One thread adds (the scribe, behind the requests), everybody reads under a short lock; a window is the sum of a few
 * ring places, so a look costs microseconds however many requests there were.  Rings: 6 s for 15 minutes, 1 min for
 * an hour, 5 min for 6 hours, 15 min for 24 hours, 2 h for 7 days, 6 h for 30 days; their places are aligned to the epoch.
 * All but the finest also keep how times are spread.  Bounded: beyond CENSUS_SERIES names of one kind, further ones take
 * the place of who was not seen for a day, or share the series "other".
 *
 *   census.c       counting
 *   census_look.c  looking
 */
#ifndef STATE_CENSUS_H
#define STATE_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/store.h>

#include "state/spread.h"

struct census;

enum { CENSUS_SERIES = 2048 };
/* By what: CP_BY_NOTHING, CP_BY_FAMILY, CP_BY_CHANNEL, CP_BY_UPSTREAM_KEY, CP_BY_MODEL_NAME, CP_BY_CLIENT_KEY. */
enum { CENSUS_KINDS = 6, CENSUS_SEGMENTS = 150, CENSUS_SEGMENT_MS = 6000 };

struct census_sum {
    int64_t requests, served, failed, cancelled;
    int64_t tokens[9];
    int64_t cost_micro;
    int64_t content_us, content_n; /* sum of times to first content, of how many */
};

/* Times to first content; and how long those took that were served, of upstream keys not known. */
struct census_spread {
    struct spread_sum content, total;
};

/* Whether a record counts as served, failed or cancelled: store.h. */
enum census_outcome { CENSUS_SERVED = 1, CENSUS_FAILED = 2, CENSUS_CANCELLED = 3 };
enum census_outcome census_outcome(const struct cp_record *);
/* The same of an attempt; 0: nothing is known of it (another was faster). */
enum census_outcome census_try_outcome(const struct cp_try *);

struct census *census_new(void);
void census_free(struct census *);
/* Forgets everything: it is about to be told anew. */
void census_clear(struct census *);
void census_add(struct census *, const struct cp_record *);
/* The rings, the finest first: width of a place, how far they reach; false: there are no more. */
bool census_ring(uint32_t i, int64_t *step_ms, int64_t *span_ms);
/* History that is told again at a start: the sum of one place of the one ring whose step it is.  Adds. */
void census_restore(struct census *, uint32_t by, struct cp_str name, int64_t from_ms,
                    int64_t step_ms, const struct cp_sum *);
/* How long a record of the past took, where its sums were restored before. */
void census_restore_times(struct census *, const struct cp_record *);

/*
 * Of the last span_ms, the place at hand included; a span that is no multiple of the ring's step begins with the place it
 * reaches into.  name absent: of CP_BY_NOTHING.  False: nothing is known by that name.
 */
bool census_window(struct census *, uint32_t by, struct cp_str name, int64_t wall_ms,
                   int64_t span_ms, struct census_sum *);
/*
 * n steps from from_ms (aligned down) on; step_ms must be a multiple of a ring's, which must reach back so far:
 * else E_LIMIT.  Of a name that is not known all are empty.
 */
int census_steps(struct census *, uint32_t by, struct cp_str name, int64_t from_ms,
                 int64_t step_ms, uint32_t n, struct census_sum *out);
/* How times were spread in the same: of a window (at least of minutes), or of steps of at least a minute (else empty). */
void census_window_spread(struct census *, uint32_t by, struct cp_str name, int64_t wall_ms,
                          int64_t span_ms, struct census_spread *out);
void census_step_spreads(struct census *, uint32_t by, struct cp_str name, int64_t from_ms,
                         int64_t step_ms, uint32_t n, struct census_spread *out);
/* Names of a kind, the most recently used first; lent for the call, no lock is held. */
void census_names(struct census *, uint32_t by,
                  void (*fn)(void *ctx, struct cp_str name, int64_t last_wall_ms), void *ctx);
/* Forgets a channel and its keys, or another name. */
void census_drop(struct census *, uint32_t by, struct cp_str name);

#endif
