/* SPDX-License-Identifier: MIT */
/*
 * estimate - how many tokens a request has, when no upstream can be asked.
 *
 * Knows text, tools, images and documents apart: base64 is never counted as text.
 */
#ifndef FLOW_ESTIMATE_H
#define FLOW_ESTIMATE_H

#include "flow/exchange.h"

/* Tokens of a decoded request. */
int64_t estimate_tape(const struct cp_tape *);
/* What an item adds to the tokens of an answer, in a unit of its own; and tokens of such units. */
int64_t estimate_units_out(const struct cp_item *);
int64_t estimate_tokens(int64_t units);
/* Answers a count request locally, with x-claude-proxy-estimated: 1. */
enum step estimate_answer(struct exchange *);
/* Does the decoded request want no output at all (Claude's way to warm a cache)? */
bool estimate_is_nothing(const struct exchange *);
/* Answers it: other services refuse such a request, and have no cache to warm. */
enum step estimate_nothing(struct exchange *);

#endif
