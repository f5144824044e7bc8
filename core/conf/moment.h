/* SPDX-License-Identifier: MIT */
/*
 * moment - a point in time as people write it down: RFC 3339.
 */
#ifndef CONF_MOMENT_H
#define CONF_MOMENT_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

/*
 * "2026-11-23T12:00:00Z", "2026-11-23 20:00:00.250+08:00".  The zone must be there: the gateway's is not its reader's.
 *
 * wall_ms  Unix epoch milliseconds
 * returns  0 or E_SYNTAX
 */
int moment_parse(struct cp_str, int64_t *wall_ms);

#endif
