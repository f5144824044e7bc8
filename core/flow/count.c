/* SPDX-License-Identifier: MIT */
/*
 * count - the rules for token counts (usage.h) at work: in answers that are translated, and in those that pass.
 *
 * What passes is only tapped, and the tap does not look at text.  An upstream that was caught with a wrong number
 * is therefore remembered: its next answers are listened to as a whole, until enough of them were right.
 */
#include "flow/count.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/estimate.h"
#include "flow/flow.h"
#include "flow/relay.h"
#include "flow/setup.h"
#include "plugin/guard.h"
#include "state/ratio.h"
#include "state/vitals.h"
#include "json/check.h"

enum { WATCHED_ANSWERS = 64, TAPE_BYTES = 1024 };

/* ---- estimates ------------------------------------------------------------ */

/* Whom a count is for, before anybody was chosen. */
static const struct setup_channel *count_channel(const struct exchange *x)
{
    const struct roster_family *f =
        roster_family(&x->setup->roster, str_of(x->client->hooks.family));

    if (x->attempt.channel)
        return x->attempt.channel;
    for (uint32_t i = 0; f && i < f->order_n; i++) {
        const struct setup_channel *c = &x->setup->channels[f->order[i]];
        if (conf_serves_model(c->conf, x->model))
            return c;
    }
    return NULL;
}

int64_t count_estimate(struct exchange *x)
{
    const struct setup_channel *c = count_channel(x);
    int64_t tokens = estimate_tape(x->request_tape);

    if (!c)
        return tokens;
    return ratio_correct(x->flow->ratios, c->conf->dialect,
                         conf_map_model(c->conf, x->model, x->arena), tokens);
}

/* The request, in the middle of its answer: the hooks of both sides find their own requests as they were. */
static int count_read(struct exchange *x)
{
    struct cp_str theirs = x->attempt.call.call.request, ours = x->call.call.request;
    uint32_t is_stream = x->call.call.stream;
    int rc = adapt_read(x);

    x->call.err = (struct err){ 0 };
    x->call.call.stream = is_stream;
    x->call.call.request = ours;
    x->attempt.call.call.request = theirs;
    return rc;
}

int64_t count_request(struct exchange *x)
{
    return count_read(x) ? -1 : count_estimate(x);
}

static int64_t count_ask(void *ctx)
{
    return count_request(ctx);
}

/* ---- one answer ------------------------------------------------------------ */

void count_open(struct exchange *x)
{
    struct usage *u = &x->attempt.usage;
    const struct setup_channel *c = x->attempt.channel;

    x->is_estimated = false;
    usage_init(u, c->conf->low_quality, count_ask, x);
    u->is_passing = relay_is_raw(x);
    u->is_late = x->is_stream && c->adapter->hooks.flags & CP_COUNTS_LATE;
}

uint32_t count_want(const struct exchange *x)
{
    const struct setup_channel *c = x->attempt.channel;
    bool is_watched = c->conf->low_quality ||
                      atomic_load_explicit(&c->at->vitals->miscounts, memory_order_relaxed);

    return (is_watched && x->op == CP_CHAT ? CP_WANT_ALL : CP_WANT_USAGE) | CP_WANT_SOON;
}

void count_told(struct exchange *x, struct cp_tape *tape)
{
    if (x->op == CP_CHAT)
        (void)usage_mend(&x->attempt.usage, tape); /* the numbers are on the tape */
}

/* The body as its adapter would have written it with what is said now. */
static bool count_amend(struct exchange *x, struct cp_str body, struct buf *amended)
{
    struct attempt *a = &x->attempt;
    struct cp_tape said;
    struct cp_out out;

    if (json_check(body, NULL, NULL))
        return false;
    struct arena *own = arena_new(TAPE_BYTES, 0);
    usage_tape(&a->usage, own, &said);
    out_init(&out, amended);
    a->call.checked = body;
    int rc =
        guard_amend(a->channel->adapter, a->channel->instance, &a->call, body, &said, &out);
    a->call.checked = STR_NONE;
    a->call.err = (struct err){ 0 }; /* not having one, too, is no fault of the answer's */
    arena_free(own);
    return !rc && !str_eq(buf_str(amended), body);
}

bool count_passes(struct exchange *x, const struct cp_frame *f, struct cp_tape *tape,
                  struct buf *amended)
{
    struct usage *u = &x->attempt.usage;

    if (x->op != CP_CHAT)
        return false;
    if (tape_shows_content(tape) && !(tape->want & CP_WANT_CONTENT))
        u->pieces++;
    return usage_mend(u, tape) && x->attempt.channel->adapter->hooks.amend &&
           count_amend(x, f->data, amended);
}

struct cp_str count_whole(struct exchange *x, struct cp_str body, struct cp_tape *tape)
{
    struct attempt *a = &x->attempt;
    struct cp_tape all;
    struct buf amended;

    if (x->op != CP_CHAT || !usage_has_hole(&a->usage, tape))
        return body;
    tape_init(&all, x->arena, CP_RESPONSE, CP_WANT_ALL, body);
    if (guard_decode(a->channel->adapter, a->channel->instance, &a->call, CP_RESPONSE, body,
                     &all)) {
        a->call.err = (struct err){ 0 };
        return body;
    }
    bool is_changed = usage_mend(&a->usage, &all);
    for (uint32_t m = 1; m < USAGE_METERS; m++)
        x->tokens[m] = a->usage.said[m];
    x->is_estimated = usage_is_estimated(&a->usage);
    if (!is_changed || !a->channel->adapter->hooks.amend)
        return body;
    buf_init(&amended, body.n + 4096);
    if (count_amend(x, body, &amended))
        body = arena_copy(x->arena, buf_str(&amended));
    buf_fini(&amended);
    return body;
}

/* ---- afterwards ------------------------------------------------------------ */

/* Told and wrong, or not told by who always tells. */
static void count_watch(const struct exchange *x)
{
    const struct usage *u = &x->attempt.usage;
    _Atomic uint32_t *miscounts = &x->attempt.channel->at->vitals->miscounts;
    bool was_told = u->told[CP_INPUT] >= 0 || u->told[CP_OUTPUT] >= 0;
    uint32_t left = atomic_load_explicit(miscounts, memory_order_relaxed);

    if (usage_is_estimated(u) && (was_told || !u->is_late))
        atomic_store_explicit(miscounts, WATCHED_ANSWERS, memory_order_relaxed);
    else if (left)
        atomic_store_explicit(miscounts, left - 1, memory_order_relaxed);
}

/* Nobody told, and nobody waits any more: the log has a number all the same. */
static void count_fill(struct exchange *x)
{
    struct usage *u = &x->attempt.usage;

    if (x->tokens[CP_INPUT] >= 0 && x->tokens[CP_OUTPUT] >= 0)
        return;
    usage_end(u);
    x->tokens[CP_INPUT] = u->said[CP_INPUT];
    x->tokens[CP_OUTPUT] = u->said[CP_OUTPUT];
}

static int64_t count_of(const struct exchange *x, uint32_t meter)
{
    return x->tokens[meter] > 0 ? x->tokens[meter] : 0;
}

static void count_learn(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    struct cp_str dialect = a->channel->conf->dialect;
    int64_t real = count_of(x, CP_INPUT) + count_of(x, CP_CACHE_READ) +
                   count_of(x, CP_CACHE_WRITE_5M) + count_of(x, CP_CACHE_WRITE_1H);

    if (a->channel->conf->low_quality || real <= 0)
        return;
    bool is_due = ratio_wants(x->flow->ratios, dialect, a->model) || x->request_tape;
    if (is_due && !count_read(x))
        ratio_learn(x->flow->ratios, dialect, a->model, real, estimate_tape(x->request_tape));
}

void count_settle(struct exchange *x)
{
    const struct attempt *a = &x->attempt;

    if (x->op != CP_CHAT || !a->channel || !a->has_head || a->status >= 300 || !a->relay ||
        a->is_summary || !x->request)
        return;
    if (x->end.who == '-')
        count_fill(x);
    x->is_estimated = usage_is_estimated(&a->usage);
    if (x->end.who != '-')
        return;
    count_watch(x);
    if (!x->is_estimated)
        count_learn(x);
}
