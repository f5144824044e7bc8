/* SPDX-License-Identifier: MIT */
/*
 * frames - an upstream's stream as frames, in whichever of its forms it comes.
 *
 * Server-sent events, or one JSON array whose elements are the frames' data.  JSON that stands bare between or
 * behind events (services report errors so) is a frame named "error" as soon as it is whole.
 */
#ifndef LOOP_FRAMES_H
#define LOOP_FRAMES_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "loop/sse.h"
#include "json/array.h"

struct frames {
    bool is_array;
    struct sse sse;
    struct json_array array;
    size_t loose_depth;  /* brackets open in the loose text */
    bool loose_is_known; /* it was whole once, and looked at */
    sse_frame_fn *fn;    /* only while fed */
    void *ctx;
};

void frames_init(struct frames *, bool is_array, size_t line_max, size_t event_max);
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
