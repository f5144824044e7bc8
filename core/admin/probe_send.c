/* SPDX-License-Identifier: MIT */
/*
 * probe_send - a probe's requests, one after the other: the list of models, and if it is wanted a chat of one word.
 *
 * The list costs nothing and tells whether a key is good with most services; the chat costs a few tokens, and tells whether
 * there is an answer behind it.
 */
#include "admin/probe.h"

#include "admin/api.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/hide.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/flow.h"
#include "plugin/guard.h"
#include "plugin/loader.h"
#include "plugin/verdict.h"

#include <stdio.h>

enum { SAID_BYTES = 400, LINE_BYTES = 1 << 20, EVENT_BYTES = 4 << 20, MODELS_MOST = 5000 };
enum { HTTP_OK = 200, HTTP_REDIRECT = 300 };

struct cp_str probe_scrub(struct arena *arena, struct cp_str text)
{
    struct buf out;
    size_t at = 0, n;

    if (!text.n || !hide_find(text, &at))
        return text;
    buf_init(&out, text.n * 2 + 16);
    at = 0;
    for (struct cp_str rest = text; rest.n; rest = str_from(rest, at + n)) {
        at = 0;
        n = hide_find(rest, &at);
        buf_add(&out, rest.p, at);
        buf_add_z(&out, n ? "***" : "");
    }
    text = arena_copy(arena, buf_str(&out));
    buf_fini(&out);
    return text;
}

static struct probe_try *try_now(struct probe *p)
{
    return p->is_chat ? &p->chat : &p->list;
}

static bool is_good(const struct probe_try *t)
{
    return t->has_end && !t->end.net && t->status >= HTTP_OK && t->status < HTTP_REDIRECT;
}

static void hc_open(struct probe *p, struct cp_str model)
{
    if (p->is_hc_open)
        host_call_fini(&p->hc);
    ledger_init(&p->ledger);
    host_call_init(&p->hc, p->arena, &p->ledger);
    p->hc.call.trace = STR("probe");
    p->hc.call.model = model;
    p->hc.call.client_model = model;
    p->hc.call.attempt = 1;
    p->is_hc_open = true;
}

/* ---- the answer ---- */

static struct cp_str header_of(void *ctx, const char *name)
{
    struct probe *p = ctx;

    return p->transfer ? transfer_header(p->transfer, name) : STR_NONE;
}

/* Whose fault it is, and in which words. */
static void try_judge(struct probe *p, struct probe_try *t)
{
    const struct adapter *a = p->target.adapter;
    struct cp_failure f = { .status = t->status,
                            .net = t->status ? 0 : t->end.net,
                            .body = str_cut(buf_str(&t->body), 65536) };
    struct cp_verdict v = { 0 };
    struct cp_tape tape;

    verdict_default(&f, header_of, p, clock_wall_ms(), &v);
    if (f.body.n)
        guard_classify(a, p->target.instance, &p->hc, &f, &v);
    t->fault = v.fault;
    t->trouble = v.trouble;
    t->said = str_cut(str_trim(f.body), SAID_BYTES);
    tape_init(&tape, p->arena, CP_FAILURE, CP_WANT_ALL, f.body);
    p->hc.call.want = CP_WANT_ALL;
    if (f.body.n && !guard_decode(a, p->target.instance, &p->hc, CP_FAILURE, f.body, &tape)) {
        const struct cp_item *error = tape_find(&tape, CP_ERROR);
        if (error && error->text.n)
            t->said = str_cut(error->text, SAID_BYTES);
    }
    t->said = probe_scrub(p->arena, arena_copy(p->arena, t->said));
}

static void read_models(struct probe *p)
{
    struct cp_str body = buf_str(&p->list.body);
    struct cp_tape tape;

    tape_init(&tape, p->arena, CP_RESPONSE, CP_WANT_ALL, body);
    p->hc.call.want = CP_WANT_ALL;
    if (guard_decode(p->target.adapter, p->target.instance, &p->hc, CP_RESPONSE, body, &tape)) {
        snprintf(p->list.why, sizeof(p->list.why), "what came is no list of models");
        return;
    }
    p->models = arena_need(p->arena, (tape.n + 1) * sizeof(*p->models));
    for (uint32_t i = 0; i < tape.n && p->models_n < MODELS_MOST; i++)
        if (tape.items[i]->kind == CP_MODEL && tape.items[i]->id.n)
            p->models[p->models_n++] =
                probe_scrub(p->arena, arena_copy(p->arena, tape.items[i]->id));
}

static int chat_frame(void *ctx, const struct cp_frame *frame)
{
    struct probe *p = ctx;
    int rc;

    host_call_next(&p->hc);
    rc = guard_rx_frame(p->target.adapter, p->rx, &p->hc, frame, &p->tape);
    if (!p->chat.content_us && tape_shows_content(&p->tape))
        p->chat.content_us = clock_us();
    return rc < 0 ? rc : 0;
}

static void chat_said(struct probe *p, const struct cp_item *error)
{
    p->chat.trouble = error->sub;
    p->chat.said =
        probe_scrub(p->arena, arena_copy(p->arena, str_cut(error->text, SAID_BYTES)));
    snprintf(p->chat.why, sizeof(p->chat.why), "an error instead of content");
}

static void chat_end_stream(struct probe *p)
{
    const struct cp_item *error;

    if (!p->is_rx_open)
        return;
    (void)frames_end(&p->frames, chat_frame, p); /* what is left is told below */
    (void)guard_rx_close(p->target.adapter, p->rx, &p->hc, p->chat.end.net ? E_GONE : 0,
                         &p->tape);
    p->is_rx_open = false;
    error = tape_find(&p->tape, CP_ERROR);
    if (error && !p->chat.content_us)
        chat_said(p, error);
}

static void chat_end_whole(struct probe *p)
{
    struct cp_str body = buf_str(&p->chat.body);

    tape_init(&p->tape, p->arena, CP_RESPONSE, CP_WANT_ALL, body);
    p->hc.call.want = CP_WANT_ALL;
    if (!guard_decode(p->target.adapter, p->target.instance, &p->hc, CP_RESPONSE, body,
                      &p->tape) &&
        (tape_shows_content(&p->tape) || tape_find(&p->tape, CP_STOP)))
        p->chat.content_us = clock_us();
}

/* ---- the transfers ---- */

static void probe_next(struct probe *p);

static void on_head(void *ctx, struct transfer *t, int status)
{
    struct probe *p = ctx;
    struct probe_try *try = try_now(p);

    (void)t;
    try->status = status;
    if (!p->is_chat || !p->is_stream || status < HTTP_OK || status >= HTTP_REDIRECT)
        return;
    host_call_stream(&p->hc);
    tape_init(&p->tape, p->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    p->hc.call.want = CP_WANT_ALL;
    p->is_rx_open = !guard_rx_open(p->target.adapter, p->target.instance, &p->hc, &p->rx);
    frames_init(&p->frames, p->target.adapter->hooks.framing, LINE_BYTES, EVENT_BYTES);
    p->is_frames_open = true;
}

static void on_bytes(void *ctx, struct transfer *t, struct cp_str bytes)
{
    struct probe *p = ctx;
    struct probe_try *try = try_now(p);

    (void)t;
    buf_add_str(&try->body, bytes);
    if (p->is_rx_open && frames_feed(&p->frames, bytes, chat_frame, p)) {
        (void)guard_rx_close(p->target.adapter, p->rx, &p->hc, E_SYNTAX, &p->tape);
        p->is_rx_open = false;
    }
}

static void on_end(void *ctx, struct transfer *t, const struct transfer_end *end)
{
    struct probe *p = ctx;
    struct probe_try *try = try_now(p);

    p->transfer = t; /* for its headers */
    try->end = *end;
    try->has_end = true;
    if (!is_good(try))
        try_judge(p, try);
    else if (!p->is_chat)
        read_models(p);
    else if (p->is_stream)
        chat_end_stream(p);
    else
        chat_end_whole(p);
    p->transfer = NULL;
    probe_next(p);
}

static const struct transfer_handler handler = { on_head, on_bytes, on_end };

static bool try_send(struct probe *p, struct probe_try *try, const struct transfer_spec *spec)
{
    struct err err = { 0 };

    try->start_us = clock_us();
    p->transfer = transfer_start(p->call->flow->client, spec, &handler, p, &err);
    if (!p->transfer)
        snprintf(try->why, sizeof(try->why), "%s", err.what);
    try->is_sent = p->transfer != NULL;
    return try->is_sent;
}

static bool list_send(struct probe *p)
{
    struct transfer_spec *spec = arena_need(p->arena, sizeof(*spec));

    hc_open(p, STR(""));
    return probe_spec(p, &p->list, CP_LIST_MODELS, "GET", spec) && try_send(p, &p->list, spec);
}

/* ---- the chat ---- */

static void emit(struct cp_tape *tape, struct cp_item item)
{
    (void)tape_emit(tape, &item); /* it remembers that it failed */
}

/* One word is asked for: sixteen tokens are the least that some services allow. */
static void chat_tape(struct probe *p, struct cp_str model, struct cp_tape *tape)
{
    tape_init(tape, p->arena, CP_REQUEST, CP_WANT_ALL, STR_NONE);
    emit(tape, (struct cp_item){ CP_ITEM(START), .name = model, .num = p->is_stream });
    emit(tape,
         (struct cp_item){ CP_ITEM(PARAM), .name = STR("max_output"), .text = STR("16") });
    emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_OPEN, .sub = CP_USER });
    emit(tape, (struct cp_item){ CP_ITEM(TEXT), .flags = CP_WHOLE, .text = STR("Say: ok") });
    emit(tape, (struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE, .sub = CP_USER });
    emit(tape, (struct cp_item){ CP_ITEM(END) });
}

static void body_free(void *body)
{
    buf_fini(body);
}

static bool chat_body(struct probe *p, struct cp_str model, struct transfer_spec *spec)
{
    struct buf *body = arena_need(p->arena, sizeof(*body));
    struct cp_str *piece = arena_need(p->arena, sizeof(*piece));
    struct cp_tape tape;
    struct cp_out out;

    chat_tape(p, model, &tape);
    buf_init(body, 65536);
    arena_at_exit(p->arena, body_free, body);
    out_init(&out, body);
    p->hc.call.stream = p->is_stream;
    if (tape_finish(&tape) ||
        guard_encode(p->target.adapter, p->target.instance, &p->hc, CP_REQUEST, &tape, &out)) {
        snprintf(p->chat.why, sizeof(p->chat.why), "the adapter could not write a chat: %s",
                 p->hc.err.what);
        return false;
    }
    *piece = buf_str(body);
    spec->body = piece;
    spec->body_n = 1;
    return true;
}

/* As a client would say it, or what the upstream or the configuration names first. */
static struct cp_str chat_model(struct probe *p)
{
    const struct conf_channel *c = p->target.conf;

    if (p->model.n)
        return conf_map_model(c, p->model, p->arena);
    for (size_t i = 0; i < c->only_n; i++)
        if (str_chr(c->only[i], '*') < 0)
            return conf_map_model(c, c->only[i], p->arena);
    for (size_t i = 0; i < c->models_n; i++)
        if (str_chr(c->models[i].to, '*') < 0)
            return c->models[i].to;
    return p->models_n ? p->models[0] : STR_NONE;
}

static bool chat_send(struct probe *p)
{
    struct transfer_spec *spec = arena_need(p->arena, sizeof(*spec));
    struct cp_str model = chat_model(p);

    p->is_chat = true;
    p->is_stream = !str_is(p->target.conf->streaming, "never");
    if (!model.n) {
        snprintf(p->chat.why, sizeof(p->chat.why), "no model is known here: say which one");
        return false;
    }
    p->model = model;
    hc_open(p, model);
    struct transfer_spec head;
    if (!probe_spec(p, &p->chat, CP_CHAT, "POST", &head))
        return false;
    *spec = head;
    return chat_body(p, model, spec) && try_send(p, &p->chat, spec);
}

/* ---- its life ---- */

static bool key_is_refused(const struct probe *p)
{
    return p->list.has_end && !is_good(&p->list) &&
           (p->list.end.net || p->list.trouble == CP_AUTH || p->list.trouble == CP_BILLING);
}

static void probe_next(struct probe *p)
{
    if (!p->is_chat && p->is_chat_wanted && !key_is_refused(p) && chat_send(p))
        return;
    p->done(p);
}

void probe_begin(struct probe *p)
{
    buf_init(&p->list.body, PROBE_BODY_BYTES);
    buf_init(&p->chat.body, PROBE_BODY_BYTES);
    if (!list_send(p))
        probe_next(p);
}

void probe_end(struct probe *p)
{
    if (p->transfer)
        transfer_cancel(p->transfer);
    p->transfer = NULL;
    if (p->is_rx_open)
        (void)guard_rx_close(p->target.adapter, p->rx, &p->hc, E_GONE, &p->tape);
    p->is_rx_open = false;
    if (p->is_frames_open)
        frames_fini(&p->frames);
    p->is_frames_open = false;
    if (p->is_hc_open)
        host_call_fini(&p->hc);
    p->is_hc_open = false;
    buf_fini(&p->list.body);
    buf_fini(&p->chat.body);
}
