/* SPDX-License-Identifier: MIT */
/*
 * tape - items in an arena: borrow or copy, sorted sections, the set of kinds seen.
 *
 * The tape is what struct cp_tape of the ABI is.  A slice that lies inside one of the borrowed
 * texts is kept as it is; everything else is copied into the tape's arena.  Every item passes the
 * grammar first.  A tape that refused an item stays failed.
 *
 * Not thread-safe: one exchange, one thread.
 */
#ifndef IR_TAPE_H
#define IR_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "ir/grammar.h"

struct arena;

/* Between two tape_forget(). */
struct tape_limits {
    uint32_t items; /* most items (default 200 000) */
    size_t bytes;   /* most copied bytes (default 64 MiB) */
};

struct cp_tape {
    struct arena *arena;    /* lent: lives longer than the tape */
    struct arena *own;      /* copies of a stream, emptied by tape_forget(); dies with arena */
    struct cp_item **items; /* item i */
    uint32_t n, cap;
    uint64_t kinds;          /* CP_BIT(kind) of all items seen, also of forgotten ones */
    uint32_t want;           /* CP_WANT_*: emit() answers CP_ENOUGH when it is satisfied */
    struct cp_str borrow[2]; /* texts whose slices need no copy */
    struct tape_limits limits;
    size_t copied; /* bytes, since the last tape_forget() */
    struct grammar grammar;
    struct err err; /* code != 0: failed */
    bool is_sorted;
    bool shows_content; /* tape_shows_content() */
    bool is_sharing;    /* inside tape_share() */
};

/* phase: enum cp_phase; want: CP_WANT_*; borrow may be absent. */
void tape_init(struct cp_tape *, struct arena *, int phase, uint32_t want,
               struct cp_str borrow);
/*
 * Checks, copies, appends.  Without CP_WANT_CONTENT the content is checked and counted in kinds, but not kept.
 * TOOL_RESULT, MESSAGE and MEDIA made of parts that open and close at once become two items.
 *
 * returns  0; CP_ENOUGH when only the route was wanted and START is there; else the tape's error
 */
int tape_emit(struct cp_tape *, const struct cp_item *);
/* The same for an item whose texts have been on a tape and live as long as this one: they are not copied, nor
 * is their JSON checked again. */
int tape_share(struct cp_tape *, const struct cp_item *);
/* Item i in section order (requests); NULL past the end. */
const struct cp_item *tape_item(const struct cp_tape *, size_t i);
/* After decode of a whole body: grammar's end check, then the stable sort of the head sections.
 * 0 or the tape's error; harmless when called again. */
int tape_finish(struct cp_tape *);
/* For streams: forgets the items (they have been passed on), keeps the grammar's state.  The memory of
 * copies is reclaimed: items are valid until the next tape_forget(). */
void tape_forget(struct cp_tape *);
/*
 * Joins the pieces of each block where the block began, and the last word of each meter before the end: the
 * canonical form, for tests and for whole-body encodes of streams.  Index is 0, STATE and CITE come after the
 * text, an empty text is none.
 *
 * to       initialised; gets copies
 * returns  0 or to's error
 */
int tape_join(const struct cp_tape *from, struct cp_tape *to);
/* Common look-ups; NULL if not there. */
const struct cp_item *tape_find(const struct cp_tape *, uint32_t kind);
struct cp_str tape_param(const struct cp_tape *,
                         const char *name); /* JSON value; absent: p NULL */
/* Shown content, tool calls or a stop in the upstream's own word: what opens the gate before a stream is committed. */
bool tape_shows_content(const struct cp_tape *);

#endif
