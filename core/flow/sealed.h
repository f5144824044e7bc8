/* SPDX-License-Identifier: MIT */
/*
 * sealed - reasoning that an upstream account has sealed goes back to who can open it.
 */
#ifndef FLOW_SEALED_H
#define FLOW_SEALED_H

#include <stdbool.h>

#include "state/affinity.h"

struct exchange;
struct session_source;

/*
 * The last string that is the value of a member of this name, as it is spelled between its quotes; absent: there is none.
 * text need not be JSON.  From the end, in time of what is behind it.
 */
struct cp_str sealed_last(struct cp_str text, struct cp_str member);
/* By what the sealed state in from->body is known; false: there is none, or nobody's key opens it better than another's. */
bool sealed_find(const struct session_source *from, struct cp_str install_id,
                 struct cp_str client_key, struct session *);
/* Of this request, looked for once; NULL: it brings none. */
const struct session *sealed_of(struct exchange *);
/* Of an answer that passes: its body, or the data of a frame. */
void sealed_hear(struct exchange *, struct cp_str);
/* The attempt at hand has served: what it sealed is its channel's and key's. */
void sealed_served(struct exchange *);

#endif
