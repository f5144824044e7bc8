/* SPDX-License-Identifier: MIT */
/*
 * explain - a dry run, told: where a request would go now and why, who would come next, who is left out.
 *
 * plan.c finds it out; here it becomes a page for people or an object for programs.  Keys are shown by their ids.
 */
#include "flow/explain.h"

#include "balance/roster.h"
#include "balance/strategy.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/client.h"
#include "conf/conf.h"
#include "flow/allow.h"
#include "flow/learn.h"
#include "flow/plan.h"
#include "flow/refused.h"
#include "flow/setup.h"
#include "plugin/loader.h"
#include "plugin/verdict.h"
#include "state/marks.h"
#include "json/write.h"

#include <stdarg.h>
#include <stdio.h>

enum { ARENA_BYTES = 64 * 1024 };

static const char *explain_op(uint32_t op)
{
    static const char *const names[] = {
        [CP_CHAT] = "chat",
        [CP_COUNT_TOKENS] = "count_tokens",
        [CP_LIST_MODELS] = "list_models",
        [CP_GET_MODEL] = "get_model",
        [CP_COMPACT] = "compact",
    };

    return op < sizeof(names) / sizeof(*names) && names[op] ? names[op] : "stored";
}

static const char *explain_result(const struct plan *p)
{
    switch (p->result) {
    case PICK_FOUND:
        return "found";
    case PICK_WAIT:
        return "wait";
    case PICK_EXHAUSTED:
        return "exhausted";
    default:
        return "nobody";
    }
}

static const struct roster *explain_roster(const struct plan *p)
{
    return &p->setup->roster;
}

/* The next thing that is left out there, of requests that have it. */
static bool explain_learned(const struct plan *p, const struct plan_path *path, size_t *at,
                            char words[MARK_BYTES + 1])
{
    const struct roster *r = explain_roster(p);
    struct refused refused;

    return learn_each(r->marks, r->channels[path->pick.channel].conf, path->model, at,
                      p->ask->now_ms, words, &refused);
}

static struct trace_step explain_step(const struct plan_path *path)
{
    return (struct trace_step){ .channel = path->pick.channel,
                                .key = path->pick.key,
                                .url = path->pick.url };
}

/* ---- for people ---- */

static void row(struct buf *out, const char *name, const char *fmt, ...) CP_PRINTF(3, 4);
static void row(struct buf *out, const char *name, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_printf(out, "%-14s %s\n", name, text);
}

static void text_place(struct buf *out, const struct plan *p, const struct plan_path *path)
{
    struct trace_step step = explain_step(path);
    struct trace_place place;

    trace_place(explain_roster(p), &step, &place);
    buf_printf(out, "%.*s", STR_FMT(place.id));
    if (place.key.p)
        buf_printf(out, ", key %.*s", STR_FMT(place.key));
    buf_printf(out, ", %.*s", STR_FMT(place.url));
}

static void text_way(struct buf *out, const struct plan *p, const struct plan_path *path)
{
    const struct conf_channel *c = explain_roster(p)->channels[path->pick.channel].conf;

    switch (path->way) {
    case PLAN_PASS:
        buf_add_z(out, "passed as it is");
        return;
    case PLAN_SPLICE:
        buf_add_z(out, "passed as it is, but for the model's name");
        return;
    case PLAN_REWRITE:
        buf_printf(out, "read and written anew as %.*s", STR_FMT(c->dialect));
        return;
    case PLAN_TRANSLATE:
        buf_printf(out, "translated from %s to %.*s", p->client->hooks.dialect,
                   STR_FMT(c->dialect));
        return;
    case PLAN_ESTIMATE:
        if (path->pick.is_degraded)
            buf_add_z(out, "answered here: it rests, so tokens are estimated");
        else
            buf_printf(out, "answered here: %.*s counts no tokens, so they are estimated",
                       STR_FMT(c->dialect));
        return;
    }
}

/* "header:x-session-id": "its header x-session-id" */
static void text_source(struct buf *out, const struct plan *p)
{
    struct cp_str what = str_of(p->session.source), kind;

    str_split(&what, ':', &kind);
    if (p->session.is_guessed)
        buf_add_z(out, "known by its beginning");
    else
        buf_printf(out, "named by %.*s in the %.*s", STR_FMT(what), STR_FMT(kind));
}

static void text_session(struct buf *out, const struct plan *p)
{
    const struct affinity_home *h = &p->home;
    struct buf source;

    if (!p->has_affinity || !p->session.source) {
        row(out, "conversation", "%s",
            p->has_affinity ? "the request names none" : "does not count");
        return;
    }
    buf_init(&source, 1024);
    text_source(&source, p);
    if (p->has_home)
        buf_printf(&source, ", served by %.*s%s%.*s", STR_FMT(h->channel),
                   h->key.p ? ", key " : "", STR_FMT(h->key));
    row(out, "conversation", "%.*s", STR_FMT(buf_str(&source)));
    buf_fini(&source);
}

static void text_request(struct buf *out, const struct plan *p)
{
    const struct cp_adapter *h = &p->client->hooks;

    row(out, "request", "%s %.*s", p->ask->method, STR_FMT(str_cut(p->path, 300)));
    row(out, "client API", "%s (%s), %s%s", h->family, h->dialect, explain_op(p->endpoint->op),
        p->route.is_stream ? ", as a stream" : "");
    if (p->route.model.n)
        row(out, "model", "%.*s", STR_FMT(p->route.model));
    if (p->ask->client_key_id.n)
        row(out, "client key", "%.*s", STR_FMT(p->ask->client_key_id));
    if (p->refused.n)
        row(out, "refused", "%.*s", STR_FMT(p->refused));
    text_session(out, p);
    if (p->route.ties & CP_TIED)
        row(out, "follows",
            "it may follow an earlier answer, which only the running gateway "
            "knows: who made that one goes first");
    if (p->rule)
        row(out, "route", "%.*s", STR_FMT(p->rule->model));
    if (p->strategy)
        row(out, "strategy", "%s", p->strategy->name);
}

static void text_learned(struct buf *out, const struct plan *p, const struct plan_path *path)
{
    char words[MARK_BYTES + 1];

    for (size_t at = 0; explain_learned(p, path, &at, words);)
        row(out, "without", "%s, which it has refused", words);
}

static void text_first(struct buf *out, const struct plan *p)
{
    const struct plan_path *f = &p->first;
    const char *because = trace_because(f->pick.why);
    struct buf line;

    buf_init(&line, 4096);
    text_place(&line, p, f);
    row(out, "goes to", "%.*s", STR_FMT(buf_str(&line)));
    if (because)
        row(out, "because", "%s", because);
    if (!str_eq(f->model, p->route.model))
        row(out, "model there", "%.*s", STR_FMT(f->model));
    buf_clear(&line);
    text_way(&line, p, f);
    row(out, "the request is", "%.*s", STR_FMT(buf_str(&line)));
    text_learned(out, p, f);
    buf_fini(&line);
}

static void text_nobody(struct buf *out, const struct plan *p)
{
    char when[64] = "";

    if (p->wait_ms >= 0)
        snprintf(when, sizeof(when), ", for %lld.%lld s more", (long long)(p->wait_ms / 1000),
                 (long long)(p->wait_ms / 100 % 10));
    if (p->result == PICK_WAIT)
        row(out, "goes to", "nobody yet: all that is well is at its caps%s", when);
    else if (p->result == PICK_EXHAUSTED)
        row(out, "goes to", "nobody: all that could serve it rest%s", when);
    else
        row(out, "goes to", "nobody: no channel serves this");
}

static void text_line(struct buf *out, const struct plan *p, const struct plan_line *line)
{
    buf_printf(out, "\nIf %s:\n",
               line->fault == CP_BY_KEY ? "keys are refused or limited" : "upstreams fail");
    for (uint32_t i = 0; i < line->n; i++) {
        const struct plan_path *path = &line->paths[i];
        buf_printf(out, "%3u  ", i + 2);
        text_place(out, p, path);
        if (path->pick.why == TRACE_DEGRADED || path->pick.why == TRACE_PROBE)
            buf_printf(out, " (%s)", trace_because(path->pick.why));
        if (!str_eq(path->model, p->route.model))
            buf_printf(out, ", model %.*s", STR_FMT(path->model));
        if (path->way >= PLAN_TRANSLATE) {
            buf_add_z(out, ", ");
            text_way(out, p, path);
        }
        buf_add_c(out, '\n');
    }
    if (line->is_more)
        buf_printf(out, "     others could follow, but limits.attempts is %u\n",
                   p->setup->conf->attempts);
    else
        buf_add_z(out, line->n ? "     then the client is told\n"
                               : "     nobody else: the client is told\n");
}

static void text_outs(struct buf *out, const struct plan *p)
{
    struct trace one = { .n = 1 };

    if (!p->outs_n)
        return;
    buf_add_z(out, "\nNot asked:\n");
    for (uint32_t i = 0; i < p->outs_n; i++) {
        one.at[0] = p->outs[i];
        buf_add_z(out, "     ");
        trace_text(&one, explain_roster(p), p->ask->now_ms, out);
    }
    if (p->outs_left)
        buf_printf(out, "     (%u more)\n", p->outs_left);
}

/* Where both kinds of failure lead the same way, once is enough. */
static bool lines_are_equal(const struct plan *p)
{
    const struct plan_line *a = &p->by_key, *b = &p->by_upstream;

    for (uint32_t i = 0; i < a->n && a->n == b->n; i++) {
        const struct pick *x = &a->paths[i].pick, *y = &b->paths[i].pick;
        if (x->channel != y->channel || x->key != y->key || x->url != y->url)
            return false;
    }
    return a->n == b->n;
}

static void explain_text(struct buf *out, const struct plan *p)
{
    text_request(out, p);
    buf_add_c(out, '\n');
    if (p->result == PICK_FOUND) {
        text_first(out, p);
        if (!lines_are_equal(p))
            text_line(out, p, &p->by_key);
        text_line(out, p, &p->by_upstream);
    } else {
        text_nobody(out, p);
    }
    text_outs(out, p);
}

/* ---- for programs ---- */

static void word(struct json_writer *w, const char *name, struct cp_str value)
{
    if (value.p)
        json_put_text(w, name, value);
}

static void json_way(struct json_writer *w, const struct plan *p, const struct plan_path *path)
{
    static const char *const names[] = { "",        "pass",      "splice",
                                         "rewrite", "translate", "estimate" };
    const struct conf_channel *c = explain_roster(p)->channels[path->pick.channel].conf;

    word(w, "way", str_of(names[path->way]));
    word(w, "dialect", c->dialect);
}

static void json_learned(struct json_writer *w, const struct plan *p,
                         const struct plan_path *path)
{
    char words[MARK_BYTES + 1];

    json_key(w, STR("learned"));
    json_open(w, '[');
    for (size_t at = 0; explain_learned(p, path, &at, words);)
        json_string(w, str_of(words));
    json_close(w);
}

static void json_path(struct json_writer *w, const struct plan *p, const struct plan_path *path)
{
    struct trace_step step = explain_step(path);
    struct trace_place place;

    trace_place(explain_roster(p), &step, &place);
    json_open(w, '{');
    word(w, "channel", place.id);
    word(w, "key", place.key);
    word(w, "url", place.url);
    word(w, "why", str_of(trace_why_name(path->pick.why)));
    json_put_bool(w, "rests", path->pick.is_degraded);
    word(w, "model", path->model);
    json_way(w, p, path);
    json_learned(w, p, path);
    json_close(w);
}

static void json_paths(struct json_writer *w, const char *name, const struct plan *p,
                       const struct plan_line *line)
{
    json_key(w, str_of(name));
    json_open(w, '[');
    for (uint32_t i = 0; i < line->n; i++)
        json_path(w, p, &line->paths[i]);
    json_close(w);
}

static void json_session(struct json_writer *w, const struct plan *p)
{
    if (!p->session.source)
        return;
    json_key(w, STR("session"));
    json_open(w, '{');
    word(w, "source", str_of(p->session.source));
    json_put_bool(w, "guessed", p->session.is_guessed);
    if (p->has_home) {
        word(w, "channel", p->home.channel);
        word(w, "key", p->home.key);
    }
    json_close(w);
}

static void json_request(struct json_writer *w, const struct plan *p)
{
    json_key(w, STR("request"));
    json_open(w, '{');
    word(w, "method", str_of(p->ask->method));
    word(w, "path", p->path);
    word(w, "family", str_of(p->client->hooks.family));
    word(w, "dialect", str_of(p->client->hooks.dialect));
    word(w, "operation", str_of(explain_op(p->endpoint->op)));
    word(w, "model", p->route.model);
    json_put_bool(w, "stream", p->route.is_stream);
    word(w, "client_key", p->ask->client_key_id);
    if (p->refused.n)
        word(w, "refused", p->refused);
    json_session(w, p);
    json_put_bool(w, "follows", p->route.ties & CP_TIED);
    if (p->rule)
        word(w, "route", p->rule->model);
    if (p->strategy)
        word(w, "strategy", str_of(p->strategy->name));
    json_close(w);
}

static void json_outs(struct json_writer *w, const struct plan *p)
{
    json_key(w, STR("excluded"));
    json_open(w, '[');
    for (uint32_t i = 0; i < p->outs_n; i++)
        trace_json_step(&p->outs[i], explain_roster(p), p->ask->now_ms, p->outs[i].at_us, w);
    json_close(w);
    if (!p->outs_left)
        return;
    json_put_number(w, "excluded_more", p->outs_left);
}

static void explain_json(struct buf *out, const struct plan *p)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_open(&w, '{');
    json_request(&w, p);
    word(&w, "result", str_of(explain_result(p)));
    if (p->wait_ms >= 0) {
        json_put_number(&w, "wait_ms", p->wait_ms);
    }
    if (p->result == PICK_FOUND) {
        json_key(&w, STR("chosen"));
        json_path(&w, p, &p->first);
        json_paths(&w, "if_keys_fail", p, &p->by_key);
        json_paths(&w, "if_upstreams_fail", p, &p->by_upstream);
    }
    json_outs(&w, p);
    json_key(&w, STR("trace"));
    trace_json(&p->trace, explain_roster(p), p->ask->now_ms, &w);
    json_close(&w);
    buf_add_c(out, '\n');
}

/* What a client key's limits say now. */
static void explain_limits(struct plan *p)
{
    const struct conf_client *k = client_by_id(p->setup->conf, p->ask->client_key_id);
    struct buf why;

    if (!k)
        return;
    struct allow_ask ask = { .client = k,
                             .family = str_of(p->client->hooks.family),
                             .model = p->route.model,
                             .op = p->endpoint->op,
                             .body_bytes = p->ask->body.n,
                             .now_ms = p->ask->now_ms,
                             .wall_ms = p->ask->wall_ms };
    buf_init(&why, 2048);
    if (!allow_look(p->setup, &ask, &why))
        p->refused = arena_copy(p->arena, buf_str(&why));
    buf_fini(&why);
}

int explain_request(const struct setup *setup, const struct explain_ask *ask, bool as_json,
                    struct buf *out, struct err *err)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    struct plan *p = arena_need(arena, sizeof(*p));
    int rc = plan_make(p, setup, ask, arena, err);

    if (!rc)
        explain_limits(p);
    if (!rc && as_json)
        explain_json(out, p);
    else if (!rc)
        explain_text(out, p);
    if (!rc && ask->is_served)
        *ask->is_served = !p->refused.n && (p->result == PICK_FOUND || p->result == PICK_WAIT);
    arena_free(arena);
    return rc;
}
