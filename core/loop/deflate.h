/* SPDX-License-Identifier: MIT */
/*
 * deflate - gzip, of what is packed once and sent often.
 */
#ifndef LOOP_DEFLATE_H
#define LOOP_DEFLATE_H

#include <claude-proxy/plugin.h>

struct buf;

/*
 * Appends one gzip member: the same bytes for the same text, without name or time.
 *
 * At zlib's usual level: the highest saves half a percent more of scripts, for twice the time.  0; E_LIMIT: out's ceiling, or in is longer than 1 GiB.
 */
int deflate_gzip(struct cp_str in, struct buf *out);

#endif
