/* SPDX-License-Identifier: MIT */
/*
 * pieces - several slices read as one body, without joining them.
 */
#ifndef LOOP_PIECES_H
#define LOOP_PIECES_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct pieces {
    const struct cp_str *at; /* lent */
    size_t n, i, offset;     /* next byte: at[i].p[offset] */
    uint64_t total;
};

void pieces_init(struct pieces *, const struct cp_str *, size_t n);
size_t pieces_read(struct pieces *, char *to, size_t room); /* bytes copied; 0: the end */
int pieces_seek(struct pieces *, uint64_t from_start);      /* 0 or E_LIMIT: beyond the end */

#endif
