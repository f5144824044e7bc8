/* SPDX-License-Identifier: MIT */
/*
 * refused - a part of a request that an upstream does not know, in words that can be remembered.
 *
 *     context_management                    a member of the body, for all models
 *     tools[*].defer_loading                of each element
 *     anthropic-beta: effort-2025-11-24     a word in the list of a header
 *     [gpt-5.5] temperature                 for one model (as the upstream knows it) only
 */
#ifndef FLOW_REFUSED_H
#define FLOW_REFUSED_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct arena;

enum { REFUSED_BYTES = 256 };

/* Slices of what was read. */
struct refused {
    struct cp_str model;        /* absent: all */
    struct cp_str path;         /* of the body; absent: it is a header's */
    struct cp_str header, word; /* the header's name in lower case */
};

/*
 * said     as a verdict has it: a place in one body stands for all its like
 * model    absent: all
 * returns  the words, in out; absent: what was said is no such thing, or without it the request would mean something else
 */
struct cp_str refused_words(struct cp_str said, struct cp_str model, char out[REFUSED_BYTES]);
/* False for what refused_words() would not have said. */
bool refused_read(struct cp_str words, struct refused *);
bool refused_is_same(struct cp_str a, struct cp_str b); /* ASCII case apart */
/* The list without the word, the same slice if it is not in it; absent: nothing is left. */
struct cp_str refused_cut(struct arena *, struct cp_str list, struct cp_str word);

#endif
