/* SPDX-License-Identifier: MIT */
/*
 * marks - what is known of one detail of a thing until a time: a bounded table for all that has no record of its own.
 *
 *   MARK_MODEL     owner: a record's name (vitals.h); detail: a model: it does not serve this model now
 *   MARK_REFUSED   owner: a channel; detail: cp_verdict.refused: it does not know this part of a request
 *   MARK_PROMOTED  owner: a family, or "" for all; detail: a channel: it goes first
 *
 * Any thread; a short lock, taken only where something may be found: looking costs one load while there is no mark of that
 * kind.  When the table is full, the owner that has the most gives up the mark that ends first; promotions go last.  No owner
 * has more than MARKS_REFUSED_MOST of MARK_REFUSED: one more takes the place of the one that ends first.
 * Times: monotonic milliseconds.
 */
#ifndef STATE_MARKS_H
#define STATE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "state/cooldown.h"

enum mark_kind { MARK_MODEL = 1, MARK_REFUSED = 2, MARK_PROMOTED = 3 };

enum { MARKS_MOST = 4096, MARKS_REFUSED_MOST = 32, MARK_BYTES = 256 };

struct marks;

struct mark {
    enum mark_kind kind;
    struct cp_str owner, detail; /* lent for the call; at most MARK_BYTES each, cut if longer */
    int64_t until_ms;
    struct cooldown_cause cause;
};

struct marks *marks_new(void);
void marks_free(struct marks *);
/* Sets or prolongs (never shortens; MARK_PROMOTED is set as told); until <= now removes. */
void marks_put(struct marks *, const struct mark *, int64_t now_ms);
/* 0: there is none; else its end. */
int64_t marks_until(struct marks *, enum mark_kind, struct cp_str owner, struct cp_str detail,
                    int64_t now_ms);
/* Ends the mark, if it was there at that time already: what was learned since stays.  True if it did. */
bool marks_end(struct marks *, enum mark_kind, struct cp_str owner, struct cp_str detail,
               int64_t at_ms);
/* Details of this owner one after the other, copied into out; *at starts at 0; false: no more. */
bool marks_next(struct marks *, enum mark_kind, struct cp_str owner, size_t *at, int64_t now_ms,
                char out[MARK_BYTES + 1]);
/* Absent owner or detail: all of them.  Returns how many went. */
uint32_t marks_drop(struct marks *, enum mark_kind, struct cp_str owner, struct cp_str detail);
/* All that are not over, whoever's; the lock is not held while fn runs. */
void marks_each(struct marks *, int64_t now_ms, void (*fn)(void *ctx, const struct mark *),
                void *ctx);

#endif
