/* SPDX-License-Identifier: MIT */
/*
 * logs - what the log says, for who asks the API or follows the news; and how much it says, for a while.
 */
#ifndef ADMIN_LOGS_H
#define ADMIN_LOGS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct news;

struct logs;

enum { LOGS_KEPT = 500 };

/* From now on records are news of the kind "log", while somebody follows that; and the last ones that are warnings or worse
 * are kept.  One at most. */
struct logs *logs_open(struct news *);
/* No longer; NULL does nothing. */
void logs_close(struct logs *);
/* "error", "warn" ...: CP_LOG_*; -1: none of them. */
int logs_level(struct cp_str name);
/* Whether a record, as it is in the news, is of this level or a worse one. */
bool logs_is_as_bad(struct cp_str json, int level);

#endif
