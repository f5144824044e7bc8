/* SPDX-License-Identifier: MIT */
/*
 * route - step 3: what does the body ask for, of which model, as a stream or whole.
 *
 * One validating pass over the body; from then on reading it cannot fail.  Then the client's adapter is asked
 * for the route only (CP_WANT_ROUTE): the full decoding waits until an attempt needs another dialect.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/desk.h"
#include "flow/percent.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "flow/stored.h"
#include "plugin/guard.h"
#include "json/check.h"

static bool route_lies_in(struct cp_str part, struct cp_str whole)
{
    return part.n && part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static enum step route_learn(struct exchange *x, struct cp_str body)
{
    struct cp_tape tape;

    desk_client(x);
    x->call.call.want = CP_WANT_ROUTE;
    x->call.call.model = x->call.call.client_model = x->model;
    tape_init(&tape, x->arena, CP_REQUEST, CP_WANT_ROUTE, body);
    if (guard_decode(x->client, x->client_instance, &x->call, CP_REQUEST, body, &tape)) {
        if (x->call.err.code == E_UNSUPPORTED)
            return answer_error(x, CP_BAD_REQUEST, 501, "%s", x->call.err.what);
        /* The tape itself objects to an item: here there is only the one with the model's name. */
        bool is_item = str_begins(str_of(x->call.err.where), "item ");
        return answer_error(x, CP_BAD_REQUEST, 400, "%s%s", is_item ? "model: " : "",
                            x->call.err.what);
    }
    const struct cp_item *start = tape_find(&tape, CP_START);
    if (start && start->name.n) {
        x->model = start->name;
        if (route_lies_in(start->name, body))
            x->model_slice = start->name;
    }
    x->chain.is_tied = start && start->sub & CP_TIED;
    x->chain.is_unkept = start && start->sub & CP_UNKEPT;
    x->is_stream =
        x->endpoint->stream == 1 || (x->endpoint->stream == 0 && start && start->num == 1);
    return STEP_NEXT;
}

static enum step route_body(struct exchange *x)
{
    struct cp_str body = request_body(x->request);
    struct json_top top;
    struct err err = { 0 };

    if (!str_trim(body).n)
        return answer_error(x, CP_BAD_REQUEST, 400,
                            "the body is empty: a JSON object is expected");
    if (json_check(body, NULL, &err))
        return answer_error(x, CP_BAD_REQUEST, 400, "the body is not valid JSON: %s at %s",
                            err.what, err.where);
    if (json_top(body, &top, &err))
        return answer_error(x, CP_BAD_REQUEST, 400, "%s%s%s", err.where,
                            err.where[0] ? ": " : "", err.what);
    return route_learn(x, body);
}

/* An answer that was kept is known by its id, not by its model, and a body says nothing more. */
static enum step route_stored(struct exchange *x)
{
    x->stored = x->model;
    x->model = STR_NONE;
    x->is_stream = x->endpoint->stream == 1;
    desk_client(x);
    if (!str_is_field_value(x->stored) || x->stored.n > 512)
        return stored_refuse(x);
    return STEP_NEXT;
}

enum step step_route(struct exchange *x)
{
    enum step answer = STEP_NEXT;

    if (!x->is_ready)
        return STEP_WAIT;
    x->ready_us = clock_us();
    x->model = percent_decode(
        x->arena, x->model); /* the server has refused encoded NUL and dots already */
    if (stored_is_op(x->op))
        return route_stored(x);
    x->is_body = str_is(str_of(x->endpoint->method), "POST");
    if (x->is_body)
        answer = route_body(x);
    else
        desk_client(x);
    if (answer != STEP_NEXT)
        return answer;
    if (!x->model.n && x->op != CP_LIST_MODELS)
        return answer_error(x, CP_BAD_REQUEST, 400, "model: a model name is required");
    if (!str_is_field_value(x->model) || x->model.n > 512)
        return answer_error(x, CP_BAD_REQUEST, 400, "model: not a model name");
    x->call.call.stream = x->is_stream;
    x->call.call.client_model = x->model;
    x->call.call.framing = !x->is_stream          ? 0
                           : x->endpoint->framing ? x->endpoint->framing
                                                  : CP_SSE;
    return STEP_NEXT;
}
