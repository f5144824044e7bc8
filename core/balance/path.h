/* SPDX-License-Identifier: MIT */
/*
 * path - which key and which base URL of one channel is asked.
 */
#ifndef BALANCE_PATH_H
#define BALANCE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "balance/fit.h"

struct path {
    uint32_t channel, key, url;
    struct fit fit;
    bool is_trial; /* the key stands behind the others, and is tried in its old place */
};

/* The first path of the channel that may be asked, in its order; false: there is none. */
bool path_find(struct choice *, uint32_t channel, struct path *);
/* Of this key alone, wherever it stands. */
bool path_of_key(struct choice *, uint32_t channel, uint32_t key, struct path *);
/* When the key is well again at one of its base URLs, whatever this request has tried; 0: it is. */
int64_t path_key_rests_until(struct choice *, uint32_t channel, uint32_t key);

/*
 * Of those of the channel that may be asked the one whose last failure is oldest.  False: there is none, or none that is
 * older than *failed_ms; else that is it.
 */
bool path_eldest(struct choice *, uint32_t channel, struct path *, int64_t *failed_ms);

/* What there is when nobody may be asked: made by path_survey() over all channels. */
struct survey {
    bool has_soonest;
    struct path soonest; /* not tried, and its caps have room: the one that is fit soonest */
    bool is_full;        /* of some only the caps stand in the way */
    bool may_wait;       /* and one of those says that requests wait for it */
    int64_t first_ms;    /* when the first may be asked again; INT64_MAX: not known */
};

void path_survey(struct choice *, uint32_t channel, struct survey *);

/* Notes why somebody is not asked. */
void path_note_out(const struct choice *, uint32_t channel, uint32_t key, uint32_t url,
                   const struct fit *);

#endif
