/* SPDX-License-Identifier: MIT */
/*
 * session - the doors of sessions: log in, log out, who is in.
 *
 * These are people's logins.  Which conversation of a client is at home where is another thing: /api/scheduler/sessions.
 *
 * A new login always has a new id, and ends the session that its browser had: an id that somebody planted there is worth nothing.
 */
#include "admin/api.h"
#include "admin/ask.h"
#include "admin/gatehouse_private.h"
#include "admin/login.h"
#include "admin/numbers.h"
#include "admin/office.h"
#include "admin/portrait.h"
#include "admin/throttle.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/pass.h"
#include "flow/setup.h"
#include "json/write.h"

static const char *const ways[] = { [API_BY_NOBODY] = "nobody",
                                    [API_BY_KEY] = "key",
                                    [API_BY_SESSION] = "session",
                                    [API_BY_SOCKET] = "socket" };

static struct gatehouse *session_house(const struct api_call *call)
{
    return call->office ? call->office->gatehouse : NULL;
}

static void session_tell(struct api_call *call, const struct login *login)
{
    struct json_writer *w = call->out;

    json_open(w, '{');
    json_put_text(w, "by", str_of(login ? "session" : ways[call->by]));
    json_put_text(w, "who", login ? STR_NONE : call->who);
    if (login) {
        json_put_text(w, "id", str_of(login->name));
        json_put_text(w, "csrf", str_of(login->csrf));
        portrait_wall(w, "since", login->made_wall_ms);
        portrait_wall(w, "expires", login_expires_ms(login));
    }
    json_put_bool(w, "separate", gatehouse_is_parted(call->setup->conf));
    json_close(w);
}

/* ---- in ---- */

/* The session of this browser ends, and with it what it was given. */
static uint32_t session_drop(struct api_call *call, struct gatehouse *g)
{
    pass_end(call->office->passes, call->session, call->now_ms);
    return login_drop(g->logins, call->session);
}

static void session_open(struct api_call *call, const uint8_t secret[32])
{
    struct gatehouse *g = session_house(call);
    struct login_time now = { call->now_ms, call->wall_ms };
    struct login login;

    if (call->session.p)
        (void)session_drop(call, g);
    throttle_good(g->throttle, call->peer, call->now_ms);
    login_add(g->logins, secret, call->peer, &now, &login);
    call->cookie = browser_set_cookie(call->arena, api_header(call, "host"), call->is_tls,
                                      str_of(login.id));
    session_tell(call, &login);
    call->status = 201;
    log_record(CP_LOG_INFO, "session", NULL, 0, "api: session %s opened from %.*s", login.name,
               STR_FMT(call->peer));
    explicit_bzero(&login, sizeof(login));
}

static void session_refuse(struct api_call *call, const char *what)
{
    gatehouse_fail(session_house(call), call->peer.p, call->now_ms);
    if (call->office->numbers)
        numbers_count(call->office->numbers, NUMBERS_AUTH_FAILED_ADMIN);
    api_fail(call, 401, what, "this is not the %s", what);
}

static void session_told(void *ctx, int verdict)
{
    struct api_call *call = ctx;
    uint8_t digest[32];

    call->user = NULL;
    call->gone = NULL;
    if (!verdict) {
        hash_sha256_raw(call->setup->conf->admin_password, digest);
        session_open(call, digest);
    } else if (verdict == E_DENIED) {
        session_refuse(call, "password");
    } else {
        api_fail(call, 429, "", "too many passwords are being looked at: try again");
        call->retry_after_s = 1;
    }
    api_answer(call);
}

static void session_gone(struct api_call *call)
{
    hashing_forget(call->user);
}

static void session_password(struct api_call *call, struct cp_str clear)
{
    struct hashing *h;

    if (hashing_start(session_house(call), call->office->pool, call->flow->loop, clear,
                      call->setup->conf->admin_password, session_told, call, &h)) {
        api_fail(call, 429, "", "too many passwords are being looked at: try again");
        call->retry_after_s = 1;
        return;
    }
    call->user = h;
    call->gone = session_gone;
}

/* What stands between somebody and a session before he has said a word; status 0: nothing. */
struct bar {
    int status;
    const char *id, *why; /* for programs; for people */
    int64_t wait_s;
};

static struct bar session_bar(const struct api_call *call)
{
    struct gatehouse *g = session_house(call);
    int64_t wait_s = g ? throttle_wait(g->throttle, call->peer, call->now_ms) : 0;

    if (!g || !call->office->pool)
        return (struct bar){ 503, "closed", "nobody can log in here", 0 };
    if (call->by == API_BY_SOCKET)
        return (struct bar){ 409, "socket", "the socket needs no session", 0 };
    if (!browser_is_safe(call->is_tls, call->peer))
        return (struct bar){ 403, "clear_text",
                             "a session in clear text could be stolen on its way: come by "
                             "https, through a trusted proxy that says https, or from this "
                             "machine (ssh -L)",
                             0 };
    if (wait_s)
        return (struct bar){ 429, "wait",
                             "too many wrong keys or passwords came from there: wait", wait_s };
    return (struct bar){ 0 };
}

static void session_may_try(struct api_call *call)
{
    struct bar bar = session_bar(call);

    if (bar.status)
        api_fail(call, bar.status, "", "%s", bar.why);
    call->retry_after_s = bar.wait_s;
}

/*
 * What a login screen must know, and no more: what to ask for, and why that would be in vain.  Where the key is to be found, and
 * how long it is, is nobody's business.
 */
static void session_tell_stranger(struct api_call *call)
{
    const struct conf *c = call->setup->conf;
    struct bar bar = session_bar(call);
    struct json_writer *w = call->out;

    json_open(w, '{');
    json_put_text(w, "by", str_of(ways[API_BY_NOBODY]));
    json_put_bool(w, "separate", gatehouse_is_parted(c));
    json_key(w, STR("login"));
    json_open(w, '{');
    json_key(w, STR("ways"));
    json_open(w, '[');
    if (gatehouse_is_parted(c) ? c->admin_key != NULL : c->access_key != NULL)
        json_string(w, STR("key"));
    if (c->admin_password.n)
        json_string(w, STR("password"));
    json_close(w);
    json_put_text(w, "refused", str_of(bar.id));
    json_put_text(w, "error", str_of(bar.why));
    json_put_number(w, "wait_s", bar.wait_s);
    json_close(w);
    json_close(w);
}

/* Who cannot know which of the two his users have sends what they typed as both: that is one try, not two. */
static void session_create(struct api_call *call)
{
    uint8_t digest[32];

    ask_body(call, "key|password");
    struct cp_str key = ask_text(call, "key"), password = ask_text(call, "password");

    if (!key.n && !password.n)
        api_fail(call, 400, "", "send the key or the password");
    if (!api_has_failed(call))
        session_may_try(call);
    if (api_has_failed(call))
        return;
    if (key.n && gatehouse_is_key(call->setup->conf, key, digest)) {
        session_open(call, digest);
        api_answer(call);
    } else if (password.n) {
        session_password(call, password);
    } else {
        session_refuse(call, "key");
    }
}

/* ---- who is in ---- */

static uint32_t session_all(struct api_call *call, struct login **all)
{
    struct gatehouse *g = session_house(call);
    struct login_time now = { call->now_ms, call->wall_ms };

    *all = arena_need(call->arena, LOGIN_SESSIONS * sizeof(**all));
    return g ? login_list(g->logins, &now, *all, LOGIN_SESSIONS) : 0;
}

static void session_show(struct api_call *call)
{
    struct login *all;
    uint32_t n = session_all(call, &all);

    for (uint32_t i = 0; i < n; i++)
        if (call->session.p && str_is(call->session, all[i].id)) {
            session_tell(call, &all[i]);
            return;
        }
    if (call->by == API_BY_NOBODY)
        session_tell_stranger(call);
    else
        session_tell(call, NULL);
}

static void session_list(struct api_call *call)
{
    struct json_writer *w = call->out;
    struct login *all;
    uint32_t n = session_all(call, &all);

    json_open(w, '{');
    json_key(w, STR("sessions"));
    json_open(w, '[');
    for (uint32_t i = 0; i < n; i++) {
        json_open(w, '{');
        json_put_text(w, "id", str_of(all[i].name));
        json_put_text(w, "peer", str_of(all[i].peer));
        portrait_wall(w, "since", all[i].made_wall_ms);
        portrait_wall(w, "used", all[i].used_wall_ms);
        portrait_wall(w, "expires", login_expires_ms(&all[i]));
        json_put_bool(w, "is_this", call->session.p && str_is(call->session, all[i].id));
        json_close(w);
    }
    json_close(w);
    json_close(w);
}

/* ---- out ---- */

static void session_ended(struct api_call *call, int64_t n)
{
    json_open(call->out, '{');
    json_put_number(call->out, "ended", n);
    json_close(call->out);
    if (call->by == API_BY_SESSION)
        call->cookie =
            browser_set_cookie(call->arena, api_header(call, "host"), call->is_tls, STR(""));
}

static void session_end(struct api_call *call)
{
    struct gatehouse *g = session_house(call);

    if (call->by != API_BY_SESSION || !g)
        api_fail(call, 409, "", "this request comes by no session that could end");
    else
        session_ended(call, session_drop(call, g));
}

static void session_end_all(struct api_call *call)
{
    struct gatehouse *g = session_house(call);
    uint32_t n = g ? login_drop_others(g->logins, STR_NONE) : 0;

    if (g)
        pass_end(call->office->passes, STR_NONE, call->now_ms);
    log_msg(CP_LOG_INFO, "api: all %u sessions ended by %.*s", n, STR_FMT(call->who));
    session_ended(call, n);
}

const struct api_route session_routes[] = {
    { "POST", "/api/session", session_create, API_SMALL, API_PARK, API_PUBLIC,
      "log in with {\"key\"} or {\"password\"}: a cookie, and a token for changes" },
    { "GET", "/api/session", session_show, 0, API_HERE, API_WELCOME,
      "who am I: by key, session or socket; the session's token and end; to nobody: how to log in" },
    { "DELETE", "/api/session", session_end, 0, API_HERE, 0, "log out" },
    { "GET", "/api/sessions", session_list, 0, API_HERE, 0,
      "who is logged in (homes of conversations are /api/scheduler/sessions)" },
    { "DELETE", "/api/sessions", session_end_all, 0, API_HERE, 0, "log out everywhere" },
    { 0 },
};
