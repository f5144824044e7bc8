/* SPDX-License-Identifier: MIT */
/*
 * api - the doors below /api: who comes in, which function answers, on which thread, and how its answer looks.
 *
 * All that begins with /api/ is ours, but for paths that an adapter has: there are dialects whose paths do.  Who it is is
 * asked before the body is read and before anything is told but that this is a gateway.
 */
#include "admin/api.h"

#include "admin/admin.h"
#include "admin/api_private.h"
#include "admin/numbers.h"
#include "admin/office.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "plugin/loader.h"
#include "json/tree.h"

#include <stdarg.h>
#include <stdio.h>

enum { ERROR_BYTES = 512 };

/* ---- what handlers say and ask ---- */

bool api_has_failed(const struct api_call *call)
{
    return call->status >= 400;
}

void api_fail(struct api_call *call, int status, const char *where, const char *fmt, ...)
{
    char text[ERROR_BYTES];
    va_list args;

    if (api_has_failed(call))
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args); /* a longer one is cut */
    va_end(args);
    call->status = status;
    call->error = arena_copy(call->arena, str_of(text));
    call->path = where && where[0] ? arena_copy(call->arena, str_of(where)) : STR_NONE;
}

void api_detail(struct api_call *call, struct cp_str lines)
{
    size_t n = call->details.n + lines.n + 1;
    char *all = arena_need(call->arena, n);

    if (call->details.n)
        memcpy(all, call->details.p, call->details.n);
    if (lines.n)
        memcpy(all + call->details.n, lines.p, lines.n);
    all[n - 1] = '\n';
    call->details = str_n(all, n);
}

struct cp_str api_header(const struct api_call *call, const char *name)
{
    for (size_t i = 0; i < call->fields_n; i++)
        if (str_is_nocase(call->fields[i].name, name))
            return call->fields[i].value;
    return STR_NONE;
}

bool api_is_match(struct api_call *call, struct cp_str etag)
{
    struct cp_str wanted = api_header(call, "if-match"), one;

    if (!wanted.p)
        return true;
    while (str_split(&wanted, ',', &one))
        if (str_is(str_trim(one), "*") || str_eq(str_trim(one), etag))
            return true;
    api_fail(call, 409, "",
             "somebody else has changed it meanwhile: read it again, then change that");
    return false;
}

int api_status(int rc)
{
    static const struct {
        int rc, status;
    } known[] = { { E_ABSENT, 404 },     { E_AGAIN, 409 }, { E_DENIED, 409 },
                  { E_CONFIG, 422 },     { E_LIMIT, 507 }, { E_SYNTAX, 400 },
                  { E_UNSUPPORTED, 501 } };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (known[i].rc == rc)
            return known[i].status;
    return 500;
}

struct cp_str api_quote(struct arena *arena, struct cp_str text)
{
    return text.p ? arena_printf(arena, "\"%.*s\"", STR_FMT(text)) : STR_NONE;
}

struct cp_str api_etag(struct api_call *call, struct cp_str state)
{
    char hex[65];

    hash_sha256(state, hex);
    return api_quote(call->arena, str_n(hex, 32));
}

void api_tell(struct api_call *call, struct tree *t)
{
    tree_write(t, call->text);
    tree_free(t);
}

/* ---- what the server says ---- */

static bool api_is_path(struct cp_str path)
{
    return str_begins(path, "/api/") || str_is(path, "/api") ||
           str_is(path, "/admin/config/save"); /* the predecessor's, outside of /api */
}

static bool api_is_adapters(const struct admin *a, const struct request *r)
{
    struct endpoint_match m = registry_match(a->flow->setup->registry, request_method(r),
                                             request_path(r), request_query(r), NULL, NULL);
    return m.endpoint || m.allow;
}

/* Whether the configuration has this door at all. */
static bool api_is_there(const struct admin *a, const struct request *r, const struct door *d)
{
    const struct conf *c = a->flow->setup->conf;

    if (d->route && d->route->flags & API_METRICS)
        return !str_is(c->metrics, "off");
    if (request_is_local(r))
        return true; /* nothing else is served there */
    if (!c->web_ui)
        return false;
    return d->route || d->allow.p || (api_is_path(request_path(r)) && !api_is_adapters(a, r));
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
    struct failure f = { .status = 413, .is_old = route->flags & API_OLD };

    f.error = route->body_bytes
                  ? arena_printf(request_arena(r), "the body is longer than %zu bytes",
                                 route->body_bytes)
                  : STR("no body is expected here");
    reply_failure(r, &f, 0);
}

static void api_refuse_nowhere(struct request *r, const struct door *d)
{
    struct failure f = { .status = d->allow.p ? 405 : 404, .allow = d->allow.p };

    f.error = d->allow.p ? STR("not by this method")
                         : STR("the API has no such door: GET /api/openapi.json lists them");
    reply_failure(r, &f, 0);
}

static bool api_is_change(const struct request *r)
{
    struct cp_str method = request_method(r);
    return !str_is(method, "GET") && !str_is(method, "HEAD");
}

static bool api_is_public(const struct admin *a, const struct api_route *route)
{
    if (!route)
        return false;
    return route->flags & API_PUBLIC ||
           (route->flags & API_METRICS && str_is(a->flow->setup->conf->metrics, "open"));
}

/* False: it has been answered. */
static bool api_admit(struct admin *a, struct request *r, const struct api_route *route,
                      struct gatehouse_answer *guest)
{
    struct gatehouse *g = a->office ? a->office->gatehouse : NULL;

    gatehouse_check(g, a->flow->setup->conf, r, api_is_change(r), api_is_public(a, route),
                    guest);
    if (guest->is_stranger && route && route->flags & API_WELCOME)
        guest->status = 0;
    if (!guest->status)
        return true;
    if (guest->is_failure && a->office && a->office->numbers)
        numbers_count(a->office->numbers, NUMBERS_AUTH_FAILED_ADMIN);
    const struct failure f = { .status = guest->status,
                               .error = str_of(guest->why),
                               .retry_after_s = guest->retry_after_s };
    reply_failure(r, &f, 0);
    return false;
}

bool api_head(struct admin *a, struct request *r)
{
    struct arena *arena = request_arena(r);
    struct door d = door_find(arena, request_method(r), request_path(r));

    if (!api_is_there(a, r, &d))
        return false;
    struct visit *visit = arena_need(arena, sizeof(*visit));
    request_set_owner(r, a);
    request_set_user(r, visit);
    if (!api_admit(a, r, d.route, &visit->guest))
        return true;
    if (!d.route)
        api_refuse_nowhere(r, &d);
    else if (d.route->body_bytes != API_REQUEST && api_length(r) > (int64_t)d.route->body_bytes)
        api_refuse_long(r, d.route);
    return true;
}

void api_ready(struct admin *a, struct request *r)
{
    struct door d = door_find(request_arena(r), request_method(r), request_path(r));

    if (request_body(r).n > d.route->body_bytes)
        api_refuse_long(r, d.route);
    else
        call_run(call_new(a, r, d.route, request_user(r)));
}

static void api_leave(struct request *r, bool is_last)
{
    const struct visit *visit = request_user(r);

    if (visit && visit->call)
        call_leave(visit->call, is_last);
}

void api_gone(struct request *r)
{
    api_leave(r, false);
}

void api_done(struct request *r)
{
    api_leave(r, true);
}

bool api_refuse(struct admin *a, struct request *r, int status, const char *why)
{
    const struct failure f = { .status = status, .error = str_of(why) };

    if (!request_path(r).p)
        return false;
    struct door d = door_find(request_arena(r), request_method(r), request_path(r));
    if (!api_is_there(a, r, &d))
        return false;
    request_set_owner(r, a);
    reply_failure(r, &f, REPLY_CLOSE);
    return true;
}
