/* SPDX-License-Identifier: MIT */
/*
 * record - what is remembered of a request when it is over: one struct cp_record, left in the diary.
 *
 * Attempts are noted one by one as they end, because the next one overwrites the last, and the twin of a hedged request
 * dies before the request does.  The word of an attempt that failed on the network is the network's ("connect",
 * "timeout"), because it says more than the trouble it is for the client; all others are the words of the log's cause.
 *
 * Why it went there is spelled at once, because its names belong to the snapshot that chose; but only where it is news.
 * Of a request that was served by the first it asked, while nobody rested, was full or promoted, the other members say all;
 * spelling and compressing it all the same took more than all else that is done for a record (30 of 45 us).
 */
#include "flow/record.h"

#include "balance/trace.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/price.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/setup.h"
#include "flow/tally.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "plugin/verdict.h"
#include "state/diary.h"
#include "json/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { PEER_BYTES = 64, AGENT_BYTES = 200, MODEL_BYTES = 200, WHY_BYTES = 400 };

/* ---- attempts ------------------------------------------------------------- */

struct try_node {
    struct cp_try is;
    struct try_node *next;
};

struct tries {
    struct try_node *first, *last;
    uint32_t n;
};

static const char *const net_words[] = {
    [CP_NET_RESOLVE] = "resolve",
    [CP_NET_CONNECT] = "connect",
    [CP_NET_TLS] = "tls",
    [CP_NET_SEND] = "send",
    [CP_NET_RECV] = "recv",
    [CP_NET_TIMEOUT] = "timeout",
    [CP_NET_PROTOCOL] = "protocol",
    [CP_NET_DENIED] = "denied",
    [CP_NET_CUT] = "stream_cut",
    [CP_NET_EMPTY] = "empty",
    [CP_NET_CONTENT_TYPE] = "content_type",
};

enum { NET_WORDS = sizeof(net_words) / sizeof(*net_words) };

struct tries *record_tries(struct exchange *x)
{
    return arena_need(x->arena, sizeof(struct tries));
}

static struct cp_str try_key(const struct attempt *a)
{
    const struct conf_channel *c = a->channel->conf;
    return a->key < c->keys_n ? str_of(c->keys[a->key].id) : STR_NONE;
}

static const char *try_failed(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    if (!a->unsaid && !a->has_trouble && a->net > 0 && a->net < NET_WORDS && net_words[a->net])
        return net_words[a->net];
    return verdict_trouble_name(x->verdict.trouble);
}

static const char *try_outcome(const struct exchange *x, bool is_ok, bool is_cut)
{
    const struct attempt *a = &x->attempt;

    if (is_ok)
        return "ok";
    if (is_cut)
        return a->has_trouble ? verdict_trouble_name(a->trouble.sub) : "stream_cut";
    if (a->is_judged)
        return try_failed(x);
    return x->is_gone ? "cancelled" : "given_up";
}

void record_try(struct exchange *x, bool is_ok, bool is_cut)
{
    struct attempt *a = &x->attempt;
    struct tries *t = x->tries;

    if (!t || !a->channel || a->is_noted)
        return;
    a->is_noted = true;
    struct try_node *n = arena_need(x->arena, sizeof(*n));
    n->is =
        (struct cp_try){ .channel = a->channel->conf->id,
                         .key = try_key(a),
                         .outcome = str_of(try_outcome(x, is_ok, is_cut)),
                         .status = a->status,
                         .began_us = a->start_us - x->start_us,
                         .took_us = clock_us() - a->start_us,
                         .connect_us =
                             a->has_end && a->end.connect_us > 0 ? a->end.connect_us : 0,
                         .first_us = a->head_us > a->start_us ? a->head_us - a->start_us : 0 };
    if (t->last)
        t->last->next = n;
    else
        t->first = n;
    t->last = n;
    t->n++;
}

struct cp_str record_cause(const struct exchange *x)
{
    const struct tries *t = x->tries;

    if (x->status < 400 && x->end.who == '-')
        return STR_NONE;
    if (t && t->last && !str_is(t->last->is.outcome, "ok"))
        return t->last->is.outcome;
    return x->status < 400 || x->status == 499
               ? STR("cancelled")
               : str_of(verdict_trouble_name(verdict_trouble(x->status)));
}

/* The last ones, if there are more than anybody will read. */
static uint32_t record_tries_copy(const struct tries *t, struct cp_try *out)
{
    uint32_t n = 0, skip = t && t->n > RECORD_TRIES ? t->n - RECORD_TRIES : 0;

    for (const struct try_node *i = t ? t->first : NULL; i; i = i->next) {
        if (skip) {
            skip--;
            continue;
        }
        out[n++] = i->is;
    }
    return n;
}

/* ---- why it went there ---------------------------------------------------- */

/* Somebody rests or is full, was promoted, or probed: what the row's other members do not say. */
static bool step_is_news(const struct trace_step *s)
{
    switch (s->why) {
    case TRACE_FORBIDDEN:
    case TRACE_COOLDOWN:
    case TRACE_BREAKER:
    case TRACE_PROBING:
    case TRACE_CONCURRENCY:
    case TRACE_RPM:
    case TRACE_TPM:
    case TRACE_MODEL_REST:
    case TRACE_PROVENANCE:
    case TRACE_PROMOTION:
    case TRACE_PROBE:
    case TRACE_DEGRADED:
    case TRACE_LATELY:
        return s->kind != TRACE_ATTEMPT;
    default:
        return s->kind == TRACE_WAIT || s->kind == TRACE_HEDGE || s->kind == TRACE_NOBODY;
    }
}

static bool is_smooth(const struct exchange *x)
{
    return x->attempts <= 1 && x->status < 400 && x->end.who == '-';
}

static bool trace_is_news(const struct exchange *x)
{
    bool is_news = !is_smooth(x);

    for (uint32_t i = 0; i < x->trace->n && !is_news; i++)
        is_news = step_is_news(&x->trace->at[i]);
    return is_news;
}

static void record_trace(const struct exchange *x, struct buf *out)
{
    const struct trace *t = x->trace;
    struct json_writer w;
    int64_t now_ms = loop_now_ms(x->flow->loop);

    if (!t || !t->n || !trace_is_news(x))
        return;
    json_writer_init(&w, out);
    json_open(&w, '[');
    for (uint32_t i = 0; i < t->n; i++)
        if (t->at[i].kind != TRACE_FIT || !is_smooth(x))
            trace_json_step(&t->at[i], &x->setup->roster, now_ms, t->at[0].at_us, &w);
    json_close(&w);
    if (json_writer_done(&w))
        buf_clear(out); /* cut JSON is none */
}

/* ---- the record ----------------------------------------------------------- */

static struct cp_str record_op(const struct exchange *x)
{
    switch (x->op) {
    case CP_CHAT:
        return STR("chat");
    case CP_COUNT_TOKENS:
        return STR("count");
    case CP_LIST_MODELS:
    case CP_GET_MODEL:
        return STR("models");
    case CP_COMPACT:
        return STR("compact");
    case CP_STORED_GET:
    case CP_STORED_DELETE:
    case CP_STORED_ITEMS:
    case CP_STORED_CANCEL:
        return STR("stored");
    default:
        return STR_NONE;
    }
}

static uint32_t record_flags(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    uint32_t flags = 0;

    if (x->is_stream)
        flags |= CP_RECORD_STREAM;
    if (x->is_estimated)
        flags |= CP_RECORD_ESTIMATED;
    if (a->channel && !str_is(a->channel->conf->dialect, x->client->hooks.dialect))
        flags |= CP_RECORD_TRANSLATED;
    if (hedge_served(x))
        flags |= CP_RECORD_HEDGED;
    if (a->channel && a->pick.why == TRACE_AFFINITY)
        flags |= CP_RECORD_AT_HOME;
    return flags;
}

static int64_t record_since(const struct exchange *x, int64_t us)
{
    return us > x->start_us ? us - x->start_us : -1;
}

/* Neither while the request came in nor while an upstream was waited for. */
static uint32_t record_overhead(const struct exchange *x, int64_t now_us)
{
    int64_t own_us = x->ready_us ? now_us - x->ready_us - exchange_upstream_us(x) : 0;

    if (own_us <= 0)
        return 0;
    return own_us < UINT32_MAX ? (uint32_t)own_us : UINT32_MAX;
}

static void record_times(const struct exchange *x, struct cp_record *r)
{
    const struct attempt *a = &x->attempt;
    int64_t now_us = clock_us();

    r->total_us = now_us - x->start_us;
    r->overhead_us = record_overhead(x, now_us);
    r->wall_ms = clock_wall_ms() - r->total_us / 1000;
    r->queue_us = record_since(x, x->sched_us);
    r->connect_us = a->has_end ? a->end.connect_us : -1;
    r->first_us = record_since(x, a->head_us);
    r->content_us = record_since(x, a->content_us);
    r->bytes_in = (int64_t)request_body(x->request).n;
    r->bytes_out = (int64_t)request_bytes_out(x->request);
}

static bool record_has_tokens(const struct cp_record *r)
{
    for (size_t i = 1; i < sizeof(r->tokens) / sizeof(*r->tokens); i++)
        if (r->tokens[i] > 0)
            return true;
    return false;
}

/* By the name the upstream knows, or else by the client's. */
static int64_t record_cost(const struct exchange *x, const struct cp_record *r)
{
    const struct conf *c = x->setup->conf;

    if (!c->prices_n || !r->channel.p || !record_has_tokens(r))
        return -1;
    const struct conf_price *p = price_find(c, r->channel, r->model_up, r->wall_ms);
    if (!p && !str_eq(r->model, r->model_up))
        p = price_find(c, r->channel, r->model, r->wall_ms);
    return p ? price_of(p, r->tokens) : -1;
}

static void record_where(const struct exchange *x, struct cp_record *r)
{
    const struct attempt *a = &x->attempt;

    if (!a->channel)
        return;
    r->dialect = a->channel->conf->dialect;
    r->channel = a->channel->conf->id;
    r->key = try_key(a);
    r->model_up = str_cut(a->model, MODEL_BYTES);
    r->up_status = a->status;
}

static void record_who(const struct exchange *x, struct cp_str peer, struct cp_record *r)
{
    r->id = x->id;
    r->client = x->client_key_id;
    r->family = str_of(x->client->hooks.family);
    r->op = record_op(x);
    r->model = str_cut(x->model, MODEL_BYTES);
    r->why = str_cut(x->note, WHY_BYTES);
    r->status = x->status;
    r->flags = record_flags(x);
    r->attempts = x->attempts;
    if (!x->setup->conf->history.is_peer_kept)
        return;
    r->peer = str_cut(peer, PEER_BYTES);
    r->agent = str_cut(request_header(x->request, "user-agent"), AGENT_BYTES);
}

static void record_ledger(const struct exchange *x, struct cp_record *r)
{
    const uint32_t *n = x->ledger.counts;

    if (!tally_is_due(x))
        return;
    r->mapped = n[CP_MAPPED];
    r->approximated = n[CP_APPROXIMATED];
    r->dropped = n[CP_DROPPED];
    r->repaired = n[CP_REPAIRED];
}

void record_leave(struct exchange *x, struct cp_str peer)
{
    struct cp_record r = { .size = sizeof(r), .try_size = sizeof(struct cp_try) };
    struct cp_try tries[RECORD_TRIES];
    char session[17], end[2] = { x->end.who, x->end.when };
    struct buf trace;

    if (!x->flow->diary || !x->client || !x->request)
        return;
    record_try(x, x->status < 400 && x->end.who == '-', false);
    record_who(x, peer, &r);
    record_where(x, &r);
    record_times(x, &r);
    record_ledger(x, &r);
    memcpy(r.tokens, x->tokens, sizeof(r.tokens));
    r.cost_micro = record_cost(x, &r);
    r.end = str_n(end, 2);
    r.tries = tries;
    r.tries_n = record_tries_copy(x->tries, tries);
    if (x->has_session) {
        snprintf(session, sizeof(session), "%016" PRIx64, x->session.id[0]);
        r.session = str_n(session, 16);
    }
    buf_init(&trace, RECORD_TRACE_BYTES);
    if (x->setup->conf->history.store.n)
        record_trace(x, &trace);
    r.trace = trace.n ? buf_str(&trace) : STR_NONE;
    (void)diary_add(x->flow->diary, &r); /* what is lost there is counted there */
    buf_fini(&trace);
}
