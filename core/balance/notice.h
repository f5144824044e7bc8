/* SPDX-License-Identifier: MIT */
/*
 * notice - changes of health as news, for who follows "channel" and "key": what the panel moves by between two looks.
 *
 * Unlike the log, which tells of each trouble once, they also say when a rest has become longer, so that who shows how long
 * it lasts is right; but not for less than a second, so a hundred requests that fail together make one of them.
 */
#ifndef BALANCE_NOTICE_H
#define BALANCE_NOTICE_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "state/breaker.h"

struct cp_verdict;
struct news;
struct roster_channel;
struct roster_path;

struct notice {
    const char *what;
    struct cp_str channel;                       /* absent: all */
    struct cp_str key, url, family, reason, who; /* absent: left out */
    int32_t status;                              /* 0: left out */
    int64_t left_ms, wall_ms;                    /* how long it lasts, from when; 0: left out */
};

/* kind: "channel" or "key".  news: NULL: nobody is told.  Kept for who comes back. */
void notice_add(struct news *, const char *kind, const struct notice *);

struct notice_time {
    int64_t now_ms, wall_ms;
};

/* After a charge: the key rests, until was_ms before it (0: it was well). */
void notice_key_rests(const struct roster_path *, uint32_t key, const struct cp_verdict *,
                      int32_t status, int64_t was_ms, const struct notice_time *);
void notice_key_well(const struct roster_path *, uint32_t key);
/* The same of a base URL. */
void notice_url_rests(const struct roster_path *, uint32_t url, const struct cp_verdict *,
                      int32_t status, int64_t was_ms, const struct notice_time *);
void notice_url_well(const struct roster_path *, uint32_t url);
/* The breaker of a channel, or (path not NULL) that of one of its paths, is in this state now; of the only path nothing. */
void notice_breaker(const struct roster_channel *, enum breaker_state,
                    const struct notice_time *);
void notice_path(const struct roster_path *, uint32_t key, uint32_t url, enum breaker_state,
                 const struct notice_time *);

#endif
