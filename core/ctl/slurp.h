/* SPDX-License-Identifier: MIT */
/*
 * slurp - a file of the command line, whole; "-" is standard input.
 */
#ifndef CTL_SLURP_H
#define CTL_SLURP_H

#include <stdbool.h>

struct buf;

enum { SLURP_BYTES = 256 << 20 };

/* Appends to out.  0 or CTL_NO_INPUT: it has been told. */
int slurp_file(const char *path, struct buf *out);
/* A file that need not be there: then *is_there is false. */
int slurp_maybe(const char *path, struct buf *out, bool *is_there);

#endif
