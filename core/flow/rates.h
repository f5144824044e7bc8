/* SPDX-License-Identifier: MIT */
/*
 * rates - an upstream's headers about its rate limits, as the services of another dialect call them.
 */
#ifndef FLOW_RATES_H
#define FLOW_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;

/* Is it a header about rate limits, in anybody's spelling? */
bool rates_is_about(struct cp_str name);
/*
 * Says one of them as clients of a dialect know it: requests and tokens; limit, remaining, and reset, which is a
 * time for some and a duration for others.
 *
 * dialect  the client's
 * name     replaced, as is value; both in the arena
 * returns  false if the dialect has no such header
 */
bool rates_translate(struct arena *, struct cp_str dialect, int64_t wall_ms,
                     struct cp_str *name, struct cp_str *value);

#endif
