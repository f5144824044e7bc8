/* SPDX-License-Identifier: MIT */
/*
 * upstream - step 6: send; wait for the head of the answer.
 *
 * The deadline for the first content starts here and counts everything: DNS, connect, TLS, head.  It ends at
 * commitment (relay.c); until then nothing has been sent to the client, and another path may still answer.
 */
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/flow.h"
#include "flow/hedge.h"
#include "flow/pipeline.h"
#include "flow/relay.h"
#include "flow/settle.h"
#include "flow/setup.h"
#include "flow/snap.h"
#include "flow/steps.h"
#include "loop/loop.h"

static void upstream_head(void *ctx, struct transfer *t, int status)
{
    struct exchange *x = ctx;

    (void)t;
    x->attempt.has_head = true;
    x->attempt.status = status;
    x->attempt.head_us = clock_us();
    snap_upstream_head(x);
    pipeline_run(x);
}

static void upstream_bytes(void *ctx, struct transfer *t, struct cp_str bytes)
{
    struct exchange *x = ctx;

    (void)t;
    snap_upstream_data(x, bytes);
    if (x->attempt.relay)
        x->attempt.relay->bytes(x, bytes);
}

static void upstream_end(void *ctx, struct transfer *t, const struct transfer_end *end)
{
    struct exchange *x = ctx;

    (void)t;
    x->attempt.end = *end;
    x->attempt.has_end = true;
    snap_upstream_end(x);
    pipeline_run(x);
    if (x->attempt.transfer == t)
        x->attempt.transfer = NULL; /* freed after this call */
    if (x->is_answered)
        settle_served(x); /* however long the client takes to read it */
}

static const struct transfer_handler upstream_handler = { upstream_head, upstream_bytes,
                                                          upstream_end };

static void upstream_late(struct timer *timer)
{
    struct exchange *x = LIST_ENTRY(timer, struct exchange, timer);

    if (x->is_committed) {
        relay_ping(x);
        return;
    }
    if (x->attempt.relay == &relay_error)
        attempt_fail(x, 0, "status %d", x->attempt.status);
    else
        attempt_fail(x, CP_NET_TIMEOUT, "no content within %lld ms",
                     (long long)x->attempt.channel->conf->timeouts.first_content_ms);
    pipeline_retry(x);
}

static enum step upstream_start(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    struct err err = { 0 };
    int64_t deadline_ms = a->channel->conf->timeouts.first_content_ms;

    snap_upstream(x);
    a->transfer =
        transfer_start(x->flow->client, &a->outgoing->spec, &upstream_handler, x, &err);
    if (!a->transfer) {
        /* The channel's part was checked with the configuration: this is the client's. */
        attempt_fail(x, 0, "%s: %s", err.where, err.what);
        a->unsaid = CP_BAD_REQUEST;
        return STEP_RETRY;
    }
    a->sent_us = clock_us();
    x->timer.fire = upstream_late;
    if (x->is_stream && a->is_stream && deadline_ms > 0)
        loop_timer(x->flow->loop, &x->timer, deadline_ms);
    hedge_begin(x);
    return STEP_WAIT;
}

enum step step_upstream(struct exchange *x)
{
    struct attempt *a = &x->attempt;

    if (!a->transfer && !a->has_end)
        return upstream_start(x);
    if (a->has_head)
        return STEP_NEXT;
    if (!a->has_end)
        return STEP_WAIT;
    attempt_fail(x, a->end.net, "%s", a->end.why);
    return STEP_RETRY;
}
