/* SPDX-License-Identifier: MIT */
/*
 * utf8 - validate; cut at a boundary; encode.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

/* Length of the character at the front of n bytes, 1 to 4; 0 if there is none that is well-formed. */
size_t utf8_len(const char *text, size_t n);
/* Bytes of the longest valid prefix: s.n when all is well.  No overlong forms, no surrogates. */
size_t utf8_valid(struct cp_str s);
/* The most bytes <= n at which s may be cut without splitting a character. */
size_t utf8_cut(struct cp_str s, size_t n);
/* Writes 1 to 4 bytes; returns how many.  What is no character becomes U+FFFD. */
size_t utf8_put(uint32_t code, char out[4]);

#endif
