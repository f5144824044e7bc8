/* SPDX-License-Identifier: MIT */
/*
 * mutate - a text made a little wrong, in the ways in which upstreams and clients are wrong.
 */
#ifndef KIT_MUTATE_H
#define KIT_MUTATE_H

#include <stddef.h>

#include "base/buf.h"

/* The same seed gives the same texts; drawn: 0 at first. */
struct mutate {
    uint64_t seed, drawn;
};

uint64_t mutate_draw(struct mutate *, uint64_t below);
/* Fills out anew with what became of from; other: another text, of which a part may be put in. */
void mutate_text(struct mutate *, struct cp_str from, struct cp_str other, struct buf *out);

#endif
