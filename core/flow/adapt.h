/* SPDX-License-Identifier: MIT */
/*
 * adapt - from the client's request to an attempt's: pass, splice or translate.
 */
#ifndef FLOW_ADAPT_H
#define FLOW_ADAPT_H

#include "flow/exchange.h"

/* What the transfer lends: lives in the exchange's arena, one for each attempt. */
struct outgoing {
    struct transfer_spec spec;
    struct cp_str body[3];
};

/* The same as adapt_decode(), but nobody is told: the reason is in x->call.err. */
int adapt_read(struct exchange *);
/* Decodes the client's whole request into x->request_tape, once.  Not 0: the client has been told why not. */
int adapt_decode(struct exchange *);
/* The body's pieces in one copy in the arena, *n bytes. */
char *adapt_copy(struct exchange *, const struct outgoing *, size_t *n);
/* The header list of an attempt, into o->spec (headers.c). */
void adapt_headers(struct exchange *, const struct cp_head *, struct outgoing *o);

#endif
