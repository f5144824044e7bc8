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

/* Between whom the conversation goes. */
struct repair_ends {
    struct cp_str client;   /* the dialect it came in; absent: the upstream's */
    struct cp_str upstream; /* the dialect that will say it: what only other makers could read
                             * is left out */
    const char *reads; /* other makers whose STATE may stay (cp_adapter.reads); may be NULL */
};

/*
 * from     a finished request tape
 * to       initialised with the request's arena, wanting all; shares the texts of from, which must live
 *          as long
 * returns  0; E_UNSUPPORTED when leaving something out would lose the conversation itself (an
 *          encrypted compaction or a reference that only its maker can read); E_LIMIT: to->err says which
 * cost     O(items)
 */
int tape_repair(const struct cp_tape *from, const struct repair_ends *, struct cp_tape *to,
                repair_note_fn *note, void *ctx);

#endif
