/* SPDX-License-Identifier: MIT */
/*
 * sse - bytes to frames, any cut; and whether bytes end between frames.
 *
 * LF, CRLF and lone CR end lines; one BOM is skipped; comments count as life but give no frame; several data lines join
 * with LF; a last event without its blank line is given by sse_end().  From a line on that begins with '{' or '['
 * everything is collected as loose text: some upstreams answer a stream request with plain JSON.  It ends when an
 * event or data line comes after all.  source: WHATWG HTML 9.2
 */
#ifndef LOOP_SSE_H
#define LOOP_SSE_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "base/buf.h"

struct sse {
    struct buf line;       /* unfinished line */
    struct buf data;       /* data lines of the event so far, without the one in pending */
    struct cp_str pending; /* the newest data line where it lies; only while fed */
    struct buf loose;      /* lines that are neither field nor comment */
    char event[64];        /* longer names are cut */
    size_t event_n, line_max, event_max;
    bool has_data, after_cr, in_loose;
    bool in_block; /* a field line came since the last blank line */
    /* Asked after each line that was added to loose; a non-zero answer stops sse_feed().  NULL: nobody is. */
    int (*loose_fn)(void *ctx, struct cp_str line);
    uint8_t bom;   /* bytes of the BOM seen; 4: past it */
    size_t torn_n; /* bytes since the last whole event or comment */
    uint64_t frames, comments;
    uint64_t taken; /* bytes up to the end of the line at hand; in the callback: of the event */
};

/* Called for each whole frame; a non-zero answer stops sse_feed() and is returned by it. */
typedef int sse_frame_fn(void *ctx, const struct cp_frame *);

void sse_init(struct sse *, size_t line_max, size_t event_max);
void sse_fini(struct sse *);
/* 0, what the callback returned, or E_LIMIT (a line or event too long).  Frames are slices of bytes where they lie
 * whole in them: lent for the call. */
int sse_feed(struct sse *, struct cp_str bytes, sse_frame_fn *, void *ctx);
int sse_end(struct sse *, sse_frame_fn *, void *ctx);
/* True when everything fed so far was whole events: a cut here loses no half event. */
bool sse_at_boundary(const struct sse *);
/* Of the bytes fed so far, how many at the end belong to an event that is not whole yet: what a cut here would
 * tear.  A relay hands on everything before them. */
size_t sse_torn(const struct sse *);
struct cp_str sse_loose(const struct sse *);
/* The loose text was read: what comes now begins anew. */
void sse_loose_done(struct sse *);

#endif
