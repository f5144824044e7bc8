/* SPDX-License-Identifier: MIT */
/*
 * drive - one adapter on bytes at hand: for authors, tests and fuzzers.
 */
#include "plugin/drive.h"

#include "base/str.h"
#include "loop/frames.h"
#include "plugin/guard.h"
#include "plugin/loader.h"

enum { DRIVE_LINE_BYTES = 32 << 20, DRIVE_EVENT_BYTES = 64 << 20 };

int drive_open(struct drive *d, const struct adapter *a, const struct conf_option *given,
               size_t n, struct err *err)
{
    memset(d, 0, sizeof(*d));
    d->adapter = a;
    int rc = guard_configure(a, given, n, &d->instance, err);
    if (rc)
        return rc;
    d->arena = arena_new(65536, (size_t)1 << 30);
    ledger_init(&d->ledger);
    host_call_init(&d->hc, d->arena, &d->ledger);
    d->hc.call.op = CP_CHAT;
    d->hc.call.trace = STR("drive");
    return 0;
}

void drive_close(struct drive *d)
{
    host_call_fini(&d->hc);
    arena_free(d->arena);
    guard_forget(d->adapter, d->instance);
}

static void drive_tape(struct drive *d, int phase, struct cp_str body, struct cp_tape *tape)
{
    tape_init(tape, d->arena, phase, CP_WANT_ALL, body);
    if (d->limits.items)
        tape->limits.items = d->limits.items;
    if (d->limits.bytes)
        tape->limits.bytes = d->limits.bytes;
}

int drive_decode(struct drive *d, int phase, struct cp_str body, struct cp_tape *tape)
{
    drive_tape(d, phase, body, tape);
    return guard_decode(d->adapter, d->instance, &d->hc, phase, body, tape);
}

int drive_encode(struct drive *d, int phase, const struct cp_tape *tape, struct buf *buf,
                 int *status)
{
    struct cp_out out;
    out_init(&out, buf);
    int rc = guard_encode(d->adapter, d->instance, &d->hc, phase, tape, &out);
    if (status)
        *status = out.status;
    return rc;
}

/* A stream on its way in. */
struct reading {
    struct drive *drive;
    void *state;
    struct cp_tape *tape;
    struct frames frames;
};

static int reading_frame(void *ctx, const struct cp_frame *frame)
{
    struct reading *r = ctx;
    return guard_rx_frame(r->drive->adapter, r->state, &r->drive->hc, frame, r->tape);
}

static int reading_feed(struct reading *r, struct cp_str bytes)
{
    return frames_feed(&r->frames, bytes, reading_frame, r);
}

/* JSON alone, where there was no frame at all: here it can only be the stream's one word. */
static int reading_loose(struct reading *r)
{
    struct cp_frame frame = { STR("error"), str_trim(frames_loose(&r->frames)) };
    return frame.data.n ? reading_frame(r, &frame) : 0;
}

static int reading_end(struct reading *r)
{
    int rc = frames_end(&r->frames, reading_frame, r);
    return rc ? rc : reading_loose(r);
}

/* A recording says by its first byte in which form it came. */
static uint32_t reading_form(const struct drive *d, struct cp_str bytes)
{
    struct cp_str rest = str_trim(bytes);
    uint32_t form = frames_form(d->adapter->hooks.framing);
    return form == CP_SSE && rest.n && *rest.p == '[' ? CP_ARRAY : form;
}

static int reading_open(struct reading *r, struct drive *d, struct cp_str bytes,
                        struct cp_tape *tape)
{
    memset(r, 0, sizeof(*r));
    r->drive = d;
    r->tape = tape;
    drive_tape(d, CP_RESPONSE, STR_NONE, tape);
    d->hc.call.stream = 1;
    frames_init(&r->frames, reading_form(d, bytes), DRIVE_LINE_BYTES, DRIVE_EVENT_BYTES);
    return guard_rx_open(d->adapter, d->instance, &d->hc, &r->state);
}

/* rc is how the reading went so far; rx_close() runs in any case, but not on a tape that failed. */
static int reading_close(struct reading *r, int rc)
{
    struct drive *d = r->drive;
    if (!rc)
        rc = reading_end(r);
    if (!rc || !r->tape->err.code) {
        struct err why = d->hc.err;
        int closed = guard_rx_close(d->adapter, r->state, &d->hc, rc, r->tape);
        if (rc)
            d->hc.err = why; /* what came first says more */
        rc = rc ? rc : closed;
    }
    frames_fini(&r->frames);
    return rc;
}

static void reading_drop(struct reading *r)
{
    frames_fini(&r->frames);
}

int drive_rx(struct drive *d, struct cp_str bytes, size_t cut, struct cp_tape *tape)
{
    struct reading r;
    int rc = reading_open(&r, d, bytes, tape);
    if (rc) {
        reading_drop(&r);
        return rc;
    }
    if (cut == 0)
        cut = bytes.n;
    while (!rc && bytes.n) {
        rc = reading_feed(&r, str_cut(bytes, cut));
        bytes = str_from(bytes, cut < bytes.n ? cut : bytes.n);
    }
    return reading_close(&r, rc);
}

int drive_rx_split(struct drive *d, struct cp_str bytes, size_t at, struct cp_tape *tape)
{
    struct reading r;
    int rc = reading_open(&r, d, bytes, tape);
    if (rc) {
        reading_drop(&r);
        return rc;
    }
    rc = reading_feed(&r, str_cut(bytes, at));
    if (!rc)
        rc = reading_feed(&r, str_from(bytes, at));
    return reading_close(&r, rc);
}

int drive_tx(struct drive *d, const struct cp_tape *tape, struct buf *buf)
{
    const struct cp_item *it;
    struct cp_out out;
    void *state = NULL;

    out_init(&out, buf);
    if (!d->hc.call.framing && frames_form(d->adapter->hooks.framing) != CP_SSE)
        d->hc.call.framing = d->adapter->hooks.framing;
    out_framing(&out, d->hc.call.framing);
    d->hc.call.stream = 1;
    int rc = guard_tx_open(d->adapter, d->instance, &d->hc, &state);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && (it = tape_item(tape, i)); i++)
        rc = guard_tx_item(d->adapter, state, &d->hc, it, &out);
    int closed = guard_tx_close(d->adapter, state, &d->hc, rc, &out);
    out_end(&out);
    return rc ? rc : closed;
}
