/* SPDX-License-Identifier: MIT */
/*
 * count - the rules for token counts (usage.h) at work: in answers that are translated, and in those that pass.
 *
 * Only answers of chats: what a count of tokens answers is itself the number.
 */
#ifndef FLOW_COUNT_H
#define FLOW_COUNT_H

#include "flow/exchange.h"

/* An answer begins; before its first tape. */
void count_open(struct exchange *);
/* What a tap must hear for it: CP_WANT_USAGE, or everything where the upstream's counts have been wrong. */
uint32_t count_want(const struct exchange *);
/* A tape on its way to the client's adapter, frame or whole: its numbers are put right. */
void count_told(struct exchange *, struct cp_tape *);
/*
 * A frame that passes, with the tape that the tap made of it.
 *
 * amended  initialised; gets the frame's data with other numbers
 * returns  true if that should go in place of the data
 */
bool count_passes(struct exchange *, const struct cp_frame *, struct cp_tape *,
                  struct buf *amended);
/* A whole answer that passes: the same body, or one with other numbers, in the arena. */
struct cp_str count_whole(struct exchange *, struct cp_str body, struct cp_tape *);
/* It is over, and the client has all of it: what nobody told is estimated, what was told is learned from. */
void count_settle(struct exchange *);

/* An estimate of the decoded request as the model's upstream would count it; the first channel's that serves
 * the model, while none is chosen. */
int64_t count_estimate(struct exchange *);
/* The same of a request that may not be decoded yet; -1: it cannot be. */
int64_t count_request(struct exchange *);

#endif
