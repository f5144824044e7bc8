/* SPDX-License-Identifier: MIT */
/*
 * glyph - text of strangers on a terminal: made harmless, measured in columns, cut between characters.
 *
 * Names of channels and models are what somebody typed or sent.  A control byte among them could move the cursor, hide
 * lines or answer for the user, and a bidirectional mark could show one name as another; neither is ever written as it is.
 */
#ifndef CTL_GLYPH_H
#define CTL_GLYPH_H

#include <claude-proxy/plugin.h>

struct buf;

/* Appends s with control characters, marks of direction and bytes that are no UTF-8 as \xHH or \u{HHHH}. */
void glyph_add(struct buf *out, struct cp_str s);
/* Appends JSON with the same characters as \uHHHH, which it means anyway, so that it stays JSON; what is no UTF-8 as \uFFFD. */
void glyph_add_json(struct buf *out, struct cp_str json);
/* Columns that clean text takes: 0 for what combines, 2 for what is wide in East Asia and for emoji. */
size_t glyph_width(struct cp_str clean);
/* Bytes of the longest beginning that takes at most so many columns. */
size_t glyph_cut(struct cp_str clean, size_t columns);

#endif
