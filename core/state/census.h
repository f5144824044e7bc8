/* SPDX-License-Identifier: MIT */
/*
 * census - what was served lately, summed up by family, channel, key, model and client key in rings of time.
 *
 * One thread adds (the scribe, behind the requests), everybody reads under a short lock; a window is the sum of a few
 * ring places, so a look costs microseconds however many requests there were.  Rings: 6 s for 15 minutes, 1 min for
 * an hour, 5 min for 6 hours, 15 min for 24 hours, 6 h for 30 days; their places are aligned to the epoch.  Bounded: beyond
 * CENSUS_SERIES names of one kind, further ones share the series "other".
 */
#ifndef STATE_CENSUS_H
#define STATE_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/store.h>

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

struct census *census_new(void);
void census_free(struct census *);
void census_add(struct census *, const struct cp_record *);
/* History that is told again at a start: sums of one place, of any ring as coarse as its step. */
void census_restore(struct census *, uint32_t by, struct cp_str name, int64_t from_ms,
                    int64_t step_ms, const struct cp_sum *);

/* Of the last span_ms, the place at hand included; name absent: of CP_BY_NOTHING.  False: nothing is known by that name. */
bool census_window(struct census *, uint32_t by, struct cp_str name, int64_t wall_ms,
                   int64_t span_ms, struct census_sum *);
/* n steps from from_ms (aligned down) on; step_ms must be a multiple of a ring's, which must reach back so far: else E_LIMIT. */
int census_steps(struct census *, uint32_t by, struct cp_str name, int64_t from_ms,
                 int64_t step_ms, uint32_t n, struct census_sum *out);
/* Names of a kind, the most recently used first; lent for the call, no lock is held. */
void census_names(struct census *, uint32_t by,
                  void (*fn)(void *ctx, struct cp_str name, int64_t last_wall_ms), void *ctx);
/* Forgets a channel and its keys, or another name. */
void census_drop(struct census *, uint32_t by, struct cp_str name);

#endif
