/* SPDX-License-Identifier: MIT */
/*
 * relay_stream - streams to streams: untouched with a tap, or frame by frame through tapes.
 *
 * Passing, only whole events are handed on: if the upstream breaks off inside one, its torn half stays here and the
 * client gets an error event that it can parse.  The tap may fail at any time; then the bytes go on
 * without it, and only the accounting has lost something.
 */
#include "flow/relay.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/cut.h"
#include "flow/pipeline.h"
#include "flow/setup.h"
#include "plugin/guard.h"

/* Before commitment another path may still answer; after it, only an error event is honest. */
static void stream_fail(struct exchange *x, const char *why)
{
    struct attempt *a = &x->attempt;

    if (!x->is_committed) {
        attempt_fail(x, CP_NET_PROTOCOL, "%s", why);
        pipeline_retry(x);
        return;
    }
    transfer_cancel(a->transfer);
    a->transfer = NULL;
    x->step = UINT32_MAX; /* answered: the pipeline has nothing left to do */
    relay_break(x, why);
}

/* An ERROR item before the gate opened: the upstream refused inside a 200. */
static bool stream_was_refused(struct exchange *x)
{
    if (x->is_committed || !x->attempt.has_trouble)
        return false;
    stream_fail(x, "an error event before any content");
    return true;
}

static const char *stream_why(const struct exchange *x)
{
    if (x->attempt.call.err.what[0])
        return x->attempt.call.err.what;
    return x->call.err.what[0] ? x->call.err.what : "an event is too large";
}

/* ---- passing ------------------------------------------------------------- */

/* A tap that fails ends itself and nothing else, unless it cannot read the very beginning. */
static int pass_frame(void *ctx, const struct cp_frame *f)
{
    struct exchange *x = ctx;
    struct attempt *a = &x->attempt;
    const struct cp_item *it;

    if (a->is_tap_off)
        return 0;
    int rc = relay_rx(x, f);
    for (size_t i = 0; (it = tape_item(&a->tape, i)); i++) {
        relay_observe(x, it);
        chain_item(x, it);
        if (it->kind == CP_ERROR || it->kind == CP_END)
            x->has_terminal = x->has_terminal || x->is_committed || it->kind == CP_END;
        if (it->kind == CP_ERROR)
            x->has_error_out = x->is_committed;
    }
    tape_forget(&a->tape);
    if (rc == E_SYNTAX && !x->is_committed)
        return rc;
    a->is_tap_off = rc != 0;
    return 0;
}

/* The whole events of what is held.  An error may repeat what the upstream was sent, our key too. */
static void pass_flush(struct exchange *x, size_t torn)
{
    size_t whole = x->held.n > torn ? x->held.n - torn : 0;

    if (!x->attempt.has_trouble) {
        relay_flush(x, whole);
        return;
    }
    relay_send(x, exchange_scrub(x, str_cut(buf_str(&x->held), whole)));
    buf_drop(&x->held, whole);
}

/* What the client has of an array: an error of ours would have to go on with it, and close it. */
static void pass_count(struct exchange *x)
{
    const struct json_array *array = &x->attempt.frames.array;

    if (!x->attempt.is_array)
        return;
    x->out.frames = (uint32_t)array->elements;
    x->out.is_ended = array->is_closed;
}

static void pass_bytes(struct exchange *x, struct cp_str bytes)
{
    struct attempt *a = &x->attempt;
    bool was_over = x->has_terminal;

    if (x->is_answered)
        return;
    if (relay_feed(x, bytes, pass_frame)) {
        relay_forget(x);
        stream_fail(x, stream_why(x));
        return;
    }
    if (stream_was_refused(x))
        return;
    if (!x->is_committed && (a->is_tap_off || tape_shows_content(&a->tape)))
        relay_commit(x);
    if (x->is_committed && x->has_terminal && !was_over)
        relay_linger(x);
    size_t torn = frames_torn(&a->frames);
    if (x->is_committed)
        pass_count(x);
    if (x->is_committed && !x->held.n && torn <= bytes.n && !a->has_trouble) {
        relay_send(x, str_cut(bytes, bytes.n - torn));
        buf_add_str(&x->held, str_from(bytes, bytes.n - torn));
        return;
    }
    if (buf_add_str(&x->held, bytes)) {
        relay_forget(x);
        stream_fail(x, "one event is larger than all that may be kept");
    } else if (x->is_committed) {
        pass_flush(x, torn);
    }
}

static int pass_open(struct exchange *x)
{
    relay_forget(x);
    int rc = relay_rx_open(x, chain_want(x));
    if (!rc)
        chain_stream(x);
    return rc;
}

/* What the tap says of the end.  A stream that cannot be judged is believed if the transfer was whole. */
static bool stream_close_rx(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    const struct cp_item *it;
    bool is_whole = a->end.net == 0;

    if (!a->is_rx_open)
        return is_whole;
    a->is_rx_open = false;
    int rc = guard_rx_close(a->channel->adapter, a->rx, &a->call, is_whole ? CP_OK : E_GONE,
                            &a->tape);
    for (size_t i = 0; (it = tape_item(&a->tape, i)); i++) {
        relay_observe(x, it);
        chain_item(x, it);
    }
    return rc ? is_whole : a->has_end_item;
}

static enum step pass_end(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    if (x->is_answered)
        return STEP_ANSWER;
    if (a->end.net == 0)
        (void)frames_end(&a->frames, pass_frame,
                         x); /* what the last frame broke, rx_close tells */
    if (!x->is_committed && frames_loose(&a->frames).n)
        return relay_tell_whole(x, frames_loose(&a->frames));
    bool is_clean = stream_close_rx(x);
    if (!x->is_committed && is_clean && tape_shows_content(&a->tape))
        relay_commit(x);
    if (!x->is_committed) {
        attempt_fail(x, a->end.net ? a->end.net : CP_NET_EMPTY, "%s",
                     a->end.net ? a->end.why : "the stream ended without content");
        return STEP_RETRY;
    }
    pass_count(x);
    if (is_clean || x->has_error_out || (a->is_tap_off && a->end.net == 0)) {
        x->has_terminal = true;
        return relay_finish(x);
    }
    relay_forget(x);
    return relay_break(x, a->end.net ? a->end.why : "it ended without its last event");
}

const struct relay relay_pass = { "pass", pass_open, pass_bytes, pass_end };

/* ---- translating --------------------------------------------------------- */

static int told_frame(void *ctx, const struct cp_frame *f)
{
    struct exchange *x = ctx;
    int rc = relay_rx(x, f);

    if (!rc)
        rc = relay_tx_tape(x, &x->attempt.tape);
    tape_forget(&x->attempt.tape);
    return rc;
}

static void told_bytes(struct exchange *x, struct cp_str bytes)
{
    struct attempt *a = &x->attempt;
    bool was_over = x->has_terminal;

    if (x->is_answered)
        return;
    if (relay_feed(x, bytes, told_frame) || buf_failed(&x->held)) {
        stream_fail(x, stream_why(x));
        return;
    }
    if (stream_was_refused(x))
        return;
    if (!x->is_committed && tape_shows_content(&a->tape))
        relay_commit(x);
    if (x->is_committed)
        relay_flush(x, x->held.n);
    if (x->is_committed && cut_is_over(x))
        relay_leave(x);
    else if (x->is_committed && x->has_terminal && !was_over)
        relay_linger(x);
}

static int told_open(struct exchange *x)
{
    int rc = relay_rx_open(x, CP_WANT_ALL);
    return rc ? rc : relay_tx_open(x);
}

static enum step told_end(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    if (x->is_answered)
        return STEP_ANSWER;
    if (a->end.net == 0)
        (void)frames_end(&a->frames, told_frame,
                         x); /* what the last frame broke, rx_close tells */
    if (!x->is_committed && frames_loose(&a->frames).n)
        return relay_tell_whole(x, frames_loose(&a->frames));
    a->is_rx_open = false;
    int rc = guard_rx_close(a->channel->adapter, a->rx, &a->call, a->end.net ? E_GONE : CP_OK,
                            &a->tape);
    bool is_clean = !rc && a->end.net == 0 && tape_find(&a->tape, CP_ERROR) == NULL;
    if (!x->is_committed && (!is_clean || !tape_shows_content(&a->tape))) {
        attempt_fail(x, a->end.net ? a->end.net : CP_NET_EMPTY, "%s",
                     a->end.net ? a->end.why : "the stream ended without content");
        return STEP_RETRY;
    }
    if (is_clean)
        rc = relay_tx_tape(x, &a->tape);
    relay_commit(x);
    if (x->has_terminal && !rc)
        return relay_finish(x);
    return relay_break(x, a->end.net ? a->end.why : "it ended without its last event");
}

const struct relay relay_frames = { "frames", told_open, told_bytes, told_end };
