/* SPDX-License-Identifier: MIT */
/*
 * dump - a tape as text and back: golden files, logs, authors.
 *
 * One item a line:  KIND [flags] [#index] [choice=N] [sub=WORD] [name=..] [id=..] [meta=..] [num=N] [text]
 * Strings are JSON strings, or bare words when they are safe ones.  dump_read(dump_write(t)) == t.
 */
#ifndef IR_DUMP_H
#define IR_DUMP_H

#include <claude-proxy/plugin.h>

struct buf;
struct err;
struct cp_tape;

void dump_item(struct buf *, const struct cp_item *);
void dump_write(struct buf *, const struct cp_tape *);
/* Emits the items of text into tape; err->where is "line N". */
int dump_read(struct cp_str text, struct cp_tape *tape, struct err *);

#endif
