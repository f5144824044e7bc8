/* SPDX-License-Identifier: MIT */
/*
 * frames - an upstream's stream as frames, in whichever of its forms it comes.
 *
 * Server-sent events, one JSON array whose elements are the frames' data, lines, or text without form.  JSON that stands
 * bare between or behind events (services report errors so) is a frame named "error" as soon as it is whole.
 */
#ifndef LOOP_FRAMES_H
#define LOOP_FRAMES_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "loop/lines.h"
#include "loop/sse.h"
#include "json/array.h"

struct frames {
    uint32_t framing; /* CP_SSE, CP_ARRAY, CP_LINES or CP_RAW */
    struct sse sse;
    struct json_array array;
    struct lines lines;
    size_t loose_depth;  /* brackets open in the loose text */
    bool loose_is_known; /* it was whole once, and looked at */
    sse_frame_fn *fn;    /* only while fed */
    void *ctx;
};

/* As a stream that is framed so is read: with CRLF it is no other. */
uint32_t frames_form(uint32_t framing);
void frames_init(struct frames *, uint32_t framing, size_t line_max, size_t event_max);
void frames_fini(struct frames *);
/* 0, what the callback returned, E_LIMIT, or E_SYNTAX (an array that is none). */
int frames_feed(struct frames *, struct cp_str bytes, sse_frame_fn *, void *ctx);
/* At the upstream's end: what may be told without its last blank line, and loose JSON behind events. */
int frames_end(struct frames *, sse_frame_fn *, void *ctx);
/* Of the bytes fed so far, how many at the end belong to a frame that is not whole. */
size_t frames_torn(const struct frames *);
/* Grows with every frame and every comment: the upstream is alive. */
uint64_t frames_signs(const struct frames *);
/* In the callback: how many bytes were read up to the end of the frame. */
uint64_t frames_taken(const struct frames *);
/* After frames_end(): an object that came instead of any frame; else absent or empty. */
struct cp_str frames_loose(const struct frames *);

#endif
