/* SPDX-License-Identifier: MIT */
/*
 * desk - what the flow does for the hooks of an exchange: what it keeps, and whose it is.
 *
 * Three kinds of keys in the one store of answers, so that what an adapter calls its things can
 * never meet what the flow calls its own:
 *
 *     tenant       id        bytes
 *     client key   k/ID      what an adapter remembered by ID
 *     client key   m/ID      the channel whose upstream made the answer ID and keeps it, too
 *     (nobody)     m/ID      the client key that has it, of items, too: others hear that there is none
 */
#include "flow/desk.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "state/store.h"

/* Who has an answer is kept by nobody's key. */
#define NOBODY STR("")

enum { ID_BYTES = 1024 }; /* no service's are longer */

static bool desk_is_id(struct cp_str id)
{
    return id.n && id.n <= ID_BYTES;
}

static struct cp_str desk_key(struct exchange *x, const char *kind, struct cp_str id)
{
    return arena_printf(x->arena, "%s/%.*s", kind, STR_FMT(id));
}

static struct cp_str desk_get(struct exchange *x, struct cp_str tenant, const char *kind,
                              struct cp_str id)
{
    struct store *s = x->flow->kept;
    struct cp_str bytes = STR_NONE;

    if (s && desk_is_id(id))
        (void)s->ops->get(s, tenant, desk_key(x, kind, id), clock_ms(), x->arena, &bytes);
    return bytes;
}

static int desk_put(struct exchange *x, struct cp_str tenant, const char *kind,
                    struct cp_str id, struct cp_str under, struct cp_str bytes)
{
    struct store *s = x->flow->kept;

    if (!s || !desk_is_id(id) || under.n > ID_BYTES)
        return CP_E_LIMIT;
    if (under.n)
        under = desk_key(x, kind, under);
    return s->ops->put(s, tenant, desk_key(x, kind, id), under, bytes, clock_ms()) ? CP_E_LIMIT
                                                                                   : CP_OK;
}

static int desk_drop(struct exchange *x, struct cp_str tenant, const char *kind,
                     struct cp_str id)
{
    struct store *s = x->flow->kept;
    return s && desk_is_id(id) ? s->ops->drop(s, tenant, desk_key(x, kind, id), clock_ms()) : 0;
}

/* ---- who made it ---- */

void desk_own(struct exchange *x, struct cp_str id, struct cp_str channel)
{
    if (!x->client_key_id.n)
        return;
    (void)desk_put(x, x->client_key_id, "m", id, STR_NONE,
                   channel); /* full: it is unknown then */
    (void)desk_put(x, NOBODY, "m", id, STR_NONE, x->client_key_id);
}

void desk_disown(struct exchange *x, struct cp_str id)
{
    (void)desk_drop(x, x->client_key_id, "m", id);
    if (str_eq(desk_get(x, NOBODY, "m", id), x->client_key_id))
        (void)desk_drop(x, NOBODY, "m", id);
}

struct cp_str desk_maker(struct exchange *x, struct cp_str id)
{
    return desk_get(x, x->client_key_id, "m", id);
}

bool desk_is_foreign(struct exchange *x, struct cp_str id)
{
    struct cp_str owner = desk_get(x, NOBODY, "m", id);

    return owner.p && !str_eq(owner, x->client_key_id) && !desk_maker(x, id).p;
}

/* ---- what hooks ask for ---- */

static int desk_remember(void *ctx, struct cp_str id, struct cp_str under, struct cp_str bytes)
{
    struct exchange *x = ctx;
    return desk_put(x, x->client_key_id, "k", id, under, bytes);
}

/* What passes is its maker's, too, and so is every item of it that may be referred to. */
static int desk_keep(void *ctx, struct cp_str id, struct cp_str under, struct cp_str bytes)
{
    struct exchange *x = ctx;

    if (!x->attempt.is_pass)
        return CP_E_LIMIT;
    desk_own(x, id, x->attempt.channel->conf->id);
    return desk_remember(ctx, id, under, bytes);
}

static struct cp_str desk_recall(void *ctx, struct cp_str id)
{
    struct exchange *x = ctx;
    struct cp_str bytes = desk_get(x, x->client_key_id, "k", id);

    if (!bytes.p)
        return bytes;
    if (!x->chain.maker_rank++)
        x->chain.maker = desk_maker(x, id);
    x->chain.is_expanded = true;
    return bytes;
}

static int desk_forget(void *ctx, struct cp_str id)
{
    struct exchange *x = ctx;

    desk_disown(x, id);
    return desk_drop(x, x->client_key_id, "k", id);
}

/* Asked while the request is encoded; the cutter is made when it is known what was asked. */
static int desk_emulate(void *ctx, const char *param)
{
    struct exchange *x = ctx;

    if (!str_is(STR("stop"), param) || x->op != CP_CHAT)
        return 0;
    x->attempt.is_cut_wanted = true;
    return 1;
}

static const struct host_desk client_desk = { NULL, desk_remember, desk_recall, desk_forget };
static const struct host_desk upstream_desk = { desk_emulate, desk_keep, NULL, NULL };

/* ---- both sides ---- */

static uint32_t desk_framing(const struct exchange *x)
{
    if (!x->is_stream || !x->endpoint)
        return 0;
    return x->endpoint->framing ? x->endpoint->framing : CP_SSE;
}

static void desk_open(struct exchange *x, struct host_call *hc)
{
    host_call_init(hc, x->arena, &x->ledger);
    hc->header = exchange_header;
    hc->header_ctx = x;
    hc->desk_ctx = x;
    hc->client_body = x->request && x->is_body ? request_body(x->request) : STR_NONE;
    hc->call.op = x->op;
    hc->call.stream = x->is_stream;
    hc->call.framing = desk_framing(x);
    hc->call.client_model = x->model;
    hc->call.client_dialect = x->client ? str_of(x->client->hooks.dialect) : STR_NONE;
    hc->call.trace = x->id;
    hc->call.query = x->credential_query;
}

void desk_client(struct exchange *x)
{
    if (x->is_call_open)
        return;
    desk_open(x, &x->call);
    x->call.desk = &client_desk;
    x->is_call_open = true;
}

void desk_attempt(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    desk_open(x, &a->call);
    a->call.desk = &upstream_desk;
    a->call.call.attempt = x->attempts;
    a->call.call.model = a->model;
    a->is_call_open = true;
}

void desk_answers(struct exchange *x)
{
    const struct outgoing *o = x->attempt.outgoing;

    x->call.call.request = x->call.client_body;
    x->call.call.framing = desk_framing(x);
    if (!x->attempt.is_call_open || !o)
        return;
    if (x->attempt.is_pass) /* but for the model's name, perhaps */
        x->attempt.call.call.request = x->call.client_body;
    else if (o->spec.body_n == 1)
        x->attempt.call.call.request = o->body[0];
}

void desk_requests(struct exchange *x)
{
    x->call.call.request = STR_NONE;
    x->attempt.call.call.request = STR_NONE;
}
