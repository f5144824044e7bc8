/* SPDX-License-Identifier: MIT */
/*
 * summary - a conversation is made short by upstreams that only know how to chat.
 */
#ifndef FLOW_SUMMARY_H
#define FLOW_SUMMARY_H

#include "flow/exchange.h"

/* The attempt at hand: must its upstream be asked for a summary in so many words?  Decoded already. */
bool summary_is_needed(const struct exchange *);
/* From now on the attempt is such a chat; the request to encode for it. */
struct cp_tape *summary_request(struct exchange *);
/* The answer as the client's adapter wants it; NULL: there is no summary in it (attempt_fail). */
struct cp_tape *summary_answer(struct exchange *, struct cp_tape *);

#endif
