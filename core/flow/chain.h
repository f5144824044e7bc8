/* SPDX-License-Identifier: MIT */
/*
 * chain - a request that follows an earlier answer: who may take it, and what is kept for the next.
 *
 * Only for clients of a dialect whose services keep answers (CP_KEEPS_ANSWERS).
 */
#ifndef FLOW_CHAIN_H
#define FLOW_CHAIN_H

#include "flow/exchange.h"

/* Looks at a request that may refer to something, once: what it follows, and who made that. */
void chain_learn(struct exchange *);
/* May this channel be asked at all? */
bool chain_allows(const struct exchange *, const struct setup_channel *);
/* The request as chain_learn() decoded it becomes the exchange's; false: it did not. */
bool chain_decoded(struct exchange *);
/* Did it make the answer that this request follows, or asks for? */
bool chain_is_maker(const struct exchange *, const struct setup_channel *);
/* May the client's bytes go there as they are: does who gets them know what they refer to? */
bool chain_may_pass(const struct exchange *, const struct setup_channel *);
/* The request names an answer that nobody has. */
enum step chain_refuse(struct exchange *);
/* The maker has lost what the bytes referred to, but we have not: true if it should be told all. */
bool chain_is_lost(struct exchange *);

/* ---- answers that pass ---- */

/* What the tap must hear: CP_WANT_USAGE; and CP_WANT_KEPT, if the answer is kept here, too. */
uint32_t chain_want(const struct exchange *);
/* Of a stream: each frame, each item of the tape; the attempt is over. */
void chain_frame(struct exchange *, const struct cp_frame *);
void chain_item(struct exchange *, const struct cp_item *);
void chain_close(struct exchange *);
/* A whole answer passes: its tape. */
void chain_whole(struct exchange *, const struct cp_tape *);

#endif
