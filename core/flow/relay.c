/* SPDX-License-Identifier: MIT */
/*
 * relay - step 7: the answer goes to the client: bytes with a tap, or frames via tapes.
 *
 * Who pauses whom: the client's socket fills -> request_write() says E_AGAIN -> the transfer is paused -> the upstream's
 * TCP window closes.  writable() turns it back.  Memory per stream is bounded by what is in hand.
 */
#include "flow/relay.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/count.h"
#include "flow/cut.h"
#include "flow/desk.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/settle.h"
#include "flow/setup.h"
#include "flow/snap.h"
#include "flow/steps.h"
#include "loop/loop.h"
#include "plugin/guard.h"
#include "plugin/media.h"
#include "state/recall.h"
#include "json/check.h"

enum { LINGER_MS = 1000 };

/* Of a stream: a line, an event.  What is larger is no model's word. */
enum { LINE_BYTES = 16 * 1024 * 1024, EVENT_BYTES = 32 * 1024 * 1024 };

const struct relay *relay_of_frames(const struct exchange *x)
{
    bool is_same_form = x->attempt.framing == frames_form(x->endpoint->framing);

    if (!x->is_stream || x->attempt.is_summary)
        return &relay_gather;
    return relay_is_raw(x) && is_same_form ? &relay_pass : &relay_frames;
}

/* The names that lines of JSON go by; none is registered.  source: NDJSON and JSON Lines, read 2026-11-23 */
static bool relay_says_lines(struct cp_str type)
{
    return str_find_nocase(type, "ndjson") >= 0 || str_find_nocase(type, "jsonl") >= 0 ||
           str_find_nocase(type, "stream+json") >= 0 ||
           str_find_nocase(type, "json-stream") >= 0;
}

/* By what came, not by what was asked for. */
static const struct relay *relay_choose(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    struct cp_str type = transfer_header(a->transfer, "content-type");
    bool is_events = type.p && str_begins_nocase(type, "text/event-stream");
    bool is_json = type.p && !is_events && str_find_nocase(type, "json") >= 0;
    bool is_lines = is_json && a->framing == CP_LINES && relay_says_lines(type);

    if (a->status < 200 || a->status >= 300)
        return &relay_error;
    if (type.p && str_begins_nocase(type, "text/html")) {
        attempt_fail(x, CP_NET_CONTENT_TYPE, "an HTML page where an answer was expected");
        return NULL;
    }
    if (a->call.call.op != CP_CHAT && !x->is_stream)
        return &relay_whole;
    if (is_events)
        a->framing = CP_SSE;
    if (a->is_stream && is_json && !is_lines && media_is_json(&a->channel->adapter->hooks))
        return &relay_sniff;
    return is_lines || is_events || a->is_stream ? relay_of_frames(x) : &relay_whole;
}

/* Another name in the answer than the upstream's cannot be had without reading it. */
bool relay_is_raw(const struct exchange *x)
{
    return x->attempt.is_pass &&
           !(x->setup->conf->rewrite_response_model && !str_eq(x->attempt.model, x->model));
}

void relay_rename(const struct exchange *x, struct cp_tape *tape)
{
    if (!x->setup->conf->rewrite_response_model || x->op != CP_CHAT)
        return;
    for (uint32_t i = 0; i < tape->n; i++)
        if (tape->items[i]->kind == CP_START)
            tape->items[i]->name = x->model;
}

enum step step_relay(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    if (!a->relay) {
        desk_answers(x);
        count_open(x);
        a->framing = frames_form(a->channel->adapter->hooks.framing);
        a->relay = relay_choose(x);
        if (!a->relay || (a->relay->open && a->relay->open(x)))
            return STEP_RETRY;
    }
    return a->has_end ? a->relay->end(x) : STEP_WAIT;
}

void relay_observe(struct exchange *x, const struct cp_item *it)
{
    struct attempt *a = &x->attempt;

    switch (it->kind) {
    case CP_USAGE:
        if (it->sub < sizeof(x->tokens) / sizeof(*x->tokens))
            x->tokens[it->sub] = it->num;
        break;
    case CP_STOP:
        if (it->name.p &&
            !str_eq(str_cut(it->name, 64), x->stop_word)) /* some say it in each frame */
            x->stop_word = arena_copy(x->arena, str_cut(it->name, 64));
        break;
    case CP_ERROR:
        a->has_trouble = true;
        a->trouble = *it;
        a->trouble.text = exchange_scrub(x, arena_copy(x->arena, str_cut(it->text, 4096)));
        a->trouble.name = arena_copy(x->arena, str_cut(it->name, 128));
        a->trouble.id = arena_copy(x->arena, str_cut(it->id, 128));
        a->trouble.meta = STR_NONE;
        break;
    case CP_END:
        a->has_end_item = true;
        break;
    default:
        break;
    }
    if (!a->content_us && it->kind != CP_START && it->kind != CP_USAGE && it->kind != CP_AUX &&
        it->kind != CP_MESSAGE && it->kind != CP_NATIVE)
        a->content_us = clock_us();
}

void relay_send(struct exchange *x, struct cp_str bytes)
{
    if (!bytes.n || !x->request || x->is_gone)
        return;
    x->last_out_ms = loop_now_ms(x->flow->loop);
    snap_client_data(x, bytes);
    if (request_write(x->request, bytes) != E_AGAIN || x->is_paused)
        return;
    if (x->attempt.transfer && !x->attempt.has_end) {
        x->is_paused = true;
        transfer_pause(x->attempt.transfer);
    }
}

void relay_flush(struct exchange *x, size_t n)
{
    if (!n)
        return;
    relay_send(x, str_cut(buf_str(&x->held), n));
    buf_drop(&x->held, n);
}

static struct cp_str relay_keepalive(const struct exchange *x)
{
    return media_keepalive(&x->client->hooks, x->endpoint->framing);
}

void relay_commit(struct exchange *x)
{
    struct answer_headers h;

    if (x->is_committed || !x->request)
        return;
    hedge_claim(x);
    if (!x->attempt.content_us && tape_shows_content(&x->attempt.tape))
        x->attempt.content_us = clock_us(); /* of what passes, no item tells it */
    x->is_committed = true;
    x->status = 200;
    settle_shown(x);
    answer_headers(x, &h, str_of(media_of_stream(&x->client->hooks, x->endpoint->framing)));
    answer_add(&h, "Cache-Control", STR("no-cache"));
    answer_add(&h, "X-Accel-Buffering", STR("no"));
    snap_client_head(x, 200, h.at, h.n, STR_NONE, false);
    (void)request_stream(x->request, 200, h.at, h.n, -1); /* gone is told by gone() */
    loop_timer_stop(x->flow->loop, &x->timer);
    if (relay_keepalive(x).n && x->setup->conf->ping_ms > 0)
        loop_timer(x->flow->loop, &x->timer, x->setup->conf->ping_ms);
}

void relay_linger(struct exchange *x)
{
    settle_served(x); /* a client may ask again before its upstream has hung up */
    loop_timer(x->flow->loop, &x->timer, LINGER_MS);
}

void relay_leave(struct exchange *x)
{
    if (x->attempt.transfer && !x->attempt.has_end)
        transfer_cancel(x->attempt.transfer);
    x->attempt.transfer = NULL;
    x->step = UINT32_MAX; /* answered: the pipeline has nothing left to do */
    relay_finish(x);
    settle_served(x);
}

void relay_ping(struct exchange *x)
{
    int64_t ping_ms = x->setup->conf->ping_ms;
    int64_t idle_ms = loop_now_ms(x->flow->loop) - x->last_out_ms;

    if (x->is_answered || x->is_gone)
        return;
    if (x->has_terminal) {
        relay_leave(x);
        return;
    }
    /* Not on top of a queue that does not move.  It cannot land inside an event: only whole ones
     * have gone out, and what is held is the half of one. */
    if (idle_ms >= ping_ms && !x->is_paused) {
        relay_send(x, relay_keepalive(x));
        idle_ms = 0;
    }
    loop_timer(x->flow->loop, &x->timer, ping_ms - (idle_ms < ping_ms ? idle_ms : 0));
}

enum step relay_finish(struct exchange *x)
{
    out_end(&x->out);
    relay_flush(x, x->held.n);
    loop_timer_stop(x->flow->loop, &x->timer);
    if (!x->is_answered && x->request)
        request_finish(x->request);
    x->is_answered = true;
    return STEP_ANSWER;
}

enum step relay_break(struct exchange *x, const char *why)
{
    struct cp_item cut = { CP_ITEM(ERROR), .sub = CP_STREAM_CUT, .num = 502 };

    cut.text = arena_printf(x->arena, "the upstream's stream broke off: %s", why);
    x->note = cut.text;
    x->end = (struct end_code){ 'U', 'D' };
    if (answer_error_event(x, &cut))
        return relay_finish(x);
    relay_flush(x, x->held.n);
    loop_timer_stop(x->flow->loop, &x->timer);
    x->is_answered = true;
    request_abort(x->request, true); /* no clean end for what was not whole */
    return STEP_ANSWER;
}

int relay_rx_open(struct exchange *x, uint32_t want)
{
    struct attempt *a = &x->attempt;
    size_t most = x->setup->conf->reply_bytes;

    a->call.call.want = want;
    tape_init(&a->tape, x->arena, CP_RESPONSE, want, STR_NONE);
    frames_init(&a->frames, a->framing, most < LINE_BYTES ? most : LINE_BYTES,
                most < EVENT_BYTES ? most : EVENT_BYTES);
    a->is_frames_open = true;
    if (guard_rx_open(a->channel->adapter, a->channel->instance, &a->call, &a->rx)) {
        attempt_fail(x, CP_NET_PROTOCOL, "adapter %s: %s", a->channel->adapter->hooks.dialect,
                     a->call.err.what);
        return E_BUG;
    }
    a->is_rx_open = true;
    return 0;
}

int relay_feed(struct exchange *x, struct cp_str bytes, sse_frame_fn *fn)
{
    struct attempt *a = &x->attempt;
    uint64_t before = frames_signs(&a->frames);
    int rc = frames_feed(&a->frames, bytes, fn, x);

    if (!rc && frames_signs(&a->frames) != before)
        transfer_touch(a->transfer);
    return rc;
}

int relay_tx_open(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    relay_forget(x);
    x->call.call.stream = 1;
    if (guard_tx_open(x->client, x->client_instance, &x->call, &a->tx)) {
        attempt_fail(x, 0, "adapter %s: %s", x->client->hooks.dialect, x->call.err.what);
        a->unsaid = CP_SERVER;
        return E_BUG;
    }
    a->is_tx_open = true;
    return 0;
}

void relay_forget(struct exchange *x)
{
    buf_clear(&x->held);
    out_renew(&x->out);
}

/* What a failed item left behind is no event that anybody could read. */
static void relay_cut(struct exchange *x, size_t whole, uint32_t frames)
{
    x->held.n = whole;
    x->held.failed = false;
    out_renew(&x->out);
    x->out.frames = frames;
}

int relay_tx_item(struct exchange *x, const struct cp_item *it)
{
    size_t whole = x->held.n;
    uint32_t frames = x->out.frames;
    int rc = guard_tx_item(x->client, x->attempt.tx, &x->call, it, &x->out);

    if (rc)
        relay_cut(x, whole, frames);
    else if (it->kind == CP_END || it->kind == CP_ERROR)
        x->has_terminal = true;
    x->has_error_out |= it->kind == CP_ERROR && !rc;
    if (!rc && x->attempt.recall)
        recall_item(x->attempt.recall, it);
    return rc;
}

int relay_tx_tape(struct exchange *x, struct cp_tape *tape)
{
    const struct cp_item *it;
    int rc = 0;

    relay_rename(x, tape);
    for (size_t i = 0; !rc && (it = tape_item(tape, i)); i++) {
        relay_observe(x, it);
        if (it->kind == CP_ERROR && !x->is_committed)
            return 0; /* the gate is still closed: this is a failed attempt, not an answer */
        if (it->kind == CP_ERROR)
            it = &x->attempt.trouble; /* without our secrets */
        rc = x->attempt.cutter ? cut_item(x, it) : relay_tx_item(x, it);
    }
    return rc;
}

struct cp_str relay_mend(struct exchange *x, struct cp_str json)
{
    struct buf *out = &x->attempt.mended;
    size_t good = utf8_valid(json);

    if (good == json.n)
        return STR_NONE;
    buf_fini(out);
    buf_init(out, x->setup->conf->reply_bytes);
    while (json.n) {
        buf_add_str(out, str_cut(json, good));
        json = str_from(json, good);
        if (json.n) {
            buf_add_str(out, STR("\xef\xbf\xbd"));
            json = str_from(json, 1);
        }
        good = utf8_valid(json);
    }
    if (buf_failed(out) || json_check(buf_str(out), NULL, NULL))
        return STR_NONE;
    return buf_str(out);
}

/* Data that looks like JSON is checked before an adapter reads it; other data ("[DONE]", words) is the adapter's to know,
 * and so is JSON that is none: some dialects' servers are sloppy in ways that can be read. */
int relay_rx(struct exchange *x, const struct cp_frame *f)
{
    struct attempt *a = &x->attempt;
    struct cp_frame frame = *f;
    struct cp_str data = str_trim(f->data);
    bool is_json = data.n && (*data.p == '{' || *data.p == '[') && !str_is(data, "[DONE]") &&
                   media_is_json(&a->channel->adapter->hooks);
    bool is_sloppy = is_json && json_check(data, NULL, NULL);

    if (a->tape.grammar.is_ended)
        return 0; /* nothing is expected behind the last word, and nothing read */
    if (is_sloppy && relay_mend(x, data).p) {
        frame.data = data = buf_str(&a->mended);
        is_sloppy = false;
    }
    a->call.checked = is_json && !is_sloppy ? data : STR_NONE;
    int rc = guard_rx_frame(a->channel->adapter, a->rx, &a->call, &frame, &a->tape);
    a->call.checked = STR_NONE;
    if (!is_sloppy || rc != E_SYNTAX)
        return rc;
    a->call.err = (struct err){ 0 };
    return 0; /* garbage between events is skipped, as the field does */
}
