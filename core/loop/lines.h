/* SPDX-License-Identifier: MIT */
/*
 * lines - a stream of lines, or of text without any form, in frames; any cut.
 *
 * A line's frame is the line without its end (LF or CRLF); an empty one is a sign of life and no frame.  Text without form is given as it
 * comes, except that no character is cut in two: what is no UTF-8 goes on as it is.
 */
#ifndef LOOP_LINES_H
#define LOOP_LINES_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "base/buf.h"

struct lines {
    struct buf held; /* a line that has no end yet; or the beginning of a character */
    bool is_raw;     /* text without form */
    uint64_t signs;  /* frames and empty lines */
    uint64_t taken;  /* bytes read; in the callback: up to the end of the frame */
};

/* Called for each frame, lent for the call; a non-zero answer stops the reading and is returned. */
typedef int lines_fn(void *ctx, struct cp_str line);

void lines_init(struct lines *, bool is_raw, size_t line_max);
void lines_fini(struct lines *);
/* 0, what the callback returned, or E_LIMIT (a line too long). */
int lines_feed(struct lines *, struct cp_str bytes, lines_fn *, void *ctx);
/* At the end: a last line that has no end is one. */
int lines_end(struct lines *, lines_fn *, void *ctx);

#endif
