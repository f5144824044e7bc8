/* SPDX-License-Identifier: MIT */
/*
 * record - what is remembered of a request when it is over: one struct cp_record, left in the diary.
 *
 * The worker fills it from what the exchange knows anyway and leaves a copy; sums, history, metrics and news are made
 * of it elsewhere.  Nothing here waits, and nothing is built when nobody keeps it.
 */
#ifndef FLOW_RECORD_H
#define FLOW_RECORD_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct exchange;
struct tries;

enum { RECORD_TRIES = 24, RECORD_TRACE_BYTES = 16 << 10 };

/* Room for the attempts of an exchange and its twin; in the request's arena. */
struct tries *record_tries(struct exchange *);
/*
 * The attempt at hand is over; once each, later calls do nothing.
 *
 * is_cut  it broke off, or ended in an error event, after the client had seen something of it
 */
void record_try(struct exchange *, bool is_ok, bool is_cut);
/* Why it was not served, in a word of a closed list: its last attempt's outcome, or what its status means; absent: it was. */
struct cp_str record_cause(const struct exchange *);
/* The exchange is over.  peer: whose address it is said to be.  Nothing happens where there is no diary, or no client API. */
void record_leave(struct exchange *, struct cp_str peer);

#endif
