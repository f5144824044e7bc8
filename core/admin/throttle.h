/* SPDX-License-Identifier: MIT */
/*
 * throttle - who guesses at secrets waits: a second, two, four ... five minutes.
 *
 * Counted by address, of IPv6 by its /64, because a guesser has as many addresses in there as he likes; and all addresses
 * together, because he may have many of those, too: then strangers wait, while who has come in from his address before does
 * not.  A table of fixed size: a flood makes it forget the oldest, never grow.  Any thread; a short lock.
 */
#ifndef ADMIN_THROTTLE_H
#define ADMIN_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct throttle;

enum { THROTTLE_FREE = 5, THROTTLE_MOST_S = 300, THROTTLE_ALL = 50, THROTTLE_ALL_PER_S = 2 };

struct throttle *throttle_new(void);
void throttle_free(struct throttle *);
/* Seconds until this address may try again; 0: now. */
int64_t throttle_wait(struct throttle *, struct cp_str address, int64_t now_ms);
/* It tried in vain.  True: worth a line in the log, where a flood would fill the disk. */
bool throttle_fail(struct throttle *, struct cp_str address, int64_t now_ms);
/* It came in. */
void throttle_good(struct throttle *, struct cp_str address, int64_t now_ms);

#endif
