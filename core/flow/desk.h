/* SPDX-License-Identifier: MIT */
/*
 * desk - what the flow does for the hooks of an exchange: what it keeps, and whose it is.
 */
#ifndef FLOW_DESK_H
#define FLOW_DESK_H

#include "flow/exchange.h"

/* Opens the client's side, if it is not open yet. */
void desk_client(struct exchange *);
/* Opens the side of the attempt at hand. */
void desk_attempt(struct exchange *);
/* From now on answers are translated: each side has its own request at hand. */
void desk_answers(struct exchange *);
/* Requests are translated (again): nobody has one at hand. */
void desk_requests(struct exchange *);

/* Who made an answer: the client key at hand keeps the channel's id with it. */
void desk_own(struct exchange *, struct cp_str id, struct cp_str channel);
void desk_disown(struct exchange *, struct cp_str id);
/* The channel; absent: this client key does not have it. */
struct cp_str desk_maker(struct exchange *, struct cp_str id);
/* Is it known to be another client key's? */
bool desk_is_foreign(struct exchange *, struct cp_str id);

#endif
