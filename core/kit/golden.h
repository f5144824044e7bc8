/* SPDX-License-Identifier: MIT */
/*
 * golden - files and texts of golden tests: read, write, compare, show where they part.
 */
#ifndef KIT_GOLDEN_H
#define KIT_GOLDEN_H

#include <stdbool.h>

#include "base/buf.h"

enum { GOLDEN_BYTES = 16 << 20 }; /* the largest file that is read */

/* Appends the file.  False: it cannot be read, or there is more of it than GOLDEN_BYTES. */
bool golden_read(const char *path, struct buf *out);
/* A note says what became of it. */
bool golden_write(const char *path, struct cp_str text);
/* White space at the ends does not count.  Where they part is noted. */
bool golden_same(struct cp_str wanted, struct cp_str got);

#endif
