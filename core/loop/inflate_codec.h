/* SPDX-License-Identifier: MIT */
/*
 * inflate_codec - what inflate.c asks of each compression library's door.
 */
#ifndef LOOP_INFLATE_CODEC_H
#define LOOP_INFLATE_CODEC_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct buf;

struct inflate_codec {
    const char *coding; /* "gzip" */
    void *(*open)(void);
    /* Appends at most `room` bytes to out.  0, E_SYNTAX, or E_LIMIT: more would come, or out is full. */
    int (*feed)(void *state, struct cp_str in, size_t room, struct buf *out);
    bool (*is_whole)(
        const void *state); /* all that was fed was complete streams, at least one */
    void (*close)(void *state);
};

extern const struct inflate_codec inflate_zlib_gzip, inflate_zlib_deflate;
extern const struct inflate_codec inflate_br_codec;
extern const struct inflate_codec inflate_zstd_codec;

#endif
