/* SPDX-License-Identifier: MIT */
/*
 * account - the last step: health gets its due, and one log line tells the whole story.
 *
 * The end code says who ended it (C client, U upstream, P this gateway's limits or deadlines, K killed, - nobody) and
 * when (R request read, Q choosing, C connect, H waiting for the head, D data, L last byte, - after it).
 */
#include "balance/trace.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/allow.h"
#include "flow/count.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/origin.h"
#include "flow/record.h"
#include "flow/relay.h"
#include "flow/settle.h"
#include "flow/setup.h"
#include "flow/snap.h"
#include "flow/steps.h"
#include "flow/tally.h"
#include "loop/server.h"

static int64_t account_since(const struct exchange *x, int64_t us)
{
    return us > x->start_us ? us - x->start_us : -1;
}

static struct cp_str account_form(const struct exchange *x)
{
    if (!x->attempt.relay)
        return STR_NONE;
    return str_of(x->attempt.relay->name);
}

enum { ACCOUNT_FIELDS = 40, BODY_BYTES = 6000, AGENT_BYTES = 200 };

static struct cp_str account_peer(const struct exchange *x)
{
    struct origin o;

    origin_of(x->setup->conf, x->request, &o);
    return arena_copy(x->arena, str_of(o.peer));
}

/* Secrets are hidden by the log itself; base64 and the like is cut with the rest. */
static void account_body(const struct exchange *x)
{
    if (!x->setup->conf->log_bodies || log_level_now() < CP_LOG_DEBUG)
        return;
    log_msg(CP_LOG_DEBUG, "%.*s request body: %.*s", STR_FMT(x->id),
            STR_FMT(str_cut(request_body(x->request), BODY_BYTES)));
}

static size_t account_who(const struct exchange *x, struct log_field *f)
{
    const struct attempt *a = &x->attempt;
    const struct conf_channel *c = a->channel ? a->channel->conf : NULL;
    bool has_key = c && c->keys_n;
    struct log_field own[] = {
        { "req", LOG_STR, x->id, 0 },
        { "client", LOG_STR, account_peer(x), 0 },
        { "key", LOG_STR, x->client_key_id, 0 },
        { "family", LOG_STR, x->client ? str_of(x->client->hooks.family) : STR_NONE, 0 },
        { "model", LOG_STR, str_cut(x->model, 200), 0 },
        { "model_up", LOG_STR, str_cut(a->model, 200), 0 },
        { "channel", LOG_STR, c ? c->id : STR_NONE, 0 },
        { "upkey", LOG_STR, has_key ? str_of(c->keys[a->key].id) : STR_NONE, 0 },
        { "dialect", LOG_STR, c ? c->dialect : STR_NONE, 0 },
        { "relay", LOG_STR, account_form(x), 0 },
    };
    memcpy(f, own, sizeof(own));
    return sizeof(own) / sizeof(*own);
}

/* Which paths were asked, when one was not enough, or everything is wanted. */
static struct cp_str account_route(const struct exchange *x)
{
    struct cp_str line = STR_NONE;
    struct buf out;

    if (x->attempts < 2 && x->status < 500 && log_level_now() < CP_LOG_DEBUG)
        return line;
    buf_init(&out, TRACE_LINE_BYTES);
    trace_line(x->trace, &x->setup->roster, &out);
    if (out.n)
        line = arena_copy(x->arena, buf_str(&out));
    buf_fini(&out);
    return line;
}

static size_t account_how(const struct exchange *x, struct log_field *f)
{
    struct cp_str agent = request_header(x->request, "user-agent");

    f[0] = (struct log_field){ "ua", LOG_STR, str_cut(agent, AGENT_BYTES), 0 };
    f[1] = (struct log_field){ "http", LOG_STR,
                               request_is_http10(x->request) ? STR("1.0") : STR_NONE, 0 };
    return 2;
}

static size_t account_what(const struct exchange *x, struct log_field *f, const char *end)
{
    const struct attempt *a = &x->attempt;
    int64_t connect = a->has_end ? a->end.connect_us : -1;
    int64_t queue = x->sched_us ? x->sched_us - x->start_us : -1;
    int64_t writes =
        x->tokens[CP_CACHE_WRITE_5M] < 0 && x->tokens[CP_CACHE_WRITE_1H] < 0
            ? -1
            : (x->tokens[CP_CACHE_WRITE_5M] > 0 ? x->tokens[CP_CACHE_WRITE_5M] : 0) +
                  (x->tokens[CP_CACHE_WRITE_1H] > 0 ? x->tokens[CP_CACHE_WRITE_1H] : 0);
    int64_t dropped = tally_is_due(x) ? x->ledger.counts[CP_DROPPED] : 0;
    const char *served = hedge_served(x);
    struct log_field own[] = {
        { "attempts", LOG_INT, STR_NONE, x->attempts },
        { "hedged", LOG_INT, STR_NONE, served ? 1 : -1 },
        { "won", LOG_STR, str_of(served), 0 },
        { "status", LOG_INT, STR_NONE, x->status },
        { "up_status", LOG_INT, STR_NONE, a->status ? a->status : -1 },
        { "stream", LOG_INT, STR_NONE, x->is_stream },
        { "t_queue", LOG_US, STR_NONE, queue },
        { "t_connect", LOG_US, STR_NONE, connect },
        { "t_first", LOG_US, STR_NONE, account_since(x, a->head_us) },
        { "t_content", LOG_US, STR_NONE, account_since(x, a->content_us) },
        { "t_total", LOG_US, STR_NONE, clock_us() - x->start_us },
        { "bytes_in", LOG_INT, STR_NONE, (int64_t)request_body(x->request).n },
        { "bytes_out", LOG_INT, STR_NONE, (int64_t)request_bytes_out(x->request) },
        { "tok_in", LOG_INT, STR_NONE, x->tokens[CP_INPUT] },
        { "tok_out", LOG_INT, STR_NONE, x->tokens[CP_OUTPUT] },
        { "tok_reasoning", LOG_INT, STR_NONE, x->tokens[CP_REASONING_TOKENS] },
        { "tok_cache_r", LOG_INT, STR_NONE, x->tokens[CP_CACHE_READ] },
        { "tok_cache_w", LOG_INT, STR_NONE, writes },
        { "est", LOG_INT, STR_NONE, x->is_estimated ? 1 : -1 },
        { "stop", LOG_STR, x->stop_word, 0 },
        { "dropped", LOG_INT, STR_NONE, dropped ? dropped : -1 },
        { "end", LOG_STR, str_n(end, 2), 0 },
        { "cause", LOG_STR, record_cause(x), 0 },
        { "why", LOG_STR, x->note, 0 },
        { "route", LOG_STR, account_route(x), 0 },
        { "ledger", LOG_STR, tally_lines(x), 0 },
    };
    memcpy(f, own, sizeof(own));
    return sizeof(own) / sizeof(*own);
}

/* The client has the beginning of an answer, and not its end, which was nobody's wish. */
static void account_aborted(const struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    const struct conf_channel *c = a->channel ? a->channel->conf : NULL;
    char end[2] = { x->end.who, x->end.when };

    if (!x->is_committed || x->end.who == '-' || x->end.who == 'C')
        return;
    struct log_field f[] = {
        { "req", LOG_STR, x->id, 0 },
        { "channel", LOG_STR, c ? c->id : STR_NONE, 0 },
        { "upkey", LOG_STR, c && c->keys_n ? str_of(c->keys[a->key].id) : STR_NONE, 0 },
        { "cause", LOG_STR, record_cause(x), 0 },
        { "end", LOG_STR, str_n(end, 2), 0 },
    };
    log_record(CP_LOG_WARN, "stream_aborted", f, sizeof(f) / sizeof(*f),
               "a stream ended before its end");
}

void step_account(struct exchange *x)
{
    struct log_field f[ACCOUNT_FIELDS];
    char end[2] = { x->end.who, x->end.when };
    int level = x->status >= 500 || x->end.who == 'U' ? CP_LOG_WARN : CP_LOG_INFO;
    struct cp_str path = request_path(x->request);

    if (x->is_ending)
        return;
    x->is_ending = true;
    settle_served(x);
    count_settle(x);
    if (x->end.who == 'C' && !x->status)
        x->status = 499; /* the client left before it had an answer */
    allow_settle(x);
    account_body(x);
    account_aborted(x);
    snap_over(x);
    x->flow->served++;
    record_leave(x, account_peer(x));
    if (!x->setup->conf->log_requests || level > log_level_now())
        return;
    size_t n = account_who(x, f);
    n += account_what(x, f + n, end);
    n += account_how(x, f + n);
    log_record(level, "request", f, n, "%.*s %.*s", STR_FMT(request_method(x->request)),
               STR_FMT(str_cut(path, 300)));
}
