/* SPDX-License-Identifier: MIT */
/*
 * pass - keys of a few minutes, with which the panel asks models what its reader types.
 *
 * The panel has a session and no key; the doors of clients take keys and no session.  A pass is between the two: whoever
 * administers is given one (POST /api/try), and it opens the client APIs as the access key does, under the name "panel".
 *
 * A pass is nowhere remembered: it says until when it holds and whose it is, and proves by a digest under a secret of this process
 * that we have said so.  What is remembered, for as long as a pass can hold, is which sessions have ended: theirs end with them.
 */
#ifndef FLOW_PASS_H
#define FLOW_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct buf;
struct parcel;
struct pass_mint;

enum { PASS_MS = 5 * 60 * 1000, PASS_CHARS = 64 };

enum pass_verdict {
    PASS_NONE = 0, /* it does not look like one */
    PASS_GOOD = 1,
    PASS_OVER = 2,  /* it was one of ours */
    PASS_FALSE = 3, /* it looks like one, and is not ours, or not this process's */
    PASS_ENDED = 4, /* it was one of ours, and its session has ended */
};

/* Any thread may use it. */
struct pass_mint *pass_mint_new(void);
void pass_mint_free(struct pass_mint *); /* wipes first */

/* No two are the same.  session: the id of the session that asks, absent if it is none.  now_ms: monotonic. */
void pass_make(const struct pass_mint *, struct cp_str session, int64_t now_ms,
               char out[PASS_CHARS + 1]);
/* A session has ended, and its passes with it; absent: every session.  mint may be NULL. */
void pass_end(struct pass_mint *mint, struct cp_str session, int64_t now_ms);
/* In a time that does not tell how much of it is right.  mint NULL: there is none that is good. */
enum pass_verdict pass_check(struct pass_mint *mint, struct cp_str candidate, int64_t now_ms);
/* Its secret, and what has ended, as parcels for the process that takes this one's place: what holds here holds there. */
void pass_mint_pack(struct pass_mint *, struct buf *out);
/* Before any thread uses it.  False: a parcel of another kind. */
bool pass_mint_unpack(struct pass_mint *, const struct parcel *);

#endif
