/* SPDX-License-Identifier: MIT */
/*
 * answer - what comes back: head, bytes, end, within limits and deadlines.
 */
#include "loop/answer.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "loop/inflate.h"
#include "loop/transfer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More than one or two never happen; thousands of them are an attack. */
enum { INTERIMS_MAX = 32 };
/* What one read of a compressed body may become. */
enum { PLAIN_BYTES = 32 << 20 };

static const char *const phase_why[] = {
    [TRANSFER_CONNECT] = "no connection",
    [TRANSFER_HEAD] = "no response",
    [TRANSFER_BODY] = "silence in the body",
};

/* When the phase's own deadline falls, or -1. */
static int64_t phase_due_ms(const struct transfer *t)
{
    int64_t most = t->phase == TRANSFER_CONNECT ? t->spec.connect_ms
                   : t->phase == TRANSFER_HEAD  ? t->spec.first_byte_ms
                                                : t->spec.idle_ms;
    /* A paused stream is silent because its reader is slow: not the upstream's fault. */
    if (most <= 0 || (t->phase == TRANSFER_BODY && t->is_paused))
        return -1;
    return t->phase_ms + most;
}

static void set_timer(struct transfer *t)
{
    int64_t due = phase_due_ms(t);
    int64_t total = t->spec.total_ms > 0 ? t->start_ms + t->spec.total_ms : -1;
    if (due < 0 || (total >= 0 && total < due))
        due = total;
    if (due < 0) {
        loop_timer_stop(t->client->loop, &t->timer);
        return;
    }
    int64_t wait = due - loop_now_ms(t->client->loop);
    loop_timer(t->client->loop, &t->timer, wait > 0 ? wait : 0);
}

static void timer_fired(struct timer *timer)
{
    struct transfer *t = LIST_ENTRY(timer, struct transfer, timer);
    int64_t now = loop_now_ms(t->client->loop), due = phase_due_ms(t);
    if (due >= 0 && now >= due) {
        answer_fail(t, CP_NET_TIMEOUT, "timeout: %s for %lld ms", phase_why[t->phase],
                    (long long)(due - t->phase_ms));
    } else if (t->spec.total_ms > 0 && now >= t->start_ms + t->spec.total_ms) {
        answer_fail(t, CP_NET_TIMEOUT, "timeout: not complete after %lld ms",
                    (long long)t->spec.total_ms);
    } else {
        set_timer(t);
        return;
    }
    client_expire(t);
}

static void enter(struct transfer *t, enum transfer_phase phase)
{
    t->phase = phase;
    t->phase_ms = loop_now_ms(t->client->loop);
    set_timer(t);
}

void answer_begin(struct transfer *t)
{
    fields_init(&t->head);
    buf_init(&t->plain, PLAIN_BYTES);
    t->timer = (struct timer){ .fire = timer_fired };
    t->start_us = clock_us();
    t->start_ms = loop_now_ms(t->client->loop);
    enter(t, TRANSFER_CONNECT);
}

void answer_again(struct transfer *t)
{
    t->connected_us = 0;
    enter(t, TRANSFER_CONNECT);
}

void answer_fini(struct transfer *t)
{
    loop_timer_stop(t->client->loop, &t->timer);
    fields_fini(&t->head);
    inflate_close(t->inflate);
    t->inflate = NULL;
    buf_fini(&t->plain);
}

int answer_fail(struct transfer *t, int net, const char *fmt, ...)
{
    if (t->net)
        return -1;
    t->net = net;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->why, sizeof t->why, fmt, ap);
    va_end(ap);
    /* Library texts may quote what the other side sent. */
    for (char *c = t->why; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return -1;
}

void answer_connected(struct transfer *t)
{
    t->connected_us = clock_us();
    pieces_seek(&t->body, 0);
    enter(t, TRANSFER_HEAD);
}

void answer_awaited(struct transfer *t)
{
    if (t->phase == TRANSFER_HEAD)
        t->phase_ms = loop_now_ms(t->client->loop);
}

/* "HTTP/1.1 200 OK", "HTTP/2 200" */
static int status_line(struct transfer *t, struct cp_str line)
{
    ptrdiff_t blank = str_chr(line, ' ');
    struct cp_str code =
        blank < 0 ? STR_NONE : str_cut(str_trim(str_from(line, (size_t)blank)), 3);
    int64_t status;
    if (code.n != 3 || str_int(code, &status) != 0)
        return answer_fail(t, CP_NET_PROTOCOL, "a status line without a status");
    t->is_http2 = str_begins(line, "HTTP/2");
    t->status = (int)status;
    fields_clear(&t->head);
    return 0;
}

/* We ask for no compression, but some send it: their bytes would be taken for text. */
static int open_coding(struct transfer *t)
{
    struct cp_str coding = fields_get(&t->head, "content-encoding");
    if (inflate_open(&t->inflate, coding) == 0)
        return 0;
    return answer_fail(t, CP_NET_PROTOCOL, "a body encoded as \"%.*s\"",
                       STR_FMT(str_cut(coding, 40)));
}

static int head_complete(struct transfer *t)
{
    int status = t->status;
    if (status >= 100 && status < 200 && status != 101) {
        t->status = 0;
        if (++t->interims > INTERIMS_MAX)
            return answer_fail(t, CP_NET_PROTOCOL, "too many interim responses");
        return 0;
    }
    if (status < 200 || status > 599) {
        t->status = 0;
        return answer_fail(t, CP_NET_PROTOCOL, "status %d makes no sense", status);
    }
    fields_trim(&t->head);
    enter(t, TRANSFER_BODY);
    if (open_coding(t))
        return -1;
    if (!t->is_dead && t->handler.head)
        t->handler.head(t->ctx, t, status);
    return t->is_dead ? -1 : 0;
}

int answer_line(struct transfer *t, struct cp_str line)
{
    if (t->is_dead)
        return -1;
    if (t->phase == TRANSFER_BODY) /* trailers */
        return 0;
    if (!t->first_byte_us)
        t->first_byte_us = clock_us();
    if (str_begins(line, "HTTP/"))
        return status_line(t, line);
    if (str_trim(line).n == 0)
        return head_complete(t);
    int rc = fields_line(&t->head, line);
    if (rc == E_LIMIT)
        return answer_fail(t, CP_NET_PROTOCOL, "the response's head is too large");
    return rc == 0 ? 0 : answer_fail(t, CP_NET_PROTOCOL, "a header line that is none");
}

/* 0, or -1: it is no such coding, or a bomb. */
static int unpack(struct transfer *t, struct cp_str *bytes)
{
    buf_clear(&t->plain);
    int rc = inflate_feed(t->inflate, *bytes, &t->plain);
    if (rc)
        return answer_fail(t, CP_NET_PROTOCOL,
                           rc == E_LIMIT ? "a compressed body that becomes too large"
                                         : "a compressed body that is broken");
    *bytes = buf_str(&t->plain);
    return 0;
}

int answer_bytes(struct transfer *t, struct cp_str bytes)
{
    if (t->is_dead)
        return -1;
    if (t->phase != TRANSFER_BODY)
        return answer_fail(t, CP_NET_PROTOCOL, "a body before its head");
    t->bytes_in += bytes.n;
    if (!t->is_touched)
        t->phase_ms = loop_now_ms(t->client->loop);
    if (t->inflate && unpack(t, &bytes))
        return -1;
    if (t->handler.bytes && bytes.n)
        t->handler.bytes(t->ctx, t, bytes);
    return t->is_dead ? -1 : 0;
}

void answer_resumed(struct transfer *t)
{
    if (t->phase == TRANSFER_BODY)
        enter(t, TRANSFER_BODY);
}

void answer_end(struct transfer *t, struct transfer_end *end)
{
    loop_timer_stop(t->client->loop, &t->timer);
    if (t->inflate && t->bytes_in && !t->net && inflate_end(t->inflate))
        answer_fail(t, CP_NET_CUT, "a compressed body that stopped in the middle");
    end->net = t->net;
    end->status = t->phase == TRANSFER_BODY ? t->status : 0;
    memcpy(end->why, t->why, sizeof end->why);
    end->connect_us = !t->connected_us ? -1
                      : end->is_reused ? 0
                                       : t->connected_us - t->start_us;
    end->first_byte_us = t->first_byte_us ? t->first_byte_us - t->start_us : -1;
    end->total_us = clock_us() - t->start_us;
    end->bytes_in = t->bytes_in;
    end->is_http2 = t->is_http2;
    t->is_ending = true;
    t->handler.end(t->ctx, t, end);
}
