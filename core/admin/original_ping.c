/* SPDX-License-Identifier: MIT */
/*
 * original_ping - which channels can be reached: HEAD to each base URL, without credentials; any status is an answer.
 *
 * It says nothing of keys; /api/channels/{id}/test does.
 */
#include "admin/api.h"
#include "admin/original.h"
#include "admin/probe.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "json/tree.h"

enum { PING_MS = 5000, PING_AT_ONCE = 32, US_A_MS = 1000 };

struct pings;

struct ping {
    struct pings *all;
    uint32_t channel; /* index in the list */
    struct transfer_spec spec;
    struct transfer *transfer;
};

struct ping_result {
    bool is_good;
    int status;
    int64_t latency_ms;
    struct cp_str why;
};

struct pings {
    struct api_call *call;
    struct original_channels list;
    struct ping *at;
    uint32_t n, next, under_way;
    struct ping_result *results; /* by channel */
    int64_t only;                /* index of the one channel; -1: all */
};

static struct tree *ping_tree(const struct pings *p, uint32_t i)
{
    const struct ping_result *r = &p->results[i];
    bool is_gemini = str_is(p->list.family, "gemini");
    struct tree *t = tree_object();

    if (p->only < 0) {
        if (is_gemini)
            tree_put_int(t, "index", i);
        else
            tree_put_int(t, "id", i);
        tree_put_text(t, "name", p->list.at[i]->name);
    }
    tree_put_bool(t, "success", r->is_good);
    tree_put_int(t, "latency", r->latency_ms);
    if (is_gemini)
        tree_put_int(t, "statusCode", r->status);
    else
        tree_put_text(t, "status", r->is_good ? STR("healthy") : STR("error"));
    if (!r->is_good)
        tree_put_text(t, "error", r->why);
    return t;
}

static void pings_tell(struct pings *p)
{
    struct tree *t, *list;

    if (p->only >= 0) {
        api_tell(p->call, ping_tree(p, (uint32_t)p->only));
        return;
    }
    list = tree_array();
    for (uint32_t i = 0; i < p->list.n; i++)
        tree_append(list, ping_tree(p, i));
    t = list;
    if (str_is(p->list.family, "gemini")) {
        t = tree_object();
        tree_put(t, "channels", list);
    }
    api_tell(p->call, t);
}

static void pings_go(struct pings *p);

/* The fastest that answers counts. */
static void ping_end(void *ctx, struct transfer *t, const struct transfer_end *end)
{
    struct ping *g = ctx;
    struct pings *p = g->all;
    struct ping_result *r = &p->results[g->channel];
    int64_t ms = end->total_us / US_A_MS;

    (void)t;
    g->transfer = NULL;
    p->under_way--;
    if (end->status && (!r->is_good || ms < r->latency_ms))
        *r = (struct ping_result){ true, end->status, ms, STR_NONE };
    else if (!end->status && !r->is_good)
        *r = (struct ping_result){ false, 0, ms,
                                   probe_scrub(p->call->arena,
                                               arena_copy(p->call->arena, str_of(end->why))) };
    pings_go(p);
}

static const struct transfer_handler handler = { NULL, NULL, ping_end };

static void ping_start(struct pings *p, struct ping *g)
{
    struct err err = { 0 };
    struct ping_result *r = &p->results[g->channel];

    g->transfer = transfer_start(p->call->flow->client, &g->spec, &handler, g, &err);
    if (g->transfer)
        p->under_way++;
    else if (!r->is_good)
        r->why = arena_copy(p->call->arena, str_of(err.what));
}

static void pings_go(struct pings *p)
{
    while (p->next < p->n && p->under_way < PING_AT_ONCE)
        ping_start(p, &p->at[p->next++]);
    if (p->under_way || p->next < p->n)
        return;
    struct api_call *call = p->call;
    pings_tell(p);
    call->user = NULL;
    api_answer(call);
}

static void pings_gone(struct api_call *call)
{
    struct pings *p = call->user;

    for (uint32_t i = 0; p && i < p->next; i++)
        if (p->at[i].transfer)
            transfer_cancel(p->at[i].transfer);
    call->user = NULL;
}

static void ping_prepare(struct pings *p, uint32_t channel, size_t url)
{
    const struct conf_channel *c = p->list.at[channel];
    struct arena *a = p->call->arena;
    struct ping *g = &p->at[p->n++];

    g->all = p;
    g->channel = channel;
    g->spec = (struct transfer_spec){ .method = "HEAD",
                                      .url = arena_z(a, c->urls[url].base),
                                      .proxy = c->proxy.n ? arena_z(a, c->proxy) : NULL,
                                      .ca_file = c->ca_file.n ? arena_z(a, c->ca_file) : NULL,
                                      .insecure = c->insecure,
                                      .allow_private = c->allow_private,
                                      .http1 = c->http1,
                                      .is_fresh = true,
                                      .connect_ms = PING_MS,
                                      .first_byte_ms = PING_MS,
                                      .total_ms = PING_MS };
}

static void pings_run(struct api_call *call, struct pings *p)
{
    size_t most = 0;

    for (uint32_t i = 0; i < p->list.n; i++)
        most += p->list.at[i]->urls_n;
    p->call = call;
    p->at = arena_need(call->arena, (most + 1) * sizeof(*p->at));
    p->results = arena_need(call->arena, (p->list.n + 1) * sizeof(*p->results));
    for (uint32_t i = 0; i < p->list.n; i++) {
        p->results[i].why = STR("nothing came");
        for (size_t u = 0; u < p->list.at[i]->urls_n && (p->only < 0 || p->only == i); u++)
            ping_prepare(p, i, u);
    }
    call->user = p;
    call->gone = pings_gone;
    pings_go(p);
}

void original_ping(struct api_call *call)
{
    struct pings *p = arena_need(call->arena, sizeof(*p));
    const struct conf_channel *c = original_find(call, &p->list, 404, "Channel not found");

    for (uint32_t i = 0; c && i < p->list.n; i++)
        if (p->list.at[i] == c)
            p->only = i;
    if (c)
        pings_run(call, p);
}

void original_ping_all(struct api_call *call)
{
    struct pings *p = arena_need(call->arena, sizeof(*p));
    struct cp_str family = call->param[0].p ? call->param[0] : STR("messages");

    p->only = -1;
    if (original_channels(call, call->setup, family, &p->list))
        pings_run(call, p);
}
