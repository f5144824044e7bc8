/* SPDX-License-Identifier: MIT */
/*
 * relay_whole - answers that come whole, or must be told whole; and error answers.
 *
 * A whole answer is kept until its last byte is there: one that breaks off in the middle then fails over like any other
 * fault, and the client never sees half a JSON object.
 */
#include "flow/relay.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/count.h"
#include "flow/cut.h"
#include "flow/flow.h"
#include "flow/pipeline.h"
#include "flow/sealed.h"
#include "flow/setup.h"
#include "flow/shown.h"
#include "flow/stored.h"
#include "flow/summary.h"
#include "flow/thoughts.h"
#include "loop/loop.h"
#include "plugin/guard.h"
#include "plugin/media.h"
#include "json/check.h"

enum { ERROR_BODY_BYTES = 64 * 1024, ERROR_BODY_MS = 3000 };

static const struct json_limits reply_limits = { 512, 2000000, 8000000 };

/* ---- whole in ------------------------------------------------------------ */

static int whole_open(struct exchange *x)
{
    buf_init(&x->attempt.body, x->setup->conf->reply_bytes);
    return 0;
}

static void whole_bytes(struct exchange *x, struct cp_str bytes)
{
    if (!buf_add_str(&x->attempt.body, bytes))
        return;
    attempt_fail(x, CP_NET_PROTOCOL, "the answer is larger than limits.reply");
    pipeline_retry(x);
}

static enum step whole_unsaid(struct exchange *x)
{
    attempt_fail(x, 0, "the answer cannot be said in %s: %s", x->client->hooks.dialect,
                 x->call.err.what);
    x->attempt.unsaid = CP_SERVER;
    return STEP_RETRY;
}

static enum step whole_encode(struct exchange *x, struct cp_tape *tape)
{
    struct buf body;
    struct cp_out out;
    enum step answer;

    tape = cut_tape(x, tape);
    relay_rename(x, tape);
    buf_init(&body, x->setup->conf->reply_bytes * 2);
    out_init(&out, &body);
    int rc = guard_encode(x->client, x->client_instance, &x->call, CP_RESPONSE, tape, &out);
    if (!rc)
        rc = out_done(&out);
    if (rc) {
        answer = whole_unsaid(x);
    } else {
        thoughts_whole(x, tape);
        answer = answer_body(x, 200, media_of_body(&x->client->hooks),
                             shown_models(x, buf_str(&body)));
    }
    buf_fini(&body);
    return answer;
}

/* The client asked for a stream, the upstream answered whole: one piece for each block. */
enum step relay_unfold(struct exchange *x, struct cp_tape *tape)
{
    if (x->attempt.is_tx_open) {
        relay_forget(x);
    } else if (relay_tx_open(x)) {
        return STEP_RETRY;
    }
    if (relay_tx_tape(x, tape))
        return whole_unsaid(x);
    relay_commit(x);
    return relay_finish(x);
}

/* As the client asked for it. */
static enum step whole_tell(struct exchange *x, struct cp_tape *tape)
{
    if (x->attempt.is_summary)
        tape = summary_answer(x, tape);
    if (!tape)
        return STEP_RETRY;
    count_told(x, tape);
    for (uint32_t i = 0; i < tape->n; i++)
        if (tape->items[i]->kind == CP_USAGE)
            relay_observe(x, tape->items[i]);
    x->is_estimated = x->op == CP_CHAT && usage_is_estimated(&x->attempt.usage);
    return x->is_stream ? relay_unfold(x, tape) : whole_encode(x, tape);
}

static void whole_observe(struct exchange *x, const struct cp_tape *tape)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = tape_item(tape, i)); i++)
        relay_observe(x, it);
}

/* The body, or what could be made of it; absent: nothing, and err says what it is not. */
static struct cp_str whole_text(struct exchange *x, struct cp_str body, struct err *err)
{
    struct err bad;

    if (!media_is_json(&x->attempt.channel->adapter->hooks)) {
        if (utf8_valid(body) == body.n)
            return body;
        err_set(err, E_SYNTAX, "", "UTF-8");
        return STR_NONE;
    }
    if (!json_check(body, &reply_limits, &bad))
        return body;
    err_set(err, E_SYNTAX, "", "JSON: %s", bad.what);
    return relay_mend(x, body);
}

enum step relay_tell_whole(struct exchange *x, struct cp_str body)
{
    struct attempt *a = &x->attempt;
    struct cp_tape *tape = arena_need(x->arena, sizeof(*tape));
    bool is_raw = relay_is_raw(x) && !x->is_stream;
    struct err err = { 0 };

    if (x->stored.n)
        return stored_pass(x, body);
    struct cp_str text = whole_text(x, body, &err);
    if (!text.p) {
        attempt_fail(x, CP_NET_PROTOCOL, "the answer is not %s", err.what);
        return STEP_RETRY;
    }
    a->call.call.want = is_raw ? chain_want(x) | count_want(x) : CP_WANT_ALL;
    a->call.call.stream = 0;
    tape_init(tape, x->arena, CP_RESPONSE, a->call.call.want, text);
    int rc = guard_decode(a->channel->adapter, a->channel->instance, &a->call, CP_RESPONSE,
                          text, tape);
    whole_observe(x, tape);
    if (a->has_trouble) {
        attempt_fail(x, CP_NET_PROTOCOL, "an error inside a %d", a->status);
        return STEP_RETRY;
    }
    /* What the tap does not understand passes, unless there is nothing in it that could be an answer. */
    if (is_raw &&
        (!rc || tape_item(tape, 0) || x->op == CP_LIST_MODELS || x->op == CP_GET_MODEL)) {
        chain_whole(x, tape);
        sealed_hear(x, body);
        return answer_body(x, 200, media_of_body(&x->client->hooks),
                           shown_models(x, count_whole(x, body, tape)));
    }
    if (!rc)
        rc = tape_finish(tape);
    if (rc) {
        attempt_fail(x, CP_NET_PROTOCOL, "the answer cannot be read: %s",
                     a->call.err.what[0] ? a->call.err.what : tape->err.what);
        return STEP_RETRY;
    }
    return whole_tell(x, tape);
}

static enum step whole_end(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    if (a->end.net) {
        attempt_fail(x, a->end.net, "%s", a->end.why);
        return STEP_RETRY;
    }
    if (!str_trim(buf_str(&a->body)).n) {
        attempt_fail(x, CP_NET_EMPTY, "an empty answer");
        return STEP_RETRY;
    }
    return relay_tell_whole(x, buf_str(&a->body));
}

const struct relay relay_whole = { "whole", whole_open, whole_bytes, whole_end };

/* ---- frames in, told whole ----------------------------------------------- */

static int gather_frame(void *ctx, const struct cp_frame *f)
{
    /* The frame's memory goes when the call returns: what the tape keeps must be copied, and is. */
    return relay_rx(ctx, f);
}

static int gather_open(struct exchange *x)
{
    return relay_rx_open(x, CP_WANT_ALL);
}

/* A client that waits for one thing in its stream (a summary) has its head as soon as there are words,
 * and signs of life from then on: whoever stands between gives up on a silent upstream. */
static void gather_bytes(struct exchange *x, struct cp_str bytes)
{
    struct attempt *a = &x->attempt;

    if (x->is_answered)
        return;
    if (!relay_feed(x, bytes, gather_frame)) {
        if (x->is_stream && tape_shows_content(&a->tape))
            relay_commit(x);
        return;
    }
    attempt_fail(x, CP_NET_PROTOCOL, "the stream cannot be read: %s", a->call.err.what);
    if (!x->is_committed) {
        pipeline_retry(x);
        return;
    }
    transfer_cancel(a->transfer);
    a->transfer = NULL;
    x->step = UINT32_MAX; /* answered: the pipeline has nothing left to do */
    relay_break(x, a->why);
}

static enum step gather_told(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    struct cp_tape *joined = arena_need(x->arena, sizeof(*joined));

    if (a->end.net == 0)
        (void)frames_end(&a->frames, gather_frame,
                         x); /* a broken last frame shows in rx_close */
    if (frames_loose(&a->frames).n && !tape_shows_content(&a->tape))
        return relay_tell_whole(x, frames_loose(&a->frames));
    a->is_rx_open = false;
    (void)guard_rx_close(a->channel->adapter, a->rx, &a->call, a->end.net ? E_GONE : CP_OK,
                         &a->tape);
    whole_observe(x, &a->tape);
    if (a->end.net || a->has_trouble || !a->has_end_item) {
        attempt_fail(x, a->end.net ? a->end.net : CP_NET_CUT, "%s",
                     a->end.net ? a->end.why : "the stream ended without its last event");
        return STEP_RETRY;
    }
    tape_init(joined, x->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    if (tape_join(&a->tape, joined)) {
        attempt_fail(x, CP_NET_PROTOCOL, "the stream cannot be joined: %s", joined->err.what);
        return STEP_RETRY;
    }
    return whole_tell(x, joined);
}

/* Once the client has a head, nobody else can answer it. */
static enum step gather_end(struct exchange *x)
{
    if (x->is_answered)
        return STEP_ANSWER;
    enum step answer = gather_told(x);
    return answer == STEP_RETRY && x->is_committed ? relay_break(x, x->attempt.why) : answer;
}

const struct relay relay_gather = { "gather", gather_open, gather_bytes, gather_end };

/* ---- JSON where a stream was asked for -------------------------------------- */

static struct cp_str sniff_text(struct cp_str bytes)
{
    return str_trim(str_begins(bytes, "\xef\xbb\xbf") ? str_from(bytes, 3) : bytes);
}

/* Of lines, the second one says that the first was not all; one line alone is as good an answer as a whole one.
 * Else the first byte that is no blank says which it is.  NULL: not yet. */
static const struct relay *sniff_verdict(struct exchange *x, struct cp_str text)
{
    struct attempt *a = &x->attempt;

    if (a->framing == CP_LINES) {
        ptrdiff_t end = str_chr(text, '\n');
        if (end < 0)
            return NULL;
        return json_check(str_cut(text, (size_t)end), &reply_limits, NULL) ? &relay_whole
                                                                           : relay_of_frames(x);
    }
    a->framing = *text.p == '[' ? CP_ARRAY : CP_SSE;
    return a->framing == CP_ARRAY ? relay_of_frames(x) : &relay_whole;
}

static void sniff_bytes(struct exchange *x, struct cp_str bytes)
{
    struct attempt *a = &x->attempt;
    struct buf first;

    whole_bytes(x, bytes);
    struct cp_str text = sniff_text(buf_str(&a->body));
    if (!text.n || a->relay != &relay_sniff)
        return;
    const struct relay *found = sniff_verdict(x, text);
    if (!found)
        return;
    first = a->body;
    a->body = (struct buf){ 0 };
    a->relay = found;
    if (a->relay->open(x))
        pipeline_retry(x);
    else
        a->relay->bytes(x, buf_str(&first));
    buf_fini(&first);
}

const struct relay relay_sniff = { "sniff", whole_open, sniff_bytes, whole_end };

/* ---- errors -------------------------------------------------------------- */

/* The status says enough: its body must not hold up the next attempt. */
static int error_open(struct exchange *x)
{
    loop_timer(x->flow->loop, &x->timer, ERROR_BODY_MS);
    buf_init(&x->attempt.body, ERROR_BODY_BYTES);
    return 0;
}

static void error_bytes(struct exchange *x, struct cp_str bytes)
{
    struct buf *b = &x->attempt.body;

    (void)buf_add_str(b, str_cut(bytes, ERROR_BODY_BYTES - b->n)); /* the rest says no more */
}

static enum step error_end(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    attempt_fail(x, 0, "status %d", a->status);
    return STEP_RETRY;
}

const struct relay relay_error = { "error", error_open, error_bytes, error_end };
