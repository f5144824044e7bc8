/* SPDX-License-Identifier: MIT */
/*
 * thoughts - reasoning that a client does not send back is put back for it (state/recall.h).
 */
#ifndef FLOW_THOUGHTS_H
#define FLOW_THOUGHTS_H

#include "flow/exchange.h"

/* The request is decoded and will be translated: what its turns had thought goes in. */
void thoughts_restore(struct exchange *);
/* The answer will be translated: what it thinks is remembered. */
void thoughts_begin(struct exchange *);
/* A whole answer as the client got it. */
void thoughts_whole(struct exchange *, const struct cp_tape *);

#endif
