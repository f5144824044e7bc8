/* SPDX-License-Identifier: MIT */
/*
 * history_time - a moment as people write it.
 */
#ifndef ADMIN_HISTORY_TIME_H
#define ADMIN_HISTORY_TIME_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

/* "2026-01-31T12:00:00Z", with a fraction or "+02:00" as RFC 3339 has it, "2026-01-31" (its beginning, UTC), or
 * milliseconds since the epoch.  0 or E_SYNTAX. */
int history_time(struct cp_str, int64_t *wall_ms);
/* The same, or a duration, which is so long ago: "24h". */
int history_since(struct cp_str, int64_t now_wall_ms, int64_t *wall_ms);

#endif
