/* SPDX-License-Identifier: MIT */
/*
 * captures - requests that administrators want to see whole for a while, in files below state_dir/captures.
 *
 * A thread takes from a hall (state/capture.h) what workers leave there and writes lines of JSON.  A capture ends when its
 * time is over, its file is full, its requests are through, somebody stops it, or the gateway ends; its file stays until
 * somebody removes it, or a week has passed.
 */
#ifndef ADMIN_CAPTURES_H
#define ADMIN_CAPTURES_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "state/capture.h"

struct captures;

struct capture_state {
    char id[CAPTURE_ID_BYTES];
    char file[4096];                                              /* path */
    char channel[CAPTURE_NAME_BYTES], client[CAPTURE_NAME_BYTES]; /* "": any */
    char why[32];                                                 /* it is over; "": it runs */
    bool has_bodies;
    int64_t from_ms, until_ms; /* wall */
    uint64_t bytes, requests, lost;
};

enum { CAPTURES_LISTED = 200 };

/* dir: state_dir; absent: there can be none.  Old files go. */
int captures_open(struct captures **, struct cp_str dir, struct err *);
/* All end; then the thread does.  NULL does nothing. */
void captures_close(struct captures *);
struct capture_hall *captures_hall(struct captures *);

/* Any thread that may block.  0; E_AGAIN: there are as many as there may be; E_UNSUPPORTED: there is no state_dir; E_IO, E_LIMIT. */
int captures_start(struct captures *, const struct capture_rules *, int64_t for_ms,
                   struct capture_state *out, struct err *);
/* The newest first; how many. */
uint32_t captures_list(struct captures *, struct capture_state *out, uint32_t most);
bool captures_find(struct captures *, struct cp_str id, struct capture_state *out);
/* Over, when it returns; false: there is none that runs by this id. */
bool captures_stop(struct captures *, struct cp_str id);

#endif
