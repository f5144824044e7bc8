/* SPDX-License-Identifier: MIT */
/*
 * fit - who may be asked now, and if not, why and until when.
 *
 * Said of a channel, of a key, of a base URL and of a path, each of them by its own health alone; a path may be asked if
 * all four of them may (fit_join).
 */
#ifndef BALANCE_FIT_H
#define BALANCE_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/pick.h"

/* From the best to the worst: of several the worst counts. */
enum fit_state {
    FIT_WELL = 0,
    FIT_PROBE, /* it was not well, and one request may look: the claim decides whose (claim.h) */
    FIT_FULL,  /* only its caps stand in the way */
    FIT_RESTS,
    FIT_NEVER /* not in this request */
};

struct fit {
    enum fit_state state;
    uint32_t why;          /* enum trace_why of the state */
    int64_t until_ms;      /* likewise; 0: not known */
    int64_t rest_until_ms; /* the end of the last rest, whatever the state; 0: none */
    int64_t room_ms; /* when the caps have room; 0: they have; INT64_MAX: when a request ends */
};

struct vitals;

/* What one choice goes by. */
struct choice {
    const struct roster *roster;
    const struct pick_ask *ask;
    const struct roster_family *family;
    const struct roster_route *route; /* NULL: none */
    bool is_light;                    /* takes no slot, passes no breaker, probes nobody */
    bool may_probe;                   /* else who has to be probed rests */
    bool is_wary;                     /* who has failed since it last served is left out */
    bool saw_probe;      /* somebody would have been asked, might this choice probe */
    struct trace *trace; /* NULL: nothing is noted, or it has been */
    bool is_quiet;       /* who is left out is noted elsewhere */
};

/*
 * The caps that count: who waits for a slot for minutes need not wait for it by caps that nobody has any more, so a newer
 * snapshot's do, where it has that channel and that key.  key FIT_CHANNEL: the channel's own.
 */
enum { FIT_CHANNEL = UINT32_MAX };
const struct gate_rules *fit_caps(const struct choice *, uint32_t channel, uint32_t key);
struct fit fit_channel(struct choice *, uint32_t channel);
struct fit fit_key(struct choice *, uint32_t channel, uint32_t key);
struct fit fit_url(struct choice *, uint32_t channel, uint32_t url);
struct fit fit_path(struct choice *, uint32_t channel, uint32_t key, uint32_t url);
/* When it failed last, if it has not served since; wall; 0: it has, or was never asked.  NULL: 0. */
int64_t fit_failed_ms(const struct vitals *);
void fit_join(struct fit *, const struct fit *);

static inline bool fit_is_good(const struct fit *f)
{
    return f->state <= FIT_PROBE;
}

#endif
