/* SPDX-License-Identifier: MIT */
/*
 * learn - what an upstream has said it does not know stays out of what it is sent, for a day.
 *
 * A new beta flag or parameter of a client must not break the channel that has not heard of it yet.  Only what the
 * adapter's classify() names (cp_verdict.refused) is left out, from the bytes as they are: a member of the body by its
 * path, or a word in the list of a header.  Each is told in the ledger as dropped, so a strict channel refuses instead.
 */
#ifndef FLOW_LEARN_H
#define FLOW_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "state/marks.h"

struct conf_channel;
struct exchange;
struct outgoing;
struct refused;

/* After a failed attempt: remembers what was refused; true if the same path should be asked once more without it. */
bool learn_from(struct exchange *);
/* Cuts what this channel refuses out of the body's pieces. */
void learn_body(struct exchange *, struct outgoing *);
/* The header's value without the words this channel refuses; absent: nothing is left of it. */
struct cp_str learn_header(struct exchange *, struct cp_str name, struct cp_str value);
/*
 * What the channel refuses of requests for this model, one after the other; *at starts at 0.
 *
 * model  as the channel's upstream knows it
 * words  filled in; *refused is made of slices of it
 */
bool learn_each(struct marks *, const struct conf_channel *, struct cp_str model, size_t *at,
                int64_t now_ms, char words[MARK_BYTES + 1], struct refused *);

#endif
