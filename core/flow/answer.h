/* SPDX-License-Identifier: MIT */
/*
 * answer - what the gateway itself says to a client: errors in the caller's dialect, and the headers of every reply.
 */
#ifndef FLOW_ANSWER_H
#define FLOW_ANSWER_H

#include "flow/exchange.h"
#include "loop/server.h"

enum { ANSWER_HEADERS = 48 };
struct answer_headers {
    struct reply_header at[ANSWER_HEADERS];
    size_t n;
};

/* An error of ours.  status 0: the trouble's usual one.  Always STEP_ANSWER. */
enum step answer_error(struct exchange *, uint32_t trouble, int status, const char *fmt, ...)
    CP_PRINTF(4, 5);
/* error->num is the status whatever the dialect says; else the dialect says which goes with its words. */
enum { ANSWER_EXACT = 0x100 };
/* An ERROR item, told in the client's dialect.  flags: REPLY_CLOSE, ANSWER_EXACT. */
enum step answer_trouble(struct exchange *, const struct cp_item *error, uint32_t flags);
/* A whole body; it is copied. */
enum step answer_body(struct exchange *, int status, const char *content_type,
                      struct cp_str body);
/* The error event of the client's family into x->held, after whatever was passed through.
 * False: it could not be said, so the stream must not end as if it were whole. */
bool answer_error_event(struct exchange *, const struct cp_item *error);
/* content type, request id, CORS, and what of the upstream's headers may pass. */
void answer_headers(struct exchange *, struct answer_headers *, struct cp_str content_type);
void answer_add(struct answer_headers *, const char *name, struct cp_str value);

#endif
