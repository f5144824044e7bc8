/* SPDX-License-Identifier: MIT */
/*
 * sheet - rows and columns of text, as an aligned table or as CSV.
 *
 * Cells are made harmless as they come (glyph.h).  A table wider than the terminal is narrowed where it is widest; numbers are
 * never cut.
 */
#ifndef CTL_SHEET_H
#define CTL_SHEET_H

#include <claude-proxy/plugin.h>

#include "ctl/look.h"

struct buf;
struct sheet;

enum { SHEET_COLUMNS = 32, SHEET_ROWS = 200000 };

/* look: lent until it is freed. */
struct sheet *sheet_new(const struct look *);
void sheet_free(struct sheet *);
/* All columns come before the first cell; is_number: to the right, and never cut. */
void sheet_column(struct sheet *, const char *title, bool is_number);
/* The next cell of the row; rows follow each other without a sign. Beyond SHEET_ROWS rows nothing is taken. */
void sheet_cell(struct sheet *, struct cp_str text, enum look_colour);
/* The rows that are whole. */
size_t sheet_rows(const struct sheet *);
void sheet_write(const struct sheet *, struct buf *out);

#endif
