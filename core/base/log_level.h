/* SPDX-License-Identifier: MIT */
/*
 * log_level - how much is logged: what the log's writer does about it; the rest is in base/log.h.
 */
#ifndef BASE_LOG_LEVEL_H
#define BASE_LOG_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

int64_t log_level_end_ms(void); /* monotonic; 0: it has none */
/* Its end has come: true for the one who is to tell. */
bool log_level_turn(void);
/* log.c: the writer looks anew. */
void log_wake(void);

#endif
