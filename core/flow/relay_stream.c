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
#include "flow/count.h"
#include "flow/cut.h"
#include "flow/pipeline.h"
#include "flow/sealed.h"
#include "flow/setup.h"
#include "plugin/guard.h"

/* In an event behind its data: other fields, line ends. */
enum { FIELDS_BYTES = 256 };

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

/* Where in x->held the frame's data stands, which ends (or almost) where the reader is; SIZE_MAX: it is of many lines. */
static size_t pass_find(const struct exchange *x, struct cp_str data)
{
    const struct attempt *a = &x->attempt;
    size_t read = (size_t)(frames_taken(&a->frames) - a->fed);
    size_t end = x->held.n - (read < a->feeding.n ? a->feeding.n - read : 0);
    size_t from = end > data.n + FIELDS_BYTES ? end - data.n - FIELDS_BYTES : 0;

    for (size_t at = end >= data.n ? end - data.n + 1 : 0; at-- > from;)
        if (!memcmp(x->held.p + at, data.p, data.n))
            return at;
    return SIZE_MAX;
}

/* The frame goes on with other numbers than it came with. */
static void pass_splice(struct exchange *x, struct cp_str data, struct cp_str amended)
{
    struct attempt *a = &x->attempt;

    if (!a->is_spliced && buf_add_str(&x->held, a->feeding))
        return;
    a->is_spliced = true;
    size_t at = pass_find(x, data);
    if (at == SIZE_MAX)
        return;
    struct cp_str rest = str_from(buf_str(&x->held), at + data.n);
    struct buf tail;
    buf_init(&tail, rest.n + 1);
    buf_add_str(&tail, rest);
    x->held.n = at;
    buf_add_str(&x->held, amended);
    buf_add_str(&x->held, buf_str(&tail));
    buf_fini(&tail);
}

/* JSON may stand in an event's one line only without line breaks; blanks are as good. */
static void pass_numbers(struct exchange *x, const struct cp_frame *f)
{
    struct buf amended;

    buf_init(&amended, f->data.n * 2 + 4096);
    if (count_passes(x, f, &x->attempt.tape, &amended) && f->data.n) {
        for (size_t i = 0; i < amended.n; i++)
            if (amended.p[i] == '\n' || amended.p[i] == '\r')
                amended.p[i] = ' ';
        pass_splice(x, f->data, buf_str(&amended));
    }
    buf_fini(&amended);
}

/* A tap that fails ends itself and nothing else, unless it cannot read the very beginning. */
static int pass_frame(void *ctx, const struct cp_frame *f)
{
    struct exchange *x = ctx;
    struct attempt *a = &x->attempt;
    const struct cp_item *it;

    chain_frame(x, f);
    sealed_hear(x, f->data);
    if (a->is_tap_off)
        return 0;
    int rc = relay_rx(x, f);
    pass_numbers(x, f);
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

    if (x->attempt.framing != CP_ARRAY)
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
    a->feeding = bytes;
    a->is_spliced = false;
    int rc = relay_feed(x, bytes, pass_frame);
    a->feeding = STR_NONE;
    a->fed += bytes.n;
    if (rc) {
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
    if (!a->is_spliced && x->is_committed && !x->held.n && torn <= bytes.n && !a->has_trouble) {
        relay_send(x, str_cut(bytes, bytes.n - torn));
        buf_add_str(&x->held, str_from(bytes, bytes.n - torn));
        return;
    }
    if (a->is_spliced ? buf_failed(&x->held) : buf_add_str(&x->held, bytes)) {
        relay_forget(x);
        stream_fail(x, "one event is larger than all that may be kept");
    } else if (x->is_committed) {
        pass_flush(x, torn);
    }
}

static int pass_open(struct exchange *x)
{
    relay_forget(x);
    return relay_rx_open(x, chain_want(x) | count_want(x));
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

    if (!rc) {
        count_told(x, &x->attempt.tape);
        rc = relay_tx_tape(x, &x->attempt.tape);
    }
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
    if (is_clean) {
        count_told(x, &a->tape);
        rc = relay_tx_tape(x, &a->tape);
    }
    relay_commit(x);
    if (x->has_terminal && !rc)
        return relay_finish(x);
    return relay_break(x, a->end.net ? a->end.why : "it ended without its last event");
}

const struct relay relay_frames = { "frames", told_open, told_bytes, told_end };
