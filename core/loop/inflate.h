/* SPDX-License-Identifier: MIT */
/*
 * inflate - compressed bodies to plain ones, piece by piece, with a bomb limit.
 *
 * gzip, deflate (zlib or raw), br and zstd; several codings in one header ("gzip, zstd") are refused.  Each
 * library has its own file (inflate_zlib.c, inflate_br.c, inflate_zstd.c).
 */
#ifndef LOOP_INFLATE_H
#define LOOP_INFLATE_H

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct buf;
struct inflate;

/* coding: the header's value.  0; E_UNSUPPORTED: 415; "identity" or absent gives *z = NULL and 0. */
int inflate_open(struct inflate **z, struct cp_str coding);
/* Appends to out.  E_LIMIT: out's ceiling, or more than 200 times the input beyond 1 MiB (a bomb); E_SYNTAX: broken. */
int inflate_feed(struct inflate *, struct cp_str in, struct buf *out);
int inflate_end(struct inflate *); /* E_SYNTAX: it stopped in the middle */
void inflate_close(struct inflate *);

#endif
