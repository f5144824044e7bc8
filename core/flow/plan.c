/* SPDX-License-Identifier: MIT */
/*
 * plan - where a request would go now, worked out without sending anything or changing anything.
 *
 * The same doors, the same reading of the body, the same choice as for a request that is served; only that the
 * choice claims nothing.  Then it is failed on paper, once as if each key were refused, once as if each upstream were
 * down, to see who would be asked next.
 *
 * Only the running gateway knows what a request follows on: here it is chosen for as if it followed on nothing.
 */
#include "flow/plan.h"

#include "balance/charge.h"
#include "balance/roster.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/percent.h"
#include "flow/sealed.h"
#include "flow/session.h"
#include "flow/setup.h"
#include "flow/stored.h"
#include "plugin/host.h"
#include "plugin/loader.h"

enum { BYTES_PER_TOKEN = 4 };

/* ---- what is asked for ---- */

static bool plan_has_header(void *ctx, const char *name)
{
    const struct explain_ask *ask = ctx;

    return ask->header && ask->header(ask->ctx, name).p;
}

static struct cp_str plan_header(void *ctx, int phase, const char *name)
{
    const struct explain_ask *ask = ctx;

    return phase == CP_REQUEST && ask->header ? ask->header(ask->ctx, name) : STR_NONE;
}

static struct cp_str plan_session_header(void *ctx, const char *name)
{
    return plan_header(ctx, CP_REQUEST, name);
}

/* The server lets none in; a file may have any, and what is said of it is read on a terminal. */
static bool plan_is_plain(struct cp_str target)
{
    for (size_t i = 0; i < target.n; i++)
        if (target.p[i] <= ' ' || target.p[i] > '~')
            return false;
    return true;
}

static int plan_door(struct plan *p, struct cp_str *in_path, struct err *err)
{
    struct explain_ask ask = *p->ask;
    struct cp_str rest = ask.path, method = str_of(ask.method);
    struct endpoint_match m;

    str_split(&rest, '?', &p->path);
    p->query = rest;
    if (!plan_is_plain(ask.path))
        return err_set(err, E_SYNTAX, "path", "a forbidden byte in the path");
    m = registry_match(p->setup->registry, str_is(method, "HEAD") ? STR("GET") : method,
                       p->path, p->query, plan_has_header, &ask);
    if (!m.adapter)
        return err_set(err, E_ABSENT, "path", "no such endpoint: %.*s",
                       STR_FMT(str_cut(p->path, 200)));
    if (!m.endpoint)
        return err_set(err, E_UNSUPPORTED, "method", "%s is not allowed at %.*s; use %s",
                       ask.method, STR_FMT(str_cut(p->path, 200)), m.allow);
    p->client = m.adapter;
    p->endpoint = m.endpoint;
    *in_path = percent_decode(p->arena, m.model);
    return 0;
}

static int plan_read(struct plan *p, struct cp_str in_path, struct err *err)
{
    struct explain_ask ask = *p->ask;
    struct ledger ledger;
    struct host_call hc;

    ledger_init(&ledger);
    host_call_init(&hc, p->arena, &ledger);
    hc.header = plan_header;
    hc.header_ctx = &ask;
    hc.client_body = ask.body;
    hc.call.op = p->endpoint->op;
    hc.call.client_dialect = str_of(p->client->hooks.dialect);
    hc.call.trace = STR("explain");
    hc.call.query = p->query;
    struct route_ask asked = { p->client,   p->setup->clients[p->client->ordinal],
                               p->endpoint, in_path,
                               ask.body,    &hc,
                               p->arena };
    int rc = route_read(&asked, &p->route, err);
    host_call_fini(&hc);
    if (!rc && p->route.stored.n)
        return err_set(err, E_UNSUPPORTED, "path",
                       "an answer that was kept is asked of who made it: nobody is chosen");
    return rc;
}

static void plan_find_session(struct plan *p)
{
    struct explain_ask ask = *p->ask;
    const struct conf *c = p->setup->conf;
    struct session_source from = { &p->client->hooks, plan_session_header, &ask,
                                   p->route.is_body ? ask.body : STR_NONE };

    if (p->route.is_body)
        sealed_find(&from, c->install_id, ask.client_key_id, &p->seal);
    p->has_affinity = session_is_wanted(c, &p->client->hooks, p->endpoint->op, p->route.model);
    if (!p->has_affinity)
        return;
    session_find(&from, c->install_id, ask.client_key_id, p->route.model, &p->session);
    if (p->session.source && p->setup->roster.affinity)
        p->has_home =
            affinity_find(p->setup->roster.affinity, &p->session, ask.now_ms, &p->home);
}

/* ---- who is asked ---- */

static bool plan_streams(const struct plan *p, const struct conf_channel *c)
{
    if (p->endpoint->op != CP_CHAT || !c->streaming.p || str_is(c->streaming, "both"))
        return p->route.is_stream;
    return str_is(c->streaming, "only");
}

static bool plan_counts(const struct plan *p, const struct conf_channel *c)
{
    const struct adapter *a = p->setup->channels[c->ordinal].adapter;

    return a && a->hooks.ops & CP_BIT(CP_COUNT_TOKENS);
}

static enum plan_way plan_way(const struct plan *p, const struct pick *pick,
                              const struct conf_channel *c, struct cp_str model)
{
    const struct route *r = &p->route;
    bool is_same = str_eq(model, r->model);
    bool is_in_path = p->endpoint->op == CP_CHAT && strstr(p->endpoint->path, "{model}");

    if (p->endpoint->op == CP_COUNT_TOKENS && (pick->is_degraded || !plan_counts(p, c)))
        return PLAN_ESTIMATE;
    if (!str_is(c->dialect, p->client->hooks.dialect))
        return PLAN_TRANSLATE;
    if (!r->is_body)
        return PLAN_PASS;
    if (c->rewrite || plan_streams(p, c) != r->is_stream ||
        (!is_same && !is_in_path && !r->model_slice.p) ||
        (p->endpoint->op == CP_CHAT && names_are_wrapped(p->ask->body)))
        return PLAN_REWRITE;
    return is_same ? PLAN_PASS : PLAN_SPLICE;
}

static void plan_take(struct plan *p, const struct pick *pick, struct plan_path *out)
{
    const struct conf_channel *c = p->setup->roster.channels[pick->channel].conf;

    out->pick = *pick;
    out->model = conf_map_model(c, p->route.model, p->arena);
    out->way = plan_way(p, pick, c, out->model);
}

static bool plan_has_out(const struct plan *p, const struct trace_step *s)
{
    for (uint32_t i = 0; i < p->outs_n; i++) {
        const struct trace_step *o = &p->outs[i];
        if (o->channel == s->channel && o->key == s->key && o->url == s->url &&
            o->why == s->why)
            return true;
    }
    return false;
}

/* Who is left out for another reason than that it has failed on paper. */
static void plan_keep_outs(struct plan *p, const struct trace *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        const struct trace_step *s = &t->at[i];
        if (s->kind != TRACE_OUT || s->why == TRACE_TRIED || s->why == TRACE_LATELY ||
            plan_has_out(p, s))
            continue;
        if (p->outs_n < PLAN_OUTS)
            p->outs[p->outs_n++] = *s;
        else
            p->outs_left++;
    }
}

static struct pick_ask plan_ask(const struct plan *p)
{
    const struct explain_ask *ask = p->ask;

    return (struct pick_ask){
        .family = str_of(p->client->hooks.family),
        .model = p->route.model,
        .op = p->endpoint->op,
        .any_model = p->endpoint->op == CP_LIST_MODELS,
        .session = p->session.source ? &p->session : NULL,
        .sealed = p->seal.source ? &p->seal : NULL,
        .is_dry = true,
        .tokens = (int64_t)ask->body.n / BYTES_PER_TOKEN,
        .random = (uint64_t)ask->now_ms * UINT64_C(0x9E3779B97F4A7C15),
        .now_ms = ask->now_ms,
        .wall_ms = ask->wall_ms,
    };
}

/* Goes on until everything was tried, so that all who are left out are seen; attempts end sooner. */
static void plan_follow(struct plan *p, uint32_t fault, struct plan_line *line)
{
    struct cp_verdict verdict = { .fault = fault, .cure = CP_ELSEWHERE, .wait_ms = -1 };
    struct pick_ask ask = plan_ask(p);
    struct tried tried[PLAN_PATHS];
    struct pick pick = p->first.pick;
    uint32_t most = p->setup->conf->attempts;
    struct trace trace;
    int64_t wait_ms;

    line->fault = fault;
    ask.tried = tried;
    ask.trace = &trace;
    while (ask.tried_n < PLAN_PATHS) {
        tried[ask.tried_n++] = charge_tried(&pick, &verdict);
        ask.degraded += pick.is_degraded;
        ask.is_last = line->n + 2 >= most; /* the first attempt stands in no line */
        trace.n = trace.left_out = 0;
        enum pick_result found = pick_choose(&p->setup->roster, &ask, &pick, &wait_ms);
        plan_keep_outs(p, &trace);
        if (found != PICK_FOUND)
            return;
        if (line->n + 1 < most && line->n < PLAN_PATHS)
            plan_take(p, &pick, &line->paths[line->n++]);
        else
            line->is_more = true;
    }
}

/* ---- who is not ---- */

static bool plan_is_routed(const struct plan *p, const struct roster_channel *c)
{
    const struct roster *r = &p->setup->roster;
    const struct roster_route *route = p->rule ? &r->routes[p->rule - r->conf->routes] : NULL;

    if (!route || !route->order)
        return true;
    for (uint32_t i = 0; i < route->order_n; i++)
        if (&r->channels[route->order[i]] == c)
            return true;
    return false;
}

static uint32_t plan_unfit(const struct plan *p, const struct roster_channel *c)
{
    if (c->conf->status != CONF_ACTIVE)
        return TRACE_STATUS;
    if (!c->ops)
        return TRACE_ADAPTER;
    if (!conf_serves_family(c->conf, str_of(p->client->hooks.family)))
        return TRACE_FAMILY;
    if (!(c->ops & CP_BIT(p->endpoint->op)))
        return TRACE_OP;
    if (p->endpoint->op != CP_LIST_MODELS && !conf_serves_model(c->conf, p->route.model))
        return TRACE_MODEL;
    return plan_is_routed(p, c) ? TRACE_WHY_NONE : TRACE_ROUTED;
}

static bool plan_has_channel_out(const struct plan *p, uint32_t channel)
{
    for (uint32_t i = 0; i < p->outs_n; i++)
        if (p->outs[i].channel == channel && p->outs[i].key == TRACE_ANY &&
            p->outs[i].url == TRACE_ANY)
            return true;
    return false;
}

/* Channels that were sorted out long before: when the configuration was read. */
static void plan_add_outs(struct plan *p)
{
    const struct roster *r = &p->setup->roster;
    struct trace trace = { .n = 1 };

    for (uint32_t i = 0; i < r->channels_n; i++) {
        uint32_t why = plan_unfit(p, &r->channels[i]);
        if (!why || plan_has_channel_out(p, i))
            continue;
        trace.at[0] = (struct trace_step){ .kind = TRACE_OUT,
                                           .why = (uint16_t)why,
                                           .channel = i,
                                           .key = TRACE_ANY,
                                           .url = TRACE_ANY,
                                           .at_us = p->ask->now_ms * 1000 };
        plan_keep_outs(p, &trace);
    }
}

static void plan_choose(struct plan *p)
{
    const struct roster *r = &p->setup->roster;
    struct cp_str family = str_of(p->client->hooks.family);
    struct pick_ask ask = plan_ask(p);
    struct pick pick;

    p->rule = conf_route(r->conf, family, p->route.model);
    p->strategy = roster_family(r, family) ? roster_family(r, family)->strategy : NULL;
    if (p->rule && r->routes[p->rule - r->conf->routes].strategy)
        p->strategy = r->routes[p->rule - r->conf->routes].strategy;
    ask.trace = &p->trace;
    p->wait_ms = -1;
    p->result = pick_choose(r, &ask, &pick, &p->wait_ms);
    plan_keep_outs(p, &p->trace);
    if (p->result != PICK_FOUND)
        return;
    plan_take(p, &pick, &p->first);
    plan_follow(p, CP_BY_KEY, &p->by_key);
    plan_follow(p, CP_BY_UPSTREAM, &p->by_upstream);
}

int plan_make(struct plan *p, const struct setup *setup, const struct explain_ask *ask,
              struct arena *arena, struct err *err)
{
    struct cp_str in_path = STR_NONE;

    memset(p, 0, sizeof(*p));
    p->setup = setup;
    p->ask = ask;
    p->arena = arena;
    int rc = plan_door(p, &in_path, err);
    if (!rc)
        rc = plan_read(p, in_path, err);
    if (rc)
        return rc;
    plan_find_session(p);
    plan_choose(p);
    plan_add_outs(p);
    return 0;
}
