/* SPDX-License-Identifier: MIT */
/*
 * who - who can serve a request at all, and who of them is meant to: steps 1 and 2 of pick.h.
 */
#ifndef BALANCE_WHO_H
#define BALANCE_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/fit.h"
#include "balance/path.h"

/* A home that is away for longer is none any more. */
enum { WHO_AWAY_MS = 60 * 1000 };

/* Where the session was last. */
struct home {
    bool is_there; /* and may be again */
    uint32_t channel, key;
};

/* The channels to walk through, in order: the route's, else the family's. */
const uint32_t *who_order(const struct choice *, uint32_t *n);
/* TRACE_WHY_NONE: the channel can; else the enum trace_why that forbids it. */
uint32_t who_cannot(const struct choice *, uint32_t channel);
/* Forgets a home that is none any more. */
void who_is_home(struct choice *, struct home *);
/* The first of those who are meant that is fit; *why: TRACE_PROVENANCE, ... */
bool who_is_meant(struct choice *, const struct home *, struct path *, uint32_t *why);

#endif
