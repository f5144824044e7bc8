/* SPDX-License-Identifier: MIT */
/*
 * api - the doors below /api: who comes in, which function answers, and how its answer looks.
 *
 * Only the very paths of the table are ours: what else begins with /api is left to adapters, because there are dialects whose
 * paths do.  Who it is is asked before the body is read and before anything is told but that there is a door.
 */
#include "admin/api.h"

#include "admin/dry_run.h"
#include "admin/gatehouse.h"
#include "admin/orders.h"
#include "admin/scheduler.h"
#include "admin/sessions.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "json/write.h"

#include <stdarg.h>
#include <stdio.h>

enum { ERROR_BYTES = 512, HEADERS = 5 };

#define KB            ((size_t)1024)
#define ORDER_BYTES   (64 * KB)
#define ANSWER_BYTES  (64 * KB * KB)
/* As long as the requests it is about: the server's own limit. */
#define REQUEST_BYTES SIZE_MAX

static const struct api_route {
    const char *method, *path;
    void (*run)(struct api_call *);
    size_t body_bytes; /* most; 0: there is none */
} routes[] = {
    { "GET", "/api/scheduler", scheduler_show, 0 },
    { "POST", "/api/scheduler/reset", orders_reset, ORDER_BYTES },
    { "POST", "/api/scheduler/promote", orders_promote, ORDER_BYTES },
    { "GET", "/api/scheduler/sessions", sessions_show, 0 },
    { "DELETE", "/api/scheduler/sessions", sessions_clear, 0 },
    { "DELETE", "/api/scheduler/learned", orders_unlearn, 0 },
    { "POST", "/api/explain", dry_run_show, REQUEST_BYTES },
};

void api_fail(struct api_call *call, int status, const char *where, const char *fmt, ...)
{
    char text[ERROR_BYTES];
    va_list args;

    if (call->status != 200)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* a longer one is cut */
    va_end(args);
    call->status = status;
    call->error = arena_copy(call->arena, str_of(text));
    call->path = where && where[0] ? arena_copy(call->arena, str_of(where)) : STR_NONE;
}

/* ---- answers ---- */

static void api_reply(struct request *r, int status, const char *allow, struct buf *body,
                      uint32_t flags)
{
    struct reply_header h[HEADERS] = {
        { "Content-Type", STR("application/json") },
        { "Cache-Control", STR("no-store") },
        { "X-Content-Type-Options", STR("nosniff") },
    };
    size_t n = 3, bytes;

    if (allow)
        h[n++] = (struct reply_header){ "Allow", str_of(allow) };
    if (status == 401)
        h[n++] = (struct reply_header){ "WWW-Authenticate", STR("Bearer") };
    char *p = buf_give(body, &bytes);
    (void)request_reply(r, status, h, n, str_n(p, bytes),
                        flags | REPLY_TAKE); /* gone is fine */
}

static void api_error(struct request *r, int status, const char *allow, struct cp_str path,
                      struct cp_str text, uint32_t flags)
{
    struct json_writer w;
    struct buf body;

    buf_init(&body, 8 * KB);
    json_writer_init(&w, &body);
    json_open(&w, '{');
    json_put_text(&w, "error", text);
    if (path.p) {
        json_put_text(&w, "path", path);
    }
    json_close(&w);
    buf_add_c(&body, '\n');
    api_reply(r, status, allow, &body, flags);
    buf_fini(&body);
}

/* ---- doors ---- */

static struct cp_str api_method(const struct request *r)
{
    struct cp_str method = request_method(r);
    return str_is(method, "HEAD") ? STR("GET") : method;
}

/* NULL: there is no such door; *allow: but one of that path, with these methods. */
static const struct api_route *api_find(const struct request *r, const char **allow)
{
    struct cp_str path = request_path(r), list = STR_NONE;

    *allow = NULL;
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
        if (!str_is(path, routes[i].path))
            continue;
        if (str_is(api_method(r), routes[i].method))
            return &routes[i];
        const char *method = routes[i].method;
        bool is_get = str_is(str_of(method), "GET");
        list = arena_printf(request_arena((struct request *)(uintptr_t)r), "%.*s%s%s%s",
                            STR_FMT(list), list.n ? ", " : "", method, is_get ? ", HEAD" : "");
        *allow = list.p;
    }
    return NULL;
}

/* The length that the head tells; -1: it tells none. */
static int64_t api_length(const struct request *r)
{
    struct cp_str text = request_header(r, "content-length");
    int64_t n;

    return text.p && !str_int(str_trim(text), &n) && n >= 0 ? n : -1;
}

static void api_refuse_long(struct request *r, const struct api_route *route)
{
    struct cp_str text =
        arena_printf(request_arena(r), "the body is longer than %zu bytes", route->body_bytes);

    api_error(r, 413, NULL, STR_NONE, text, 0);
}

static void api_run(const struct setup *s, struct request *r, const struct api_route *route,
                    struct cp_str body)
{
    struct json_writer w;
    struct buf text;
    struct api_call call = { .request = r,
                             .setup = s,
                             .roster = &s->roster,
                             .arena = request_arena(r),
                             .body = body,
                             .out = &w,
                             .text = &text,
                             .now_ms = clock_ms(),
                             .wall_ms = clock_wall_ms(),
                             .status = 200 };

    buf_init(&text, ANSWER_BYTES);
    json_writer_init(&w, &text);
    route->run(&call);
    if (text.n && text.p[text.n - 1] != '\n')
        buf_add_c(&text, '\n');
    if (call.status == 200 && buf_failed(&text))
        api_fail(&call, 500, "", "the answer is too long; ask for a part of it");
    if (call.status == 200)
        api_reply(r, 200, NULL, &text, 0);
    else
        api_error(r, call.status, NULL, call.path, call.error, 0);
    buf_fini(&text);
}

bool api_head(const struct setup *s, struct request *r)
{
    const char *why = "", *allow;
    const struct api_route *route = api_find(r, &allow);

    if ((!route && !allow) || !s->conf->web_ui)
        return false;
    int status = gatehouse_check(s->conf, r, &why);
    if (status)
        api_error(r, status, NULL, STR_NONE, str_of(why), 0);
    else if (!route)
        api_error(r, 405, allow, STR_NONE, STR("not by this method"), 0);
    else if (route->body_bytes != REQUEST_BYTES && api_length(r) > (int64_t)route->body_bytes)
        api_refuse_long(r, route);
    else if (!route->body_bytes)
        api_run(s, r, route, STR_NONE);
    return true;
}

void api_ready(const struct setup *s, struct request *r)
{
    const char *allow;
    const struct api_route *route = api_find(r, &allow);

    if (request_body(r).n > route->body_bytes)
        api_refuse_long(r, route);
    else
        api_run(s, r, route, request_body(r));
}

bool api_refuse(struct request *r, int status, const char *why)
{
    const char *allow;

    if (!api_find(r, &allow) && !allow)
        return false;
    api_error(r, status, NULL, STR_NONE, str_of(why), REPLY_CLOSE);
    return true;
}
