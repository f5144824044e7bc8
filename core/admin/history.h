/* SPDX-License-Identifier: MIT */
/*
 * history - what happened to requests: what its handlers share.
 */
#ifndef ADMIN_HISTORY_H
#define ADMIN_HISTORY_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct api_call;
struct cp_filter;
struct cp_record;
struct err;

/* The query's parameters that choose records. */
#define HISTORY_FILTERS                                                                        \
    "since|until|channel|key|client|model|family|status|end|outcome|session|q"

enum { HISTORY_SEARCHED = 1000000 }; /* records that a search looks at, at most */

/*
 * Of the query's parameters; what is wrong fails the call.  Returns what the ids of records must begin with besides, and that
 * HISTORY_SEARCHED are to be looked at; absent: nothing.
 */
struct cp_str history_filter(struct api_call *, struct cp_filter *);
/* The part of it that ?q= is: history_search.c. */
struct cp_str history_search(struct api_call *, struct cp_filter *);
/* Whether the record's id begins so; absent: each does. */
bool history_has_prefix(const struct cp_record *, struct cp_str prefix);
/* A store that cannot be read fails the call. */
void history_fail(struct api_call *, const struct err *);
/* GET /api/history.csv: history_csv.c. */
void history_csv(struct api_call *);

#endif
