/* SPDX-License-Identifier: MIT */
/*
 * route - step 3: what does the body ask for, of which model, as a stream or whole.
 *
 * One validating pass over the body (of JSON; what a dialect calls text must be UTF-8); from then on reading it cannot fail.  Then the client's adapter is asked
 * for the route only (CP_WANT_ROUTE): the full decoding waits until an attempt needs another dialect.
 */
#include "flow/route.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/desk.h"
#include "flow/percent.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "flow/stored.h"
#include "plugin/guard.h"
#include "plugin/media.h"
#include "json/check.h"

enum { NAME_BYTES = 512 };

static bool route_lies_in(struct cp_str part, struct cp_str whole)
{
    return part.n && part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static int route_learn(const struct route_ask *ask, struct route *r, struct err *err)
{
    struct host_call *hc = ask->call;
    struct cp_tape tape;

    hc->call.want = CP_WANT_ROUTE;
    hc->call.model = hc->call.client_model = ask->in_path;
    tape_init(&tape, ask->arena, CP_REQUEST, CP_WANT_ROUTE, ask->body);
    if (guard_decode(ask->client, ask->instance, hc, CP_REQUEST, ask->body, &tape)) {
        bool is_other = hc->err.code == E_UNSUPPORTED || hc->err.code == E_BUG;
        int rc = is_other ? hc->err.code : E_SYNTAX;
        /* The tape itself objects to an item: here there is only the one with the model's name. */
        bool is_item = str_begins(str_of(hc->err.where), "item ");
        return err_set(err, rc, "", "%s%s", rc == E_SYNTAX && is_item ? "model: " : "",
                       hc->err.what);
    }
    const struct cp_item *start = tape_find(&tape, CP_START);
    if (start && start->name.n) {
        r->model = start->name;
        if (route_lies_in(start->name, ask->body))
            r->model_slice = start->name;
    }
    r->ties = start ? start->sub : 0;
    r->is_stream |= ask->endpoint->stream == 0 && start && start->num == 1;
    return 0;
}

/* A name that was found in it is said anew, not put in the other's place: how it is spelled there is the dialect's to know. */
static int route_text(const struct route_ask *ask, struct route *r, struct err *err)
{
    if (!ask->body.n)
        return err_set(err, E_SYNTAX, "", "the body is empty");
    if (utf8_valid(ask->body) != ask->body.n)
        return err_set(err, E_SYNTAX, "", "the body is not UTF-8");
    int rc = route_learn(ask, r, err);
    r->model_slice = STR_NONE;
    return rc;
}

static int route_body(const struct route_ask *ask, struct route *r, struct err *err)
{
    struct json_top top;
    struct err bad = { 0 };

    if (!media_is_json(&ask->client->hooks))
        return route_text(ask, r, err);
    if (!str_trim(ask->body).n)
        return err_set(err, E_SYNTAX, "", "the body is empty: a JSON object is expected");
    if (json_check(ask->body, NULL, &bad))
        return err_set(err, E_SYNTAX, "", "the body is not valid JSON: %s at %s", bad.what,
                       bad.where);
    if (json_top(ask->body, &top, &bad))
        return err_set(err, E_SYNTAX, "", "%s%s%s", bad.where, bad.where[0] ? ": " : "",
                       bad.what);
    return route_learn(ask, r, err);
}

/* An answer that was kept is known by its id, not by its model, and a body says nothing more. */
static int route_stored(struct route *r, struct err *err)
{
    r->stored = r->model;
    r->model = STR_NONE;
    if (!str_is_field_value(r->stored) || r->stored.n > NAME_BYTES)
        return err_set(err, E_ABSENT, "", "there is no such answer");
    return 0;
}

bool route_has_body(const struct cp_endpoint *e)
{
    return !stored_is_op(e->op) && str_is(str_of(e->method), "POST");
}

int route_read(const struct route_ask *ask, struct route *r, struct err *err)
{
    int rc = 0;

    *r = (struct route){ .model = ask->in_path,
                         .is_body = route_has_body(ask->endpoint),
                         .is_stream = ask->endpoint->stream == 1 };
    if (stored_is_op(ask->endpoint->op))
        return route_stored(r, err);
    if (r->is_body)
        rc = route_body(ask, r, err);
    if (rc)
        return rc;
    if (!r->model.n && ask->endpoint->op != CP_LIST_MODELS)
        return err_set(err, E_SYNTAX, "", "model: a model name is required");
    if (!str_is_field_value(r->model) || r->model.n > NAME_BYTES)
        return err_set(err, E_SYNTAX, "", "model: not a model name");
    return 0;
}

static void route_take(struct exchange *x, const struct route *r)
{
    x->model = r->model;
    x->model_slice = r->model_slice;
    x->stored = r->stored;
    x->is_stream = r->is_stream;
    x->chain.is_tied = r->ties & CP_TIED;
    x->chain.is_unkept = r->ties & CP_UNKEPT;
    x->call.call.stream = x->is_stream;
    x->call.call.client_model = x->model;
    x->call.call.framing = !x->is_stream          ? 0
                           : x->endpoint->framing ? x->endpoint->framing
                                                  : CP_SSE;
}

enum step step_route(struct exchange *x)
{
    struct route_ask ask = { .client = x->client,
                             .instance = x->client_instance,
                             .endpoint = x->endpoint,
                             .call = &x->call,
                             .arena = x->arena };
    struct route found;
    struct err err = { 0 };

    if (!x->is_ready)
        return STEP_WAIT;
    x->ready_us = clock_us();
    /* The server has refused encoded NUL and dots already. */
    x->model = ask.in_path = percent_decode(x->arena, x->model);
    x->is_body = route_has_body(x->endpoint);
    if (x->is_body)
        ask.body = request_body(x->request);
    desk_client(x);
    int rc = route_read(&ask, &found, &err);
    if (!rc || rc == E_ABSENT)
        route_take(x, &found);
    if (rc == E_ABSENT)
        return stored_refuse(x);
    if (rc == E_BUG)
        return answer_error(x, CP_SERVER, 502, "%s", err.what);
    if (rc)
        return answer_error(x, CP_BAD_REQUEST, rc == E_UNSUPPORTED ? 501 : 400, "%s", err.what);
    return STEP_NEXT;
}
