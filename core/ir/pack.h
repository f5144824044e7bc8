/* SPDX-License-Identifier: MIT */
/*
 * pack - items as few bytes, for keeping a piece of a tape.
 *
 * Ten bytes and the texts for an item.  What was packed by another version of the program is
 * simply not read.
 */
#ifndef IR_PACK_H
#define IR_PACK_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct buf;

void pack_item(struct buf *, const struct cp_item *);
/* Takes the next item off *rest; its texts are slices.  False at the end, or when the bytes are none. */
bool pack_next(struct cp_str *rest, struct cp_item *);

#endif
