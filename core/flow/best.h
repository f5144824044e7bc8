/* SPDX-License-Identifier: MIT */
/*
 * best - of all failures of a request the one its client is best told.
 *
 * What the client can act on comes first: its own mistake, then a limit with a time to come back at, then an overload, then
 * a server's fault, then a network's; trouble with our keys last, which is none of its business.  In fuzzy mode it
 * hears that all upstream channels are unavailable, and why in the gateway's own words, never the upstream's.
 */
#ifndef FLOW_BEST_H
#define FLOW_BEST_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct exchange;

/* What is kept of the most useful one. */
struct best {
    uint32_t rank;    /* 0: nothing yet */
    uint32_t attempt; /* which one it was: of exchange.attempts */
    struct cp_verdict verdict;
    struct cp_failure failure; /* its body in the exchange's arena */
    struct cp_item error;      /* how its client hears of it; strings in the arena */
    struct cp_str why;         /* for the log */
    char end;                  /* when it ended: a letter of struct end_code */
    bool is_passed;            /* the body may go to the client as it is */
    uint32_t counts[32];       /* failures by enum cp_trouble */
};

/* After each judged attempt. */
void best_note(struct exchange *);
/* The failures of both, the other's being the later. */
void best_join(struct best *, const struct best *other);
/* Nobody is left: answers the client.  Always STEP_ANSWER. */
int best_tell(struct exchange *);
/* All that is fit is at its caps, and the request waits no longer.  Likewise. */
int best_busy(struct exchange *);

#endif
