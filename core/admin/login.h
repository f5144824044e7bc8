/* SPDX-License-Identifier: MIT */
/*
 * login - sessions of people in browsers: a table of random ids, each with an end.
 *
 * Not to be mixed up with a client's conversations, which are at home somewhere (admin/sessions.h).
 *
 * Half an hour unused ends one, twelve hours end each; by the wall's clock and by the machine's, whichever says so first, so that
 * neither a clock that is set back nor a machine that slept keeps one alive.  In a full table the one that was unused for
 * longest goes.  Any thread; a short lock.
 */
#ifndef ADMIN_LOGIN_H
#define ADMIN_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct buf;
struct login_table;
struct parcel;

enum {
    LOGIN_SESSIONS = 256,
    LOGIN_ID_CHARS = 43,
    LOGIN_IDLE_MS = 30 * 60 * 1000,
    LOGIN_MOST_MS = 12 * 60 * 60 * 1000
};

struct login_time {
    int64_t now_ms, wall_ms;
};

struct login {
    char id[LOGIN_ID_CHARS + 1];   /* the cookie: 256 random bits in base64url */
    char csrf[LOGIN_ID_CHARS + 1]; /* what a page must send along to change anything */
    char name[13];                 /* what may be shown of it */
    uint8_t secret[32];            /* digest of the secret that opened it */
    char peer[64];
    int64_t made_ms, made_wall_ms, used_ms, used_wall_ms;
};

struct login_table *login_table_new(void);
void login_table_free(struct login_table *);
void login_add(struct login_table *, const uint8_t secret[32], struct cp_str peer,
               const struct login_time *, struct login *out);
/* The session with this id, if it lives and the secret still is what opened it; now it was used. */
bool login_use(struct login_table *, struct cp_str id,
               bool (*is_secret)(void *ctx, const uint8_t secret[32]), void *ctx,
               const struct login_time *, struct login *out);
/* The same, but nothing is told, and it was not used. */
bool login_lives(struct login_table *, struct cp_str id,
                 bool (*is_secret)(void *ctx, const uint8_t secret[32]), void *ctx,
                 const struct login_time *);
bool login_drop(struct login_table *, struct cp_str id);
/* id absent: all of them.  How many. */
uint32_t login_drop_others(struct login_table *, struct cp_str id);
/* Those that live; returns how many were written. */
uint32_t login_list(struct login_table *, const struct login_time *, struct login *out,
                    uint32_t n);
int64_t login_expires_ms(const struct login *); /* by the wall */
/* Those that live as parcels, for the process that takes this one's place; they hold secrets. */
void login_pack(struct login_table *, const struct login_time *, struct buf *out);
/* False: a parcel of another kind. */
bool login_unpack(struct login_table *, const struct parcel *);

#endif
