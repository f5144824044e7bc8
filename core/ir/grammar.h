/* SPDX-License-Identifier: MIT */
/*
 * grammar - what may follow what on a tape.
 *
 * See the picture in grammar.c.  Fed one item at a time; knows nothing of arenas or dialects.
 */
#ifndef IR_GRAMMAR_H
#define IR_GRAMMAR_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct err;

enum { GRAMMAR_OPEN_BLOCKS = 128, GRAMMAR_ENCLOSE = 4 };

struct grammar {
    uint8_t phase;   /* enum cp_phase */
    uint8_t started, ended;
    uint8_t depth;                          /* enclosing items open */
    uint8_t enclose[GRAMMAR_ENCLOSE];       /* their kinds */
    uint16_t open_n;                        /* blocks open */
    struct { uint32_t index, choice; uint8_t kind; } open[GRAMMAR_OPEN_BLOCKS];
    uint64_t messages_open;                 /* bit: choice (below 64) has an open MESSAGE (responses) */
    uint64_t stopped;                       /* bit: choice has its STOP */
};

void grammar_init(struct grammar *, int phase);
/* 0, or E_BUG with the reason: a plugin broke its promise. */
int grammar_check(struct grammar *, const struct cp_item *, struct err *);
/* At the end of a tape: nothing open, END or ERROR seen. */
int grammar_end(const struct grammar *, struct err *);

const char *kind_name(uint32_t kind); /* "TOOL_CALL"; "?" */
int kind_by_name(struct cp_str name); /* 0: none */

#endif
