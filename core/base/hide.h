/* SPDX-License-Identifier: MIT */
/*
 * hide - finds known secrets in text about to be logged, without keeping them.
 */
#ifndef BASE_HIDE_H
#define BASE_HIDE_H

#include <claude-proxy/plugin.h>

enum { HIDE_SHORTEST = 5 }; /* bytes; what is shorter is not hidden */

/* Any thread; the table only grows. */
void hide_add(struct cp_str secret);
/*
 * Finds the first secret in text at or after *at.
 *
 * returns  its length, and *at its offset; 0: none, and *at is text.n
 * cost     about a nanosecond a byte, however many secrets there are; no lock; any thread
 */
size_t hide_find(struct cp_str text, size_t *at);

#endif
