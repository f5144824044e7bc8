/* SPDX-License-Identifier: MIT */
/*
 * answer - what the gateway itself says to a client: errors in the caller's dialect, and the headers of every reply.
 *
 * Only headers on the list below pass from an upstream to a client: rate limits, request ids and hints for
 * retries.  Cookies, transfer codings and whatever else an upstream invents stay here.
 */
#include "flow/answer.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/desk.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/rates.h"
#include "flow/setup.h"
#include "flow/snap.h"
#include "flow/tally.h"
#include "plugin/guard.h"
#include "plugin/media.h"
#include "plugin/verdict.h"

#include <stdarg.h>
#include <stdio.h>

enum { ERROR_BYTES = 256 * 1024 };

static const char *const passing_headers[] = {
    "request-id",   "retry-after-ms", "x-should-retry",       "openai-organization",
    "openai-model", "openai-version", "openai-processing-ms", "anthropic-organization-id",
};
static const char *const passing_prefixes[] = {
    "anthropic-ratelimit-",
    "anthropic-priority-",
    "x-ratelimit-",
};

void answer_add(struct answer_headers *h, const char *name, struct cp_str value)
{
    if (h->n < ANSWER_HEADERS && value.p && str_is_field_value(value))
        h->at[h->n++] = (struct reply_header){ name, value };
}

static bool answer_passes(struct cp_str name)
{
    for (size_t i = 0; i < sizeof(passing_headers) / sizeof(*passing_headers); i++)
        if (str_is_nocase(name, passing_headers[i]))
            return true;
    for (size_t i = 0; i < sizeof(passing_prefixes) / sizeof(*passing_prefixes); i++)
        if (str_begins_nocase(name, passing_prefixes[i]))
            return true;
    return false;
}

static bool answer_has(const struct answer_headers *h, const char *name)
{
    for (size_t i = 0; i < h->n; i++)
        if (str_is_nocase(str_of(h->at[i].name), name))
            return true;
    return false;
}

static void answer_rate(struct exchange *x, struct answer_headers *h, struct cp_str name,
                        struct cp_str value)
{
    struct cp_str dialect = str_of(x->client->hooks.dialect);

    if (rates_translate(x->arena, dialect, clock_wall_ms(), &name, &value))
        answer_add(h, arena_z(x->arena, name), arena_copy(x->arena, value));
}

static void answer_upstream_headers(struct exchange *x, struct answer_headers *h)
{
    const struct transfer *t = x->attempt.transfer;
    struct cp_str name, value;

    if (!t || !x->attempt.has_head)
        return;
    for (size_t i = 0; i < transfer_headers(t); i++) {
        transfer_header_at(t, i, &name, &value);
        if (x->retry_after_ms >= 0 && str_is_nocase(name, "retry-after-ms"))
            continue; /* clients read it before Retry-After, which is ours to say */
        if (str_is_nocase(name, "x-request-id")) /* ours is what the log knows */
            answer_add(h, "x-upstream-request-id",
                       exchange_scrub(x, arena_copy(x->arena, value)));
        else if (rates_is_about(name) && x->client && x->attempt.channel &&
                 x->attempt.channel->adapter != x->client)
            answer_rate(x, h, name, value);
        else if (answer_passes(name))
            answer_add(h, arena_z(x->arena, name),
                       exchange_scrub(x, arena_copy(x->arena, value)));
    }
}

static void answer_cors(struct exchange *x, struct answer_headers *h)
{
    const struct conf *c = x->setup->conf;

    if (!c->cors)
        return;
    answer_add(h, "Access-Control-Allow-Origin", c->cors_origin);
    answer_add(h, "Access-Control-Expose-Headers",
               STR("request-id, x-request-id, retry-after, server-timing"));
    if (!str_is(c->cors_origin, "*"))
        answer_add(h, "Vary", STR("Origin"));
}

/*
 * Until the head goes out: of a stream that is its first content.  Who pays for a slow answer sees whose time it was; where
 * it came from stays here.  source: W3C Server Timing, read 2026-11-23
 */
static struct cp_str answer_timing(struct exchange *x)
{
    int64_t all_us = clock_us() - (x->ready_us ? x->ready_us : x->start_us);
    int64_t upstream_us = exchange_upstream_us(x);
    int64_t own_us = all_us > upstream_us ? all_us - upstream_us : 0;
    const char *served = hedge_served(x);
    char many[40] = "", hedge[40] = "";

    if (x->attempts > 1)
        snprintf(many, sizeof(many), ", attempts;desc=\"%u\"", x->attempts);
    if (served)
        snprintf(hedge, sizeof(hedge), ", hedge;desc=\"%s\"", served);
    return arena_printf(x->arena, "gateway;dur=%lld.%lld, upstream;dur=%lld.%lld%s%s",
                        (long long)(own_us / 1000), (long long)(own_us / 100 % 10),
                        (long long)(upstream_us / 1000), (long long)(upstream_us / 100 % 10),
                        many, hedge);
}

void answer_headers(struct exchange *x, struct answer_headers *h, struct cp_str content_type)
{
    h->n = 0;
    answer_add(h, "Content-Type", content_type);
    answer_upstream_headers(x, h);
    answer_add(h, "x-request-id", x->id);
    if (x->client && x->client->hooks.request_id_header &&
        !answer_has(h, x->client->hooks.request_id_header))
        answer_add(h, x->client->hooks.request_id_header, x->id);
    answer_cors(x, h);
    if (tally_is_due(x))
        answer_add(h, "x-claude-proxy-ledger", tally_header(x));
    if (x->is_estimated)
        answer_add(h, "x-claude-proxy-estimated", STR("1"));
    if (x->allow)
        answer_add(h, "Allow", str_of(x->allow));
    if (x->retry_after_ms >= 0)
        answer_add(h, "Retry-After", exchange_wait(x));
    answer_add(h, "Server-Timing", answer_timing(x));
}

/* For paths that belong to no dialect: a shape that all SDKs find their message in. */
static void answer_plain(struct buf *out, const struct cp_item *error)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_open(&w, '{');
    json_key(&w, STR("type"));
    json_string(&w, STR("error"));
    json_key(&w, STR("error"));
    json_open(&w, '{');
    json_key(&w, STR("type"));
    json_string(&w, str_of(verdict_trouble_name(error->sub)));
    json_key(&w, STR("message"));
    json_string(&w, error->text);
    json_close(&w);
    json_close(&w);
}

/* Returns the status that goes with the body, and sets its type. */
static int answer_encode(struct exchange *x, const struct cp_item *error, bool is_exact,
                         struct buf *out, const char **type)
{
    struct cp_tape tape;
    struct cp_out o;
    int status = error->num ? (int)error->num : verdict_status(error->sub);

    *type = "application/json";
    if (!x->client) {
        answer_plain(out, error);
        return status;
    }
    desk_client(x);
    tape_init(&tape, x->arena, CP_FAILURE, CP_WANT_ALL, STR_NONE);
    tape_emit(&tape, error);
    out_init(&o, out);
    if (guard_encode(x->client, x->client_instance, &x->call, CP_FAILURE, &tape, &o) ||
        out_done(&o)) {
        buf_clear(out);
        answer_plain(out, error);
        return status;
    }
    *type = media_of_body(&x->client->hooks);
    return o.status && !(is_exact && error->num) ? o.status : status;
}

/* "messages[3].content: ..." begins with the place: some families tell it apart. */
static struct cp_str answer_path(struct cp_str text)
{
    ptrdiff_t end = str_find(text, STR(": "));
    struct cp_str path = end > 0 ? str_cut(text, (size_t)end) : STR_NONE;

    return path.p && path.n < 200 && str_chr(path, ' ') < 0 ? path : STR_NONE;
}

/*
 * What will be the same if one asks again.  Claude Code 2.1.330 repeats a 401 ten times in three minutes and shows nothing
 * meanwhile, unless it is told so; Anthropic's own 401 tells it, too.  Codex 0.169 shows no text of a 429 but that of its
 * own header, in "You've hit your usage limit. <text>, or try again at <resets_at>."
 * source: both clients before the gateway, 2026-11-23; codex-rs/protocol, as of 2026-11
 */
static void answer_finality(struct exchange *x, uint32_t trouble, struct answer_headers *h)
{
    bool is_final = trouble == CP_BILLING || trouble == CP_AUTH || trouble == CP_FORBIDDEN;

    if (is_final && !answer_has(h, "x-should-retry"))
        answer_add(h, "x-should-retry", STR("false"));
    if (x->status == 401)
        answer_add(h, "WWW-Authenticate", STR("Bearer"));
    if (x->refill_wall_s)
        answer_add(h, "x-budget-reset", exchange_refill(x));
    if (x->overdraft.n && str_is(str_of(x->client->hooks.family), "responses"))
        answer_add(h, "x-codex-promo-message", x->overdraft);
}

enum step answer_trouble(struct exchange *x, const struct cp_item *given, uint32_t flags)
{
    struct answer_headers h;
    struct cp_item told = *given, *error = &told;
    const char *type;
    struct buf out;

    if (x->is_answered || hedge_yields(x))
        return STEP_ANSWER;
    if (error->sub == CP_BAD_REQUEST && !error->meta.p)
        error->meta = answer_path(error->text);
    x->is_answered = true;
    buf_init(&out, ERROR_BYTES);
    x->status = answer_encode(x, error, flags & ANSWER_EXACT, &out, &type);
    if (!x->note.p)
        x->note = arena_copy(x->arena, str_cut(error->text, 300));
    answer_headers(x, &h, str_of(type));
    answer_finality(x, error->sub, &h);
    snap_client_head(x, x->status, h.at, h.n, buf_str(&out), true);
    if (x->request)
        (void)request_reply(x->request, x->status, h.at, h.n, buf_str(&out),
                            flags); /* gone is fine */
    buf_fini(&out);
    return STEP_ANSWER;
}

enum step answer_error(struct exchange *x, uint32_t trouble, int status, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    struct cp_item error = { CP_ITEM(ERROR), .sub = trouble, .num = status };
    error.text = str_n(text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
    return answer_trouble(x, &error, ANSWER_EXACT);
}

enum step answer_body(struct exchange *x, int status, const char *content_type,
                      struct cp_str body)
{
    struct answer_headers h;

    if (x->is_answered || hedge_yields(x))
        return STEP_ANSWER;
    x->is_answered = true;
    x->status = status;
    answer_headers(x, &h, str_of(content_type));
    snap_client_head(x, status, h.at, h.n, body, true);
    if (x->request)
        (void)request_reply(x->request, status, h.at, h.n, body, 0); /* gone is fine */
    return STEP_ANSWER;
}

bool answer_error_event(struct exchange *x, const struct cp_item *error)
{
    struct attempt *a = &x->attempt;

    if (x->has_terminal || !x->client)
        return x->has_terminal;
    desk_client(x);
    if (!a->is_tx_open && !guard_tx_open(x->client, x->client_instance, &x->call, &a->tx))
        a->is_tx_open = true;
    if (!a->is_tx_open || guard_tx_item(x->client, a->tx, &x->call, error, &x->out))
        return false;
    x->has_terminal = x->has_error_out = true;
    return true;
}
