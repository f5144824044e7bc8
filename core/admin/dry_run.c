/* SPDX-License-Identifier: MIT */
/*
 * dry_run - where a request would go now, and why: POST /api/explain.
 *
 * The headers of the call are the request's own, so that a session's name in a header counts; the path may be written with
 * its '?' and '&' encoded.  Nothing is sent, claimed or charged.
 */
#include "admin/dry_run.h"

#include "admin/api.h"
#include "admin/ask.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/client.h"
#include "flow/auth.h"
#include "flow/explain.h"
#include "flow/setup.h"

static struct cp_str dry_run_header(void *ctx, const char *name)
{
    return api_header(ctx, name);
}

void dry_run_show(struct api_call *call)
{
    struct cp_str path = ask_query_text(call, "path"), method = ask_query_text(call, "method");
    struct cp_str client = ask_query_text(call, "client");
    struct err err = { 0 };

    ask_query(call, "path|method|client");
    if (path.p && !str_begins(path, "/"))
        api_fail(call, 400, "query.path", "must begin with /, such as /v1/messages");
    if (!path.p)
        api_fail(call, 400, "query.path", "which one? such as ?path=/v1/messages");
    if (client.p && !str_is(client, "access") && !str_is(client, AUTH_PANEL) &&
        !client_by_id(call->setup->conf, client))
        api_fail(call, 404, "query.client", "no client key has this id");
    if (call->status != 200)
        return;
    struct explain_ask ask = {
        .method = method.n ? arena_z(call->arena, method) : "POST",
        .path = path,
        .header = dry_run_header,
        .ctx = call,
        .body = call->body.p ? call->body : STR(""),
        .client_key_id = client.p ? client : STR("access"),
        .now_ms = call->now_ms,
        .wall_ms = call->wall_ms,
    };
    /* That nobody would serve it is an answer, too. */
    if (explain_request(call->setup, &ask, true, call->text, &err))
        api_fail(call, err.code == E_ABSENT ? 404 : 400, err.where, "%s", err.what);
}
