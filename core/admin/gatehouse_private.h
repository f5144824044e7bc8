/* SPDX-License-Identifier: MIT */
/*
 * gatehouse_private - what the files of the gatehouse share; nobody else includes it.
 *
 *   gatehouse.c  what is asked of each request
 *   browser.c    what is asked of browsers: names, origins, tokens, cookies
 *   session.c    the doors of sessions: in, out, who is in
 *   hashing.c    passwords on the pool, two at once
 */
#ifndef ADMIN_GATEHOUSE_PRIVATE_H
#define ADMIN_GATEHOUSE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "admin/gatehouse.h"
#include "base/list.h"

struct hashing;
struct login_table;
struct loop;
struct pool;
struct throttle;

enum { HASHING_AT_ONCE = 2, HASHING_WAITING = 16 };

struct gatehouse {
    struct login_table *logins;
    struct throttle *throttle;
    atomic_uint seats;        /* of those who follow events */
    pthread_mutex_t lock;     /* of what follows */
    uint32_t hashing_n;       /* under way */
    uint32_t hashing_waits;   /* in the list */
    struct link hashing_line; /* who waits for one of them */
};

/* ---- gatehouse.c ---- */
/* An admin secret is set: the access key opens /v1 only. */
bool gatehouse_is_parted(const struct conf *);
/* What was tried is none: counts, and tells the log what fail2ban and the like look for. */
void gatehouse_fail(struct gatehouse *, const char *peer, int64_t now_ms);
/* The key that opens the administration; digest: of it.  False: it is not. */
bool gatehouse_is_key(const struct conf *, struct cp_str key, uint8_t digest[32]);

/* Digest of the key that opens the administration now; of nothing if there is none. */
void gatehouse_digest(const struct conf *, uint8_t digest[32]);
/* The session lives; to ask is no use of it. */
bool gatehouse_has_session(struct gatehouse *, const struct conf *, struct cp_str id);
bool gatehouse_take_seat(struct gatehouse *, uint32_t most);
void gatehouse_give_seat(struct gatehouse *);

/* ---- browser.c ---- */
/* NULL, or why this Host is none of ours. */
const char *browser_refuses_host(const struct conf *, const struct request *, bool is_proxied);
/* NULL, or why this request may be another page's idea: by its Origin and Sec-Fetch-Site. */
const char *browser_refuses_origin(const struct request *);
/* NULL, or why a body of this type may be another page's form. */
const char *browser_refuses_type(const struct request *);
struct cp_str browser_cookie(const struct request *, bool is_tls);
/* A session's cookie would be safe on its way: https, or it never leaves the machine. */
bool browser_is_safe(bool is_tls, struct cp_str peer);
/* Set-Cookie; host: as the browser named us; id absent: forget it. */
struct cp_str browser_set_cookie(struct arena *, struct cp_str host, bool is_tls,
                                 struct cp_str id);

/* ---- hashing.c ---- */
/*
 * Compares a password with a hash on the pool; told(ctx, 0, E_DENIED or E_AGAIN) is called on the loop's thread.
 *
 * hashing_forget(), on the same thread: told() is not called any more.  E_AGAIN: too many are waiting.
 */

int hashing_start(struct gatehouse *, struct pool *, struct loop *, struct cp_str clear,
                  struct cp_str hash, void (*told)(void *ctx, int verdict), void *ctx,
                  struct hashing **);
void hashing_forget(struct hashing *);
void hashing_free_waiting(struct gatehouse *);

#endif
