/* SPDX-License-Identifier: MIT */
/*
 * tell - changes of health go to the log: once each, not with every request that suffers from them.
 */
#ifndef BALANCE_TELL_H
#define BALANCE_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "state/breaker.h"

struct roster_channel;
struct roster_path;

/* After a charge: the key of this path rests, and nobody has been told yet, or now for a worse reason. */
void tell_rest(const struct roster_path *, uint32_t key, const struct cp_verdict *, int status,
               int64_t now_ms, int64_t wall_ms);
/* After a success. */
void tell_well(const struct roster_path *, uint32_t key);
/* The breaker of the channel has changed its state after such a result. */
void tell_channel(const struct roster_channel *, enum breaker_result, int64_t now_ms,
                  int64_t wall_ms);
/* That of a path of it; nothing where the channel has only one. */
void tell_path(const struct roster_path *, uint32_t key, uint32_t url, enum breaker_result,
               int64_t now_ms, int64_t wall_ms);

#endif
