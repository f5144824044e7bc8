/* SPDX-License-Identifier: MIT */
/*
 * login - sessions of people in browsers: a table of random ids, each with an end.
 */
#include "admin/login.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/parcel.h"
#include "base/str.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { RANDOM_BYTES = 32 };

struct login_table {
    pthread_mutex_t lock;
    struct login at[LOGIN_SESSIONS]; /* id "": free */
};

struct login_table *login_table_new(void)
{
    struct login_table *t = mem_new(1, sizeof(*t));

    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void login_table_free(struct login_table *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    explicit_bzero(t, sizeof(*t));
    free(t);
}

/* base64url without padding: RFC 4648 5. */
static void login_random(char out[LOGIN_ID_CHARS + 1])
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[RANDOM_BYTES + 1] = { 0 };
    size_t n = 0;

    hash_random(bytes, RANDOM_BYTES);
    for (size_t bit = 0; bit < RANDOM_BYTES * 8; bit += 6) {
        unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];
        out[n++] = digits[two >> (10 - bit % 8) & 63];
    }
    out[n] = 0;
    explicit_bzero(bytes, sizeof(bytes));
}

static bool is_over(const struct login *l, const struct login_time *t)
{
    return t->now_ms - l->used_ms >= LOGIN_IDLE_MS ||
           t->wall_ms - l->used_wall_ms >= LOGIN_IDLE_MS ||
           t->now_ms - l->made_ms >= LOGIN_MOST_MS ||
           t->wall_ms - l->made_wall_ms >= LOGIN_MOST_MS;
}

/* Time tells nothing of how much of an id was right. */
static bool is_id(const struct login *l, struct cp_str id)
{
    unsigned char diff = 0;

    if (id.n != LOGIN_ID_CHARS || !l->id[0])
        return false;
    for (size_t i = 0; i < LOGIN_ID_CHARS; i++)
        diff |= (unsigned char)(l->id[i] ^ id.p[i]);
    return !diff;
}

static struct login *login_find(struct login_table *t, struct cp_str id)
{
    struct login *found = NULL;

    for (size_t i = 0; i < LOGIN_SESSIONS; i++)
        if (is_id(&t->at[i], id))
            found = &t->at[i];
    return found;
}

static void login_put(struct login_table *t, const struct login *fresh,
                      const struct login_time *now)
{
    pthread_mutex_lock(&t->lock);
    struct login *place = &t->at[0];
    for (size_t i = 0; i < LOGIN_SESSIONS && place->id[0]; i++)
        if (!t->at[i].id[0] || is_over(&t->at[i], now) || t->at[i].used_ms < place->used_ms)
            place = &t->at[i];
    *place = *fresh;
    pthread_mutex_unlock(&t->lock);
}

void login_add(struct login_table *t, const uint8_t secret[32], struct cp_str peer,
               const struct login_time *now, struct login *out)
{
    struct login fresh = { .made_ms = now->now_ms,
                           .made_wall_ms = now->wall_ms,
                           .used_ms = now->now_ms,
                           .used_wall_ms = now->wall_ms };
    char hex[65];

    login_random(fresh.id);
    login_random(fresh.csrf);
    hash_sha256(str_of(fresh.id), hex);
    snprintf(fresh.name, sizeof(fresh.name), "%.12s", hex);
    snprintf(fresh.peer, sizeof(fresh.peer), "%.*s", STR_FMT(str_cut(peer, 63)));
    memcpy(fresh.secret, secret, sizeof(fresh.secret));
    *out = fresh;
    login_put(t, &fresh, now);
}

bool login_use(struct login_table *t, struct cp_str id,
               bool (*is_secret)(void *ctx, const uint8_t secret[32]), void *ctx,
               const struct login_time *now, struct login *out)
{
    pthread_mutex_lock(&t->lock);
    struct login *l = login_find(t, id);
    if (l && (is_over(l, now) || !is_secret(ctx, l->secret))) {
        explicit_bzero(l, sizeof(*l));
        l = NULL;
    }
    if (l) {
        l->used_ms = now->now_ms;
        l->used_wall_ms = now->wall_ms;
        *out = *l;
    }
    pthread_mutex_unlock(&t->lock);
    return l != NULL;
}

bool login_lives(struct login_table *t, struct cp_str id,
                 bool (*is_secret)(void *ctx, const uint8_t secret[32]), void *ctx,
                 const struct login_time *now)
{
    pthread_mutex_lock(&t->lock);
    const struct login *l = login_find(t, id);
    bool is_alive = l && !is_over(l, now) && is_secret(ctx, l->secret);
    pthread_mutex_unlock(&t->lock);
    return is_alive;
}

bool login_drop(struct login_table *t, struct cp_str id)
{
    pthread_mutex_lock(&t->lock);
    struct login *l = login_find(t, id);
    if (l)
        explicit_bzero(l, sizeof(*l));
    pthread_mutex_unlock(&t->lock);
    return l != NULL;
}

uint32_t login_drop_others(struct login_table *t, struct cp_str id)
{
    uint32_t n = 0;

    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < LOGIN_SESSIONS; i++) {
        if (!t->at[i].id[0] || is_id(&t->at[i], id))
            continue;
        explicit_bzero(&t->at[i], sizeof(t->at[i]));
        n++;
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

uint32_t login_list(struct login_table *t, const struct login_time *now, struct login *out,
                    uint32_t n)
{
    uint32_t got = 0;

    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < LOGIN_SESSIONS && got < n; i++)
        if (t->at[i].id[0] && !is_over(&t->at[i], now))
            out[got++] = t->at[i];
    pthread_mutex_unlock(&t->lock);
    return got;
}

int64_t login_expires_ms(const struct login *l)
{
    int64_t idle = l->used_wall_ms + LOGIN_IDLE_MS, most = l->made_wall_ms + LOGIN_MOST_MS;

    return idle < most ? idle : most;
}

/* ---- another process, of the same machine: its clocks are ours ---- */

void login_pack(struct login_table *t, const struct login_time *now, struct buf *out)
{
    struct login *all = mem_new(LOGIN_SESSIONS, sizeof(*all));
    uint32_t n = login_list(t, now, all, LOGIN_SESSIONS);

    for (uint32_t i = 0; i < n; i++) {
        const struct login *l = &all[i];
        size_t begin = parcel_begin(out, "login");
        parcel_text(out, "id", str_of(l->id));
        parcel_text(out, "csrf", str_of(l->csrf));
        parcel_text(out, "name", str_of(l->name));
        parcel_text(out, "peer", str_of(l->peer));
        parcel_text(out, "secret", str_n((const char *)l->secret, sizeof(l->secret)));
        parcel_number(out, "made_ms", l->made_ms);
        parcel_number(out, "made_wall_ms", l->made_wall_ms);
        parcel_number(out, "used_ms", l->used_ms);
        parcel_number(out, "used_wall_ms", l->used_wall_ms);
        parcel_end(out, begin);
    }
    explicit_bzero(all, LOGIN_SESSIONS * sizeof(*all));
    free(all);
}

/* All of it, or it was not this. */
static bool take_text(const struct parcel *p, const char *name, char *out, size_t room)
{
    struct cp_str text = parcel_get(p, name);

    if (!text.p || text.n >= room)
        return false;
    memcpy(out, text.p, text.n);
    out[text.n] = 0;
    return true;
}

bool login_unpack(struct login_table *t, const struct parcel *p)
{
    struct login_time now = { parcel_get_number(p, "used_ms", 0),
                              parcel_get_number(p, "used_wall_ms", 0) };
    struct login l = { .made_ms = parcel_get_number(p, "made_ms", 0),
                       .made_wall_ms = parcel_get_number(p, "made_wall_ms", 0),
                       .used_ms = now.now_ms,
                       .used_wall_ms = now.wall_ms };
    struct cp_str secret = parcel_get(p, "secret");

    if (!parcel_is(p, "login"))
        return false;
    bool is_possible =
        l.made_ms >= 0 && l.made_wall_ms >= 0 && l.used_ms >= 0 && l.used_wall_ms >= 0;
    if (is_possible && take_text(p, "id", l.id, sizeof(l.id)) &&
        take_text(p, "csrf", l.csrf, sizeof(l.csrf)) &&
        take_text(p, "name", l.name, sizeof(l.name)) &&
        take_text(p, "peer", l.peer, sizeof(l.peer)) && secret.n == sizeof(l.secret)) {
        memcpy(l.secret, secret.p, sizeof(l.secret));
        login_put(t, &l, &now);
    }
    explicit_bzero(&l, sizeof(l));
    return true;
}
