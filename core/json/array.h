/* SPDX-License-Identifier: MIT */
/*
 * array - a JSON array that comes in pieces, any cut: each element as soon as it is whole.
 *
 * Some services stream an answer as one array of objects.  Brackets are counted and strings are
 * skipped; whether an element is JSON is for its reader to check.  Tolerated, because it is met: a byte
 * order mark, one object without an array around it, elements with no comma between them, an array
 * that is never closed, blanks before and after.
 */
#ifndef JSON_ARRAY_H
#define JSON_ARRAY_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "base/buf.h"

struct json_array {
    struct buf held; /* the beginning of an element whose end has not come */
    size_t torn_n;   /* bytes since the last whole element */
    uint64_t elements;
    uint64_t taken; /* bytes read; in the callback: up to the end of the element */
    uint32_t depth; /* brackets open inside the element; 0: between elements */
    bool in_string, after_slash;
    bool is_open, is_closed; /* the array's own brackets were seen */
    uint8_t bom;             /* bytes of it seen */
};

/* Called for each element, lent for the call; a non-zero answer stops the reading and is returned. */
typedef int json_array_fn(void *ctx, struct cp_str element);

void json_array_init(struct json_array *, size_t element_max);
void json_array_fini(struct json_array *);
/* 0, what the callback returned, E_LIMIT (an element too long), E_SYNTAX (no array of objects). */
int json_array_feed(struct json_array *, struct cp_str bytes, json_array_fn *, void *ctx);
/* At the end: 0, or E_SYNTAX if an element is not whole. */
int json_array_end(const struct json_array *);
/* Of the bytes fed so far, how many at the end come after the last whole element. */
size_t json_array_torn(const struct json_array *);

#endif
