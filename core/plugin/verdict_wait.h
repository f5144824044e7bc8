/* SPDX-License-Identifier: MIT */
/*
 * verdict_wait - when the one at fault will serve again: all that headers and bodies are known to say of it.
 */
#ifndef PLUGIN_VERDICT_WAIT_H
#define PLUGIN_VERDICT_WAIT_H

#include "plugin/verdict.h"

struct verdict_body;

/*
 * What the headers say, in ms, or -1.
 *
 * is_limit  a limit is what it failed of: then the budget that is used up may say when it is full again
 */
int64_t verdict_wait_headers(verdict_header_fn *, void *ctx, int64_t wall_ms, bool is_limit);
/* What the body says, in ms, or -1. */
int64_t verdict_wait_body(const struct verdict_body *, int64_t wall_ms);

#endif
