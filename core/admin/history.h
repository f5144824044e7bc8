/* SPDX-License-Identifier: MIT */
/*
 * history - what happened to requests: what its handlers share.
 */
#ifndef ADMIN_HISTORY_H
#define ADMIN_HISTORY_H

struct api_call;
struct cp_filter;
struct err;

/* The query's parameters that choose records. */
#define HISTORY_FILTERS "since|until|channel|key|client|model|family|status|end|outcome|session"

/* Of the query's parameters; what is wrong fails the call. */
void history_filter(struct api_call *, struct cp_filter *);
/* A store that cannot be read fails the call. */
void history_fail(struct api_call *, const struct err *);
/* GET /api/history.csv: history_csv.c. */
void history_csv(struct api_call *);

#endif
