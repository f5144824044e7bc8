/* SPDX-License-Identifier: MIT */
/*
 * dump - a tape as text and back: golden files, logs, authors.
 *
 * One item a line:
 *
 *     KIND [flags] [#index] [choice=N] [sub=WORD] [num=N] [name=S] [id=S] [meta=S] [text]
 *
 * flags   + opens, - closes, * both, | begins a new segment
 * S       a bare word of letters, digits and _-./:@ or a JSON string
 * text    a JSON string; or "= " and the rest of the line as it stands (JSON values)
 *
 * What is 0 or absent is left out; an empty text is "".  Empty lines and lines that begin with #
 * are skipped when reading.  dump_read(dump_write(t)) == t.
 */
#ifndef IR_DUMP_H
#define IR_DUMP_H

#include <claude-proxy/plugin.h>

struct buf;
struct err;
struct cp_tape;

void dump_item(struct buf *, const struct cp_item *);
void dump_write(struct buf *, const struct cp_tape *);
/* Emits the items of text into tape; err->where is "line N".  0, E_SYNTAX, or what the tape said. */
int dump_read(struct cp_str text, struct cp_tape *tape, struct err *);

#endif
