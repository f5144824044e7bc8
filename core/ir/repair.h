/* SPDX-License-Identifier: MIT */
/*
 * repair - one pass that makes any client's conversation one that every service takes.
 *
 * What it promises to encoders stands in plugin.h, below the table of items; what it had to do to
 * keep the promise it reports, item by item.  It is a pure function: the same conversation gives
 * the same bytes in every turn, or prompt caches would never hit.
 */
#ifndef IR_REPAIR_H
#define IR_REPAIR_H

#include "ir/tape.h"

/* Told of everything that was changed or left out; item is one of the tape given. */
typedef void repair_note_fn(void *ctx, int deed, const struct cp_item *, const char *why);

/*
 * from     a finished request tape
 * maker    the dialect that will encode it: what only other makers could read is left out
 * to       initialised with the request's arena; shares the texts of from, which must live as long
 * returns  0; E_UNSUPPORTED when leaving something out would lose the conversation itself (an
 *          encrypted compaction or a reference that only its maker can read): to->err says which
 */
int tape_repair(const struct cp_tape *from, struct cp_str maker, struct cp_tape *to,
                repair_note_fn *note, void *ctx);

#endif
