/* SPDX-License-Identifier: MIT */
/*
 * adapt - step 5: from the client's request to an attempt's: pass, splice or translate.
 *
 * Same dialect on both ends: the bytes go through as they came; another model name is spliced into them.
 * A name that cannot be spliced (it was spelled with escapes) is translated instead, as everything is that
 * crosses dialects.  The client's request is decoded at most once, however many attempts follow.  At the end what this
 * upstream has said it does not know is cut out of the bytes (flow/learn.c).
 */
#include "flow/adapt.h"

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/cut.h"
#include "flow/desk.h"
#include "flow/estimate.h"
#include "flow/learn.h"
#include "flow/override.h"
#include "flow/percent.h"
#include "flow/setup.h"
#include "flow/steps.h"
#include "flow/summary.h"
#include "flow/thoughts.h"
#include "plugin/guard.h"
#include "plugin/host.h"
#include "json/write.h"

#include <stdio.h>

enum { URL_BYTES = 16 * 1024, NAME_BYTES = 4096 };

static int adapt_read_now(struct exchange *x)
{
    struct cp_str body = request_body(x->request);

    if (chain_decoded(x))
        return 0;
    struct cp_tape *tape = arena_need(x->arena, sizeof(*tape));
    x->call.call.want = CP_WANT_ALL;
    tape_init(tape, x->arena, CP_REQUEST, CP_WANT_ALL, body);
    int rc = guard_decode(x->client, x->client_instance, &x->call, CP_REQUEST, body, tape);
    if (!rc)
        rc = tape_finish(tape);
    if (!rc)
        x->request_tape = tape;
    else if (!x->call.err.what[0])
        x->call.err = tape->err;
    x->ledger.tapes[0] = x->request_tape;
    x->decoded = ledger_mark(&x->ledger);
    return rc;
}

/* What passed is read afterwards when its tokens are estimated: what it had lost stays lost. */
int adapt_read(struct exchange *x)
{
    struct ledger before = x->ledger;

    if (x->request_tape)
        return 0;
    ledger_init(&x->ledger);
    desk_requests(x);
    int rc = adapt_read_now(x);
    ledger_join(&x->ledger, &before);
    return rc;
}

int adapt_decode(struct exchange *x)
{
    int rc = adapt_read(x);

    if (rc == E_LIMIT)
        answer_error(x, CP_TOO_LARGE, 413, "the request has too many parts to translate");
    else if (rc == E_BUG)
        answer_error(x, CP_SERVER, 502, "%s", x->call.err.what);
    else if (rc)
        answer_error(x, CP_BAD_REQUEST, 400, "%s", x->call.err.what);
    return rc;
}

/* By its query a client chooses a door, and with it how it is answered: not for us to say again. */
static bool adapt_is_door(const struct exchange *x, const struct head_pair *q)
{
    const struct cp_adapter *h = &x->client->hooks;
    char pair[64];

    if (!x->attempt.is_pass)
        return false;
    snprintf(pair, sizeof(pair), "%.*s=%.*s", STR_FMT(q->name), STR_FMT(q->value));
    for (uint32_t i = 0; i < h->endpoints_n; i++)
        if (h->endpoints[i].when_query && !strcmp(h->endpoints[i].when_query, pair))
            return true;
    return false;
}

static void adapt_url(struct exchange *x, const struct cp_head *head, struct buf *url)
{
    const struct attempt *a = &x->attempt;
    char sep = '?';

    conf_request_url(url, &a->channel->conf->urls[a->url], head->version, head->path);
    if (a->is_pass && x->credential_query.n) {
        buf_add_c(url, sep);
        buf_add_str(url, x->credential_query);
        sep = '&';
    }
    for (uint32_t i = 0; i < head->queries_n; i++) {
        if (adapt_is_door(x, &head->queries[i]))
            continue;
        buf_printf(url, "%c%.*s=%.*s", sep, STR_FMT(head->queries[i].name),
                   STR_FMT(head->queries[i].value));
        sep = '&';
    }
    for (uint32_t i = 0; i < head->key_places_n; i++)
        if (head->key_place[i].where == CP_IN_QUERY && head->key.p) {
            buf_printf(url, "%c%.*s=", sep, STR_FMT(head->key_place[i].name));
            percent_encode(url, head->key);
            sep = '&';
        }
}

/* The body as it came, with the model's name replaced if it is another one upstream. */
static void adapt_splice(struct exchange *x, struct outgoing *o)
{
    struct cp_str body = request_body(x->request), slice = x->model_slice;
    struct json_writer w;
    struct buf name;

    o->body[0] = body;
    o->spec.body_n = 1;
    if (str_eq(x->attempt.model, x->model) || !slice.p)
        return;
    buf_init(&name, NAME_BYTES);
    json_writer_init(&w, &name);
    json_string(&w, x->attempt.model);
    size_t before = (size_t)(slice.p - body.p) - 1, after = before + slice.n + 2;
    o->body[0] = str_cut(body, before);
    o->body[1] = arena_copy(x->arena, buf_str(&name));
    o->body[2] = str_from(body, after);
    o->spec.body_n = 3;
    buf_fini(&name);
}

char *adapt_copy(struct exchange *x, const struct outgoing *o, size_t *n)
{
    char *copy, *to;

    *n = 0;
    for (size_t i = 0; i < o->spec.body_n; i++)
        *n += o->body[i].n;
    copy = to = arena_need(x->arena, *n + 1);
    for (size_t i = 0; i < o->spec.body_n; i++) {
        memcpy(to, o->body[i].p, o->body[i].n);
        to += o->body[i].n;
    }
    return copy;
}

static void adapt_free(void *p)
{
    struct buf *b = p;
    buf_fini(b);
}

/* What the request loses on its way to this channel. */
static const struct ledger_line *adapt_loss(const struct exchange *x)
{
    for (const struct ledger_line *l = x->ledger.first; l; l = l->next)
        if (l->deed == CP_DROPPED)
            return l;
    return NULL;
}

static enum step adapt_refuse(struct exchange *x, const struct ledger_line *loss)
{
    attempt_fail(x, 0, "%.*s: channel %.*s is strict: %.*s", STR_FMT(loss->path),
                 STR_FMT(x->attempt.channel->conf->id), STR_FMT(loss->why));
    x->attempt.unsaid = CP_BAD_REQUEST;
    return STEP_RETRY;
}

static uint32_t adapt_trouble(int rc)
{
    if (rc == E_LIMIT)
        return CP_TOO_LARGE;
    return rc == E_SYNTAX || rc == E_UNSUPPORTED ? CP_BAD_REQUEST : CP_SERVER;
}

/* What the upstream is asked for, which need not be what the client asked for. */
static void adapt_ask(struct exchange *x)
{
    for (uint32_t i = 0; i < x->request_tape->n; i++)
        if (x->request_tape->items[i]->kind == CP_START)
            x->request_tape->items[i]->num = x->attempt.is_stream;
}

static enum step adapt_translate(struct exchange *x, struct outgoing *o)
{
    struct attempt *a = &x->attempt;
    struct buf *body = arena_need(x->arena, sizeof(*body));
    struct cp_out out;

    if (adapt_decode(x))
        return STEP_ANSWER;
    if (a->channel->adapter != x->client && estimate_is_nothing(x))
        return estimate_nothing(x);
    adapt_ask(x);
    thoughts_restore(x);
    struct cp_tape *asked = summary_is_needed(x) ? summary_request(x) : x->request_tape;
    buf_init(body, x->setup->conf->body_bytes * 2 + 65536);
    arena_at_exit(x->arena, adapt_free, body);
    out_init(&out, body);
    int rc = guard_encode(a->channel->adapter, a->channel->instance, &a->call, CP_REQUEST,
                          asked, &out);
    if (!rc)
        rc = out_done(&out);
    if (rc) {
        attempt_fail(x, 0, "%s",
                     a->call.err.what[0] ? a->call.err.what : "it cannot be translated");
        a->unsaid = adapt_trouble(rc);
        return STEP_RETRY;
    }
    const struct ledger_line *loss = a->channel->conf->strict ? adapt_loss(x) : NULL;
    if (loss)
        return adapt_refuse(x, loss);
    cut_begin(x);
    thoughts_begin(x);
    o->body[0] = buf_str(body);
    o->spec.body_n = 1;
    return STEP_NEXT;
}

static void adapt_spec(struct exchange *x, struct outgoing *o, const char *url)
{
    const struct conf_channel *c = x->attempt.channel->conf;
    struct transfer_spec *s = &o->spec;

    s->method = x->endpoint->method;
    s->url = url;
    s->body = o->body;
    s->proxy = c->proxy.n ? arena_z(x->arena, c->proxy) : NULL;
    s->ca_file = c->ca_file.n ? arena_z(x->arena, c->ca_file) : NULL;
    s->insecure = c->insecure;
    s->allow_private = c->allow_private;
    s->http1 = c->http1;
    s->connect_ms = c->timeouts.connect_ms;
    /* A whole reply's head comes when everything is ready: only the total says it is late. */
    s->first_byte_ms = x->attempt.is_stream ? c->timeouts.first_byte_ms : 0;
    s->idle_ms = x->attempt.is_stream ? c->timeouts.idle_ms : 0;
    s->total_ms = x->attempt.is_stream ? 0 : c->timeouts.total_ms;
}

static enum step adapt_head(struct exchange *x, struct outgoing *o)
{
    struct attempt *a = &x->attempt;
    const struct setup_channel *c = a->channel;
    struct cp_str key = c->conf->keys_n ? secret_show(c->conf->keys[a->key].secret) : STR_NONE;
    struct cp_head head;
    struct buf url;

    head_init(&head, x->arena, x->stored.n ? x->stored : a->model, key);
    if (guard_target(c->adapter, c->instance, &a->call, &head) || head.failed) {
        attempt_fail(x, 0, "adapter %s gave no target: %s", c->adapter->hooks.dialect,
                     head.failed ? head.err.what : a->call.err.what);
        a->unsaid = CP_SERVER;
        return STEP_RETRY;
    }
    buf_init(&url, URL_BYTES);
    adapt_url(x, &head, &url);
    bool is_long = buf_failed(&url);
    adapt_spec(x, o, arena_z(x->arena, buf_str(&url)));
    buf_fini(&url);
    if (is_long)
        return answer_error(x, CP_BAD_REQUEST, 414, "the query is too long");
    adapt_headers(x, &head, o);
    return STEP_NEXT;
}

/* Some services know streams only, some none: what else is wanted is gathered, or unfolded. */
static bool adapt_streams(const struct exchange *x)
{
    struct cp_str rule = x->attempt.channel->conf->streaming;

    if (x->op != CP_CHAT || !rule.p || str_is(rule, "both"))
        return x->is_stream;
    return str_is(rule, "only");
}

/* What other attempts lost is not lost on this one. */
static void adapt_ledger(struct exchange *x)
{
    if (x->request_tape)
        ledger_back(&x->ledger, &x->decoded);
    else
        ledger_init(&x->ledger);
}

/* How the client will hear the answer. */
static void adapt_out(struct exchange *x)
{
    uint32_t framing = x->is_stream ? x->endpoint->framing : 0;

    buf_clear(&x->held);
    out_init(&x->out, &x->held);
    out_framing(&x->out, framing);
}

/* Whether the request can go as it came, or with nothing but another model's name put in.  A name that stands in
 * the path needs no place in the body; a count's body may have it as well. */
static bool adapt_may_pass(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    bool is_in_path = strstr(x->endpoint->path, "{model}") && x->op == CP_CHAT;

    if (a->channel->adapter != x->client || a->is_stream != x->is_stream ||
        (x->is_body && (a->channel->conf->rewrite || guard_rewrites(a->channel->instance))))
        return false;
    if (x->is_body && !is_in_path && !x->model_slice.p && !str_eq(a->model, x->model))
        return false;
    if (x->op == CP_CHAT && names_are_wrapped(request_body(x->request)))
        return false;
    return chain_may_pass(x, a->channel);
}

enum step step_adapt(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    struct outgoing *o = arena_need(x->arena, sizeof(*o));
    enum step answer = STEP_NEXT;

    a->model = conf_map_model(a->channel->conf, x->model, x->arena);
    a->is_stream = adapt_streams(x);
    a->is_pass = adapt_may_pass(x);
    a->outgoing = o;
    adapt_ledger(x);
    adapt_out(x);
    desk_attempt(x);
    a->call.call.stream = a->is_stream;
    if (x->is_body && a->is_pass)
        adapt_splice(x, o);
    else if (x->is_body)
        answer = adapt_translate(x, o);
    if (answer != STEP_NEXT)
        return answer;
    override_body(x, o);
    learn_body(x, o);
    return adapt_head(x, o);
}
