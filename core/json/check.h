/* SPDX-License-Identifier: MIT */
/*
 * check - one validating pass over JSON text: syntax, depth, UTF-8, counts.
 *
 * Strict RFC 8259: no NaN, no comments, no trailing bytes, no raw control characters in strings, no
 * "\u0000" in a key.  A leading BOM is refused.  No malloc, no recursion; a 1 MB request takes well
 * under a millisecond because strings are skipped eight bytes at a time.
 */
#ifndef JSON_CHECK_H
#define JSON_CHECK_H

#include <claude-proxy/plugin.h>

struct err;

struct json_limits {
    uint32_t depth;      /* most nested brackets; at most 1024 */
    uint32_t containers; /* most { and [ in all */
    uint32_t values;     /* most values in all */
};
extern const struct json_limits json_default_limits; /* 128, 100 000, 1 000 000 */

/*
 * limits   NULL: the default
 * returns  0, E_SYNTAX or E_LIMIT; err->where is "offset N (line L)", never content
 * cost     one pass; any thread
 */
int json_check(struct cp_str text, const struct json_limits *limits, struct err *err);

/*
 * What a route needs to know of a request body without any tree: top-level members that both we
 * and the upstream must read alike.  Refuses a duplicate "model" or "stream" (E_SYNTAX): one of
 * us might read the first, the other the last.
 */
struct json_top {
    struct cp_str model;  /* the value's slice with its quotes; absent if not there */
    struct cp_str stream; /* "true", "false", ... */
};
int json_top(struct cp_str checked, struct json_top *top, struct err *err);

#endif
