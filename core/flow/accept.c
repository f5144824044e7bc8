/* SPDX-License-Identifier: MIT */
/*
 * accept - step 1: which door is this, and may this method and body come through it.
 *
 * The server has already refused what is malformed; here the path is looked up in the doors that the adapters
 * declare.  Preflights of browsers are answered when CORS is on.
 */
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/flow.h"
#include "flow/hops.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "plugin/media.h"

static bool accept_has_header(void *ctx, const char *name)
{
    return request_header(ctx, name).p != NULL;
}

static enum step accept_preflight(struct exchange *x)
{
    struct answer_headers h;
    struct cp_str wanted = request_header(x->request, "access-control-request-headers");

    x->is_answered = true;
    x->status = 204;
    answer_headers(x, &h, STR_NONE);
    answer_add(&h, "Access-Control-Allow-Methods", STR("GET, POST, DELETE, OPTIONS"));
    answer_add(&h, "Access-Control-Allow-Headers", wanted.p ? wanted : STR("*"));
    answer_add(&h, "Access-Control-Max-Age", STR("600"));
    (void)request_reply(x->request, 204, h.at, h.n, STR_NONE, 0); /* gone is fine */
    return STEP_ANSWER;
}

static enum step accept_method(struct exchange *x, const struct endpoint_match *m)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_METHOD, .num = 405 };

    x->allow = m->allow;
    error.text = arena_printf(x->arena, "%.*s is not allowed here; use %s",
                              STR_FMT(request_method(x->request)), m->allow);
    return answer_trouble(x, &error, 0);
}

static bool accept_is_upgrade(const struct exchange *x)
{
    struct cp_str upgrade = request_header(x->request, "upgrade"), part;

    while (str_split(&upgrade, ',', &part))
        if (str_begins_nocase(str_trim(part), "websocket"))
            return true;
    return false;
}

/*
 * A client that would rather talk over a WebSocket goes on over HTTP when it hears 426 (Codex; it
 * takes a 404 for a wrong address).  Said before anybody asks for a key: it is true for everyone.
 */
static enum step accept_refuse_upgrade(struct exchange *x)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_BAD_REQUEST, .num = 426 };

    error.text =
        STR("WebSocket is not offered here; use HTTP, with \"stream\": true for events");
    return answer_trouble(x, &error, ANSWER_EXACT | REPLY_CLOSE);
}

static void accept_count(struct exchange *x)
{
    if (!x->flow->inflight)
        return;
    x->inflight = &x->flow->inflight[x->client->ordinal];
    atomic_fetch_add_explicit(x->inflight, 1, memory_order_relaxed);
}

enum step step_accept(struct exchange *x)
{
    struct cp_str method = request_method(x->request);
    struct cp_str lookup = str_is(method, "HEAD") ? STR("GET") : method;
    struct endpoint_match m =
        registry_match(x->setup->registry, lookup, request_path(x->request),
                       request_query(x->request), accept_has_header, x->request);

    if (m.adapter) {
        x->client = m.adapter;
        x->client_instance = x->setup->clients[m.adapter->ordinal];
        accept_count(x);
    }
    if (str_is(method, "OPTIONS") && x->setup->conf->cors)
        return accept_preflight(x);
    if (!m.adapter)
        return answer_error(x, CP_NOT_FOUND, 404, "no such endpoint: %.*s",
                            STR_FMT(str_cut(request_path(x->request), 200)));
    if (hops_came_back(x))
        return answer_error(x, CP_SERVER, 508,
                            "this request has been here before: a base_url leads back here");
    if (accept_is_upgrade(x))
        return accept_refuse_upgrade(x);
    if (!m.endpoint)
        return accept_method(x, &m);
    x->endpoint = m.endpoint;
    x->op = m.endpoint->op;
    x->model = m.model;
    /* Some clients leave the type out; none sends another one on purpose. */
    const char *type = media_of_body(&x->client->hooks);
    if (str_is(method, "POST") &&
        !media_takes(&x->client->hooks, request_header(x->request, "content-type")))
        return answer_error(x, CP_MEDIA_TYPE, 415,
                            "the body must be %s: send the header Content-Type: %s", type,
                            type);
    return STEP_NEXT;
}
