/* SPDX-License-Identifier: MIT */
/*
 * gatehouse - who may come in to the administration: keys, sessions, the local socket; and who is kept waiting.
 *
 * Keys of clients open the models and nothing else: who may ask a model a question need not be able to see or turn off
 * what the others use.  While no admin secret is set, the access key opens both, as there is but one person.
 *
 * A session's cookie is sent by browsers on their own, so what changes anything by it must prove to come from our page.  A key
 * is sent by nobody on his own: scripts are asked nothing else.
 */
#include "admin/gatehouse.h"

#include "admin/gatehouse_private.h"
#include "admin/login.h"
#include "admin/throttle.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/auth.h"
#include "flow/origin.h"
#include "loop/server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct gatehouse *gatehouse_new(void)
{
    struct gatehouse *g = mem_new(1, sizeof(*g));

    g->logins = login_table_new();
    g->throttle = throttle_new();
    pthread_mutex_init(&g->lock, NULL);
    list_init(&g->hashing_line);
    return g;
}

void gatehouse_free(struct gatehouse *g)
{
    if (!g)
        return;
    hashing_free_waiting(g);
    login_table_free(g->logins);
    throttle_free(g->throttle);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

/* ---- secrets ---- */

bool gatehouse_is_parted(const struct conf *c)
{
    return c->admin_key || c->admin_password.n;
}

static const struct secret *gatehouse_secret(const struct conf *c)
{
    return gatehouse_is_parted(c) ? c->admin_key : c->access_key;
}

bool gatehouse_is_key(const struct conf *c, struct cp_str key, uint8_t digest[32])
{
    const struct secret *secret = gatehouse_secret(c);

    if (!secret || !secret_is(secret, key))
        return false;
    hash_sha256_raw(secret_show(secret), digest);
    return true;
}

/* A session lives as long as what opened it: who changes the password logs everybody out. */
static bool gatehouse_is_current(void *ctx, const uint8_t digest[32])
{
    const struct conf *c = ctx;
    const struct secret *secret = gatehouse_secret(c);
    uint8_t now[32];

    if (secret) {
        hash_sha256_raw(secret_show(secret), now);
        if (!memcmp(now, digest, sizeof(now)))
            return true;
    }
    if (!c->admin_password.n)
        return false;
    hash_sha256_raw(c->admin_password, now);
    return !memcmp(now, digest, sizeof(now));
}

void gatehouse_digest(const struct conf *c, uint8_t digest[32])
{
    const struct secret *secret = gatehouse_secret(c);

    hash_sha256_raw(secret ? secret_show(secret) : STR(""), digest);
}

bool gatehouse_has_session(struct gatehouse *g, const struct conf *c, struct cp_str id)
{
    struct login_time now = { clock_ms(), clock_wall_ms() };

    return login_lives(g->logins, id, gatehouse_is_current, (struct conf *)(uintptr_t)c, &now);
}

void gatehouse_pack(struct gatehouse *g, struct buf *out)
{
    struct login_time now = { clock_ms(), clock_wall_ms() };

    login_pack(g->logins, &now, out);
}

bool gatehouse_unpack(struct gatehouse *g, const struct parcel *p)
{
    return login_unpack(g->logins, p);
}

bool gatehouse_take_seat(struct gatehouse *g, uint32_t most)
{
    if (atomic_fetch_add(&g->seats, 1) < most)
        return true;
    atomic_fetch_sub(&g->seats, 1);
    return false;
}

void gatehouse_give_seat(struct gatehouse *g)
{
    atomic_fetch_sub(&g->seats, 1);
}

void gatehouse_fail(struct gatehouse *g, const char *peer, int64_t now_ms)
{
    if (!g || throttle_fail(g->throttle, str_of(peer), now_ms))
        log_record(CP_LOG_WARN, "auth_failed",
                   &(struct log_field){ "client", LOG_STR, str_of(peer), 0 }, 1,
                   "auth failed from %s", peer);
}

/* ---- one request ---- */

struct visitor {
    struct gatehouse *house;
    const struct conf *conf;
    const struct request *request;
    bool is_change, is_proxied;
    int64_t now_ms;
    struct gatehouse_answer *out;
};

static void refuse(const struct visitor *v, int status, const char *why)
{
    v->out->status = status;
    v->out->why = why;
}

/* Absent: none was sent.  False: two that differ. */
static bool find_key(const struct request *r, struct cp_str *found)
{
    struct cp_str given[] = {
        request_header(r, "x-api-key"),
        auth_bearer(request_header(r, "authorization")),
        request_header(r, "x-goog-api-key"),
    };

    *found = STR_NONE;
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        if (!given[i].n)
            continue;
        if (found->p && !str_eq(*found, given[i]))
            return false;
        *found = given[i];
    }
    return true;
}

static void refuse_key(const struct visitor *v, struct cp_str key)
{
    bool is_parted = gatehouse_is_parted(v->conf);

    if (is_parted && auth_whose(v->conf, key).p) {
        refuse(v, 403, "this key opens the models; the administration has one of its own");
        return;
    }
    refuse(v, 401, is_parted ? "this is not the admin key" : "this is not the access key");
    v->out->is_failure = true;
    gatehouse_fail(v->house, v->out->peer, v->now_ms);
}

static void check_key(const struct visitor *v, struct cp_str key)
{
    struct cp_str peer = str_of(v->out->peer);
    uint8_t digest[32];
    int64_t wait_s = v->house ? throttle_wait(v->house->throttle, peer, v->now_ms) : 0;

    if (wait_s) {
        refuse(v, 429, "too many wrong keys or passwords came from there: wait");
        v->out->retry_after_s = wait_s;
    } else if (!gatehouse_is_key(v->conf, key, digest)) {
        refuse_key(v, key);
    } else {
        if (v->house)
            throttle_good(v->house->throttle, peer, v->now_ms);
        v->out->by = API_BY_KEY;
        snprintf(v->out->who, sizeof(v->out->who), "key");
    }
}

static const char *refuses_forgery(const struct visitor *v, const struct login *login)
{
    struct cp_str token = request_header(v->request, "x-csrf-token");
    const char *why = browser_refuses_origin(v->request);
    unsigned char diff = token.n != LOGIN_ID_CHARS;

    for (size_t i = 0; !diff && i < LOGIN_ID_CHARS; i++)
        diff |= (unsigned char)(token.p[i] ^ login->csrf[i]);
    if (!why && diff)
        why = "the session's token is missing or wrong (x-csrf-token; GET /api/session has it)";
    return why;
}

/* False: there is no session.  Who logs in anew need not know the token of the old one. */
static bool check_session(const struct visitor *v, bool is_public)
{
    struct login_time now = { v->now_ms, clock_wall_ms() };
    struct cp_str id = browser_cookie(v->request, v->out->is_tls);
    const char *why;
    struct login login;

    if (!v->house || !id.n ||
        !login_use(v->house->logins, id, gatehouse_is_current,
                   (struct conf *)(uintptr_t)v->conf, &now, &login))
        return false;
    why = v->is_change && !is_public ? refuses_forgery(v, &login) : NULL;
    if (why) {
        refuse(v, 403, why);
    } else if (v->is_change && !is_public && (why = browser_refuses_type(v->request))) {
        refuse(v, 415, why);
    } else {
        v->out->by = API_BY_SESSION;
        snprintf(v->out->who, sizeof(v->out->who), "session %s", login.name);
        snprintf(v->out->session, sizeof(v->out->session), "%s", login.id);
    }
    explicit_bzero(&login, sizeof(login));
    return true;
}

static void check_local(const struct visitor *v)
{
    int64_t uid = request_peer_uid(v->request);

    if (uid < 0 ||
        (uid != 0 && uid != (int64_t)geteuid() && !request_peer_is_member(v->request))) {
        refuse(v, 403, "this user may not: see the option control.group");
        return;
    }
    v->out->by = API_BY_SOCKET;
    snprintf(v->out->who, sizeof(v->out->who), "uid %" PRId64, uid);
}

/* Without a key. */
static void check_browser(const struct visitor *v, bool is_public)
{
    const char *why = browser_refuses_host(v->conf, v->request, v->is_proxied);

    if (why) {
        refuse(v, 421, why);
        return;
    }
    if (is_public && v->is_change && (why = browser_refuses_origin(v->request))) {
        refuse(v, 403, why);
        return;
    }
    if (check_session(v, is_public) || is_public)
        return;
    v->out->is_stranger = true;
    if (!gatehouse_is_parted(v->conf) && !v->conf->access_key) {
        refuse(v, 403, "closed: no access_key and no admin_key is configured");
    } else {
        refuse(v, 401,
               gatehouse_is_parted(v->conf)
                   ? "no admin key: send it as x-api-key or Authorization: Bearer, or log in"
                   : "no access key: send it as x-api-key or Authorization: Bearer, or log in");
    }
}

void gatehouse_check(struct gatehouse *g, const struct conf *c, const struct request *r,
                     bool is_change, bool is_public, struct gatehouse_answer *out)
{
    struct visitor v = { g, c, r, is_change, false, clock_ms(), out };
    struct origin origin;
    struct cp_str key;

    *out = (struct gatehouse_answer){ .by = API_BY_NOBODY };
    origin_of(c, r, &origin);
    memcpy(out->peer, origin.peer, sizeof(out->peer));
    out->is_tls = origin.is_tls;
    v.is_proxied = origin.is_proxied;
    if (request_is_local(r))
        check_local(&v);
    else if (!find_key(r, &key))
        refuse(&v, 401, "two different credentials in one request");
    else if (key.p && !is_public)
        check_key(&v, key);
    else
        check_browser(&v, is_public);
}
