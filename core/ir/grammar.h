/* SPDX-License-Identifier: MIT */
/*
 * grammar - what may follow what on a tape.
 *
 * See the picture in grammar.c.  Fed one item at a time; knows nothing of arenas or dialects.
 */
#ifndef IR_GRAMMAR_H
#define IR_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "ir/kind.h"

struct err;

enum { GRAMMAR_OPEN_BLOCKS = 128, GRAMMAR_ENCLOSE = 4 };

struct grammar_block {
    uint32_t index;
    uint8_t choice; /* below 64 */
    uint8_t kind;
    uint8_t level; /* enclosures open around it */
};

struct grammar {
    uint8_t phase;                    /* enum cp_phase */
    bool is_started, is_ended;        /* START seen; END or ERROR seen */
    bool is_busy;                     /* something that must follow START was seen */
    bool can_mark;                    /* a CACHE_MARK may come now */
    uint8_t depth;                    /* enclosures open inside the message */
    uint8_t enclose[GRAMMAR_ENCLOSE]; /* their kinds */
    uint32_t enclose_choice;          /* whose they are */
    uint64_t items;                   /* seen so far */
    uint64_t messages_open;           /* bit: this choice has an open MESSAGE */
    uint64_t messages_seen;           /* bit: it had one */
    uint64_t stopped;                 /* bit: it has its STOP */
    uint32_t open_n;
    struct grammar_block open[GRAMMAR_OPEN_BLOCKS];
};

void grammar_init(struct grammar *, int phase);
/*
 * 0; E_BUG: a plugin broke its promise; E_SYNTAX: text that is no UTF-8, a control byte in a name (the plugin
 * only handed on what it got); E_LIMIT: too many blocks open at once.  After an error the state is as before.
 */
int grammar_check(struct grammar *, const struct cp_item *, struct err *);
/* At the end of a tape: nothing open, END or ERROR seen. */
int grammar_end(const struct grammar *, struct err *);
/* The open block an item of this index and choice belongs to; NULL: none. */
const struct grammar_block *grammar_open(const struct grammar *, const struct cp_item *);
/* MESSAGE, TOOL_RESULT, MEDIA made of parts: do these two ends enclose others? */
bool grammar_encloses(const struct grammar *, const struct cp_item *);
/* TEXT, TOOL_CALL, ...: kinds that come in pieces. */
bool grammar_is_block(uint32_t kind);

#endif
