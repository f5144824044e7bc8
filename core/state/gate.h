/* SPDX-License-Identifier: MIT */
/*
 * gate - how many may be under way, and how many (and how much) in a minute.
 *
 * Requests and tokens a minute are token buckets that hold one minute's worth, each kept as one time: when the bucket
 * would be full again (GCRA).  Tokens are not known before the answer: what is guessed is taken at the
 * door and made good by gate_settle(), so the bucket may owe for a while.
 *
 * Any thread, no lock: each question is one or two compare-and-swaps.  Times: monotonic microseconds inside,
 * milliseconds outside.  Zeroed memory is an empty gate.
 */
#ifndef STATE_GATE_H
#define STATE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* 0: no limit; see struct conf_caps. */
struct gate_rules {
    int64_t concurrency, rpm, tpm;
};

struct gate {
    _Atomic int64_t inside;  /* under way; counted with or without a limit */
    _Atomic int64_t full_us; /* requests: when the bucket is full again */
    _Atomic int64_t owed_us; /* tokens: likewise */
    _Atomic int64_t last_us; /* when one came in last, where tokens are limited */
};

enum gate_answer { GATE_OPEN = 0, GATE_CONCURRENCY = 1, GATE_RPM = 2, GATE_TPM = 3 };

/*
 * May one more with about so many tokens come in?  Takes nothing.  wait_ms (may be NULL): in how long it may; -1: when
 * one leaves.  More tokens than a minute has may come in when the bucket is full; no debt is waited for longer than an hour.
 */
enum gate_answer gate_look(const struct gate *, const struct gate_rules *, int64_t tokens,
                           int64_t now_ms, int64_t *wait_ms);
/* The same, and comes in if it may: then gate_leave() once. */
enum gate_answer gate_enter(struct gate *, const struct gate_rules *, int64_t tokens,
                            int64_t now_ms, int64_t *wait_ms);
void gate_leave(struct gate *);
/* Instead of gate_leave(): it came in and was not sent, so the request and its tokens did not happen. */
void gate_undo(struct gate *, const struct gate_rules *, int64_t tokens);
/* guessed were taken, spent were used: the bucket is as if spent had been known at the door. */
void gate_settle(struct gate *, const struct gate_rules *, int64_t guessed, int64_t spent);
int64_t gate_inside(const struct gate *);

#endif
