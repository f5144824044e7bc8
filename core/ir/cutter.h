/* SPDX-License-Identifier: MIT */
/*
 * cutter - ends an answer before the first of its stop sequences, for services that cannot.
 *
 * A filter between the upstream's items and the client's: text that may be the beginning of a
 * sequence is held back until the next piece tells; what matched, and all that its candidate says
 * after it, is left out, and a STOP says which sequence it was.  However the text is cut into
 * pieces, the same text comes out.  Only TEXT is searched, each block for itself: neither thoughts
 * nor a call's arguments are what the model says.
 *
 * Not thread-safe: one exchange, one thread.
 */
#ifndef IR_CUTTER_H
#define IR_CUTTER_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;

enum { CUTTER_STOPS = 64, CUTTER_BLOCKS = 128 };

/* Where the filtered items go: 0 or what went wrong, which cutter_item() returns. */
typedef int cutter_emit_fn(void *ctx, const struct cp_item *);

struct cutter;

/*
 * stops    1..CUTTER_STOPS sequences, none empty; must live as long
 * choices  how many candidates were asked for
 */
struct cutter *cutter_new(struct arena *, const struct cp_str *stops, size_t stops_n,
                          uint32_t choices, cutter_emit_fn *emit, void *ctx);
/* One item of a response.  Its texts, and those of what is emitted, are lent for the call. */
int cutter_item(struct cutter *, const struct cp_item *);
/* Every candidate was cut: nothing that the upstream could still say would be used but its usage. */
bool cutter_is_done(const struct cutter *);
/* At least one candidate was cut. */
bool cutter_has_cut(const struct cutter *);
/* Reads PARAM stop's array of strings; blanks count, empty ones do not.  How many. */
size_t cutter_stops(struct arena *, struct cp_str json, struct cp_str stops[CUTTER_STOPS]);

#endif
