/* SPDX-License-Identifier: MIT */
/*
 * captures_private - what the files of captures share: how a line is spelled, what is read of old files.
 */
#ifndef ADMIN_CAPTURES_PRIVATE_H
#define ADMIN_CAPTURES_PRIVATE_H

#include "admin/captures.h"

struct buf;

/* captures_line.c: each one line with its newline */
void captures_line(const struct capture_piece *, struct buf *out);
void captures_line_begin(const struct capture_state *, struct buf *out);
void captures_line_lost(uint64_t n, struct buf *out);
void captures_line_over(const struct capture_state *, struct buf *out);

/* captures_shelf.c: files that are there, whoever wrote them */
bool captures_is_id(struct cp_str);
uint32_t captures_scan(const char *dir, struct capture_state *out, uint32_t most);
bool captures_read(const char *dir, struct cp_str id, struct capture_state *out);
/* Files that are older than so many seconds go. */
void captures_sweep(const char *dir, int64_t age_s);

#endif
