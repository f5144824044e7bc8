/* SPDX-License-Identifier: MIT */
/*
 * gatehouse - who may come in to the administration: keys, sessions, the local socket; and who is kept waiting.
 *
 * One access key opens everything until an admin_key or an admin_password is set; from then on client keys (and the access
 * key) open /v1 only.  Scripts send the key with each request; a browser logs in once and has a session: a random id in a
 * cookie, a table here, idle and absolute ends, a token against forged requests.  On the unix socket the kernel says
 * who it is.  Failures are counted by address (IPv6: by /64) and together: after a few, each costs twice the wait.  Both
 * tables are bounded: a flood cannot grow them.
 *
 * Any thread; hashes of passwords are for the pool.
 */
#ifndef ADMIN_GATEHOUSE_H
#define ADMIN_GATEHOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "admin/api.h"

struct buf;
struct conf;
struct gatehouse;
struct parcel;
struct request;

struct gatehouse *gatehouse_new(void);
void gatehouse_free(struct gatehouse *);

struct gatehouse_answer {
    int status;      /* 0: come in; 401, 403, 421 (a Host that is not ours), 429 */
    const char *why; /* a sentence for who is not let in; static */
    int64_t retry_after_s;
    enum api_by by;
    char who[64];
    char session[44]; /* its id; "" if it is none */
    char peer[64];    /* who asks, also behind a trusted proxy */
    bool is_tls;      /* it came by https, also to a trusted proxy */
    bool is_failure;  /* a secret was tried, and is none: counted and told already */
    bool
        is_stranger; /* he has shown neither key nor session: that is all that is against him */
};
/*
 * Everything that is asked of a request before its door is opened: Host, key, session, token, Origin, throttle.
 *
 * The key comes as x-api-key, Authorization: Bearer or x-goog-api-key, never in the address, where logs and histories keep
 * it; a session's id as a cookie.  is_change: it changes something (not GET or HEAD).  is_public: nobody needs a key here, the rest holds.  A NULL
 * gatehouse knows the keys and nothing else.
 */
void gatehouse_check(struct gatehouse *, const struct conf *, const struct request *,
                     bool is_change, bool is_public, struct gatehouse_answer *);

/* Sessions as parcels, for the process that takes this one's place: admin/login.h. */
void gatehouse_pack(struct gatehouse *, struct buf *out);
bool gatehouse_unpack(struct gatehouse *, const struct parcel *);

/* POST /api/session and so on: the table of their doors is session_routes, in api.h. */

#endif
