/* SPDX-License-Identifier: MIT */
/*
 * tape - items in an arena: borrow or copy, sorted sections, the set of kinds seen.
 *
 * The tape is what struct cp_tape of the ABI is.  A slice that lies inside one of the borrowed
 * texts is kept as it is; everything else is copied into the tape's arena.  Every item passes the grammar first.
 * A tape that refused an item stays failed.
 */
#ifndef IR_TAPE_H
#define IR_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "ir/grammar.h"

struct arena;

struct tape_limits {
    uint32_t items; /* most items (default 200 000) */
    size_t bytes;   /* most copied bytes */
};

struct cp_tape {
    struct arena *arena;      /* lent: lives longer than the tape */
    struct cp_item **items;   /* item i */
    uint32_t n, cap;
    uint64_t kinds;           /* CP_BIT(kind) of all items seen, also of forgotten ones */
    uint32_t want;            /* CP_WANT_*: emit() answers CP_ENOUGH when it is satisfied */
    struct cp_str borrow[2];  /* texts whose slices need no copy */
    struct tape_limits limits;
    size_t copied;
    struct grammar grammar;
    struct err err;           /* code != 0: failed */
    bool is_sorted;
};

/* phase: enum cp_phase; want: CP_WANT_*; borrow may be absent. */
void tape_init(struct cp_tape *, struct arena *, int phase, uint32_t want, struct cp_str borrow);
int tape_emit(struct cp_tape *, const struct cp_item *);
/* Item i in section order (requests); NULL past the end. */
const struct cp_item *tape_item(const struct cp_tape *, size_t i);
/* After decode of a whole body: grammar's end check, then the stable sort of the head sections. */
int tape_finish(struct cp_tape *);
/* For streams: forgets the items (they have been passed on), keeps the grammar's state.  The memory of
 * copies is reclaimed: items are valid until the next tape_forget(). */
void tape_forget(struct cp_tape *);
/* Joins neighbouring pieces of a block into one: canonical form, for tests and for whole-body encodes of streams. */
int tape_join(const struct cp_tape *from, struct cp_tape *to);
/* Common look-ups; NULL if not there. */
const struct cp_item *tape_find(const struct cp_tape *, uint32_t kind);
struct cp_str tape_param(const struct cp_tape *, const char *name); /* JSON value; absent: p NULL */
/* Shown content, tool calls or a stop: what opens the gate before a stream is committed. */
bool tape_shows_content(const struct cp_tape *);

#endif
