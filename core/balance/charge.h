/* SPDX-License-Identifier: MIT */
/*
 * charge - how an attempt ended, to the health of whose doing it was.
 *
 *   fault     cool-down of                              breakers
 *   client    nobody                                    nothing (given back)
 *   key       the key (for_model: this model there)     path: failed, unless it is a matter of quota or of rights
 *   model     this model at the channel                 nothing
 *   upstream  the base URL                              path: failed; channel: if no other base URL is well
 *   network   the base URL                              likewise
 *
 * A success clears all of them, moves the exhausted keys of the channel behind the others, and is the
 * conversation's home from now on.
 *
 * Of operations that take no slot (pick.h) only what holds for chats, too, is booked: a key that is revoked, a base URL that
 * cannot be reached.
 */
#ifndef BALANCE_CHARGE_H
#define BALANCE_CHARGE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "balance/pick.h"

enum charge_result {
    CHARGE_OK = 1,     /* it served */
    CHARGE_FAILED = 2, /* verdict says whose fault it was */
    CHARGE_NEUTRAL =
        3 /* nothing was learned: the client left, we could not say it, a lost hedge */
};

struct outcome {
    enum charge_result result;
    struct cp_verdict verdict; /* of CHARGE_FAILED */
    uint32_t wait_source;      /* enum cooldown_source of verdict.wait_ms */
    int32_t status;
    bool is_cut;         /* it broke off after the client had something: a short rest */
    bool is_unsent;      /* of CHARGE_NEUTRAL: nothing was sent, so no cap need know of it */
    struct cp_str model; /* as the client says it */
    int64_t first_content_us; /* since the attempt began; -1: none came, or it is no stream */
    int64_t tokens;           /* used, all together; -1: not told */
    const struct session *session;
    struct cp_str client_key;
};

/* What of this request must not be asked again after such a verdict. */
struct tried charge_tried(const struct pick *, const struct cp_verdict *);
/*
 * It has shown content, and will go on for as long as it takes: what was to be found out by a probe, or by who was asked
 * though it rests, is found out.  Rests end and breakers close now; what comes of the rest counts like anybody's.
 */
void charge_content(const struct roster *, struct pick *, int64_t now_ms);
/* Gives slots and passes back and books the outcome; p->is_open is false after it.  Twice is once. */
void charge_settle(const struct roster *, struct pick *, const struct outcome *, int64_t now_ms,
                   int64_t wall_ms);

#endif
