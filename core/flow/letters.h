/* SPDX-License-Identifier: MIT */
/*
 * letters - the letters and digits of a text, whatever quotes, blanks, escapes and case it has them in.
 */
#ifndef FLOW_LETTERS_H
#define FLOW_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

#include <claude-proxy/plugin.h>

/* { .text = .., .has_escapes = .. }: of JSON, "\u0061" is a letter and "\n" is none. */
struct letters {
    struct cp_str text;
    bool has_escapes;
    size_t from, at; /* where in text the last letter stands */
    char held[4];    /* bytes of one that was escaped */
    size_t held_n, held_at;
};

/* The next one: ASCII in lower case, other characters byte by byte.  False: no more. */
bool letters_next(struct letters *, char *c);
/* The next string of a JSON text, names of members included, as it is spelled between its quotes; *at starts at 0. */
bool letters_string(struct cp_str json, size_t *at, struct cp_str *string);

#endif
