/* SPDX-License-Identifier: MIT */
/*
 * answer - what comes back: head, bytes, end, within limits and deadlines.
 *
 * One timer serves all deadlines.  Silence is measured lazily: bytes only note the time, and the
 * timer, when it fires too early, is set again.
 *
 *   CONNECT --connected--> HEAD --final head--> BODY --> end
 *   (connect_ms)           (first_byte_ms)      (idle_ms)     total_ms over all
 */
#ifndef LOOP_ANSWER_H
#define LOOP_ANSWER_H

#include <claude-proxy/plugin.h>

struct transfer;
struct transfer_end;

void answer_begin(struct transfer *); /* the clocks start */
void answer_again(struct transfer *); /* the connection was dead: back to connecting */
void answer_fini(struct transfer *);
/* Notes the first reason of a failure; always returns -1. */
int answer_fail(struct transfer *, int net, const char *fmt, ...) CP_PRINTF(3, 4);
/* Also when a dead kept connection is replaced: the request starts anew, and so does its time. */
void answer_connected(struct transfer *);
/* More of the request is on its way: the answer cannot be late yet. */
void answer_awaited(struct transfer *);
/* One line of a head, with its line end.  0, or -1: give up (net is set, or it was cancelled). */
int answer_line(struct transfer *, struct cp_str line);
/* 0, or -1: give up.  Not to be called while is_paused. */
int answer_bytes(struct transfer *, struct cp_str);
void answer_resumed(struct transfer *); /* the idle clock runs again */
/* Fills what is not filled yet and calls end(). */
void answer_end(struct transfer *, struct transfer_end *);

#endif
