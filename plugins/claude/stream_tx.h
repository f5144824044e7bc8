/* SPDX-License-Identifier: MIT */
/*
 * stream_tx - what the two halves of the outgoing stream share: parts (stream_tx.c) and the
 * blocks they become on the wire (stream_blocks.c).
 */
#ifndef CLAUDE_STREAM_TX_H
#define CLAUDE_STREAM_TX_H

#include "claude.h"
#include "hosted.h"

enum { REFUSAL_BYTES = 1024 };

/* A part that has to wait until the current one is done. */
struct waiting {
    struct waiting *next;
    struct refs items; /* copies */
    uint32_t index;
    int is_closed;
};

struct now { /* the current part                                    */
    int is_active;
    int is_written; /* its content_block_start is out                      */
    int has_text;
    uint32_t index, kind, sub;
    int64_t num;
    struct cp_str id, name, meta;
    struct cp_str held; /* what came before its start could be written         */
    const struct cp_item *state;
};

struct tx {
    const struct cp_item *start, *stop;
    int is_started, is_finished, has_call, has_refusal, has_noted_choices;
    int is_lingering; /* a thought is over, but its block still open         */
    int enclosed;     /* depth of what an answer has no room for             */
    int64_t blocks;   /* begun so far; the last one's index is one less      */
    struct now now;
    struct waiting *first, *last;
    struct claude_usage usage;
    struct refs natives[2]; /* members of the message: known at its start, and after it */
    struct hosted *hosted;
    size_t refusal_n;
    char refusal[REFUSAL_BYTES];
};

/* One call of tx_item. */
struct sending {
    struct tx *tx;
    struct cp_call *call;
    struct cp_out *out;
    int rc;
};

/* Of the current part. */
void claude_block_piece(struct sending *s, const struct cp_item *it);
void claude_block_state(struct sending *s, const struct cp_item *it);
void claude_block_cite(struct sending *s, const struct cp_item *it);
void claude_block_end(struct sending *s);
/* State of a part that is over. */
void claude_block_late_state(struct sending *s, const struct cp_item *state);
/* A block that was never taken apart. */
void claude_block_whole(struct sending *s, const struct cp_item *it);
/* Results of other makers' hosted tools that never came. */
void claude_block_results(struct sending *s);
/* Nothing stays open. */
void claude_block_settle(struct sending *s);

#endif
