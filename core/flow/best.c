/* SPDX-License-Identifier: MIT */
/*
 * best - of all failures of a request the one its client is best told.
 *
 * Each failure is looked at while its attempt is still at hand, because the next one overwrites it; the most useful is
 * kept, of two alike the later.  A channel that cannot serve the model, or to which the request could not be
 * said, weighs less than one that could have served and failed: who comes back may be served there.
 */
#include "flow/best.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/estimate.h"
#include "flow/setup.h"
#include "plugin/guard.h"
#include "plugin/verdict.h"
#include "json/check.h"

enum { LEAST_WAIT_MS = 1000, CAUSES_BYTES = 1024 };

enum best_rank {
    BEST_KEY = 1,
    BEST_ELSEWHERE,
    BEST_NETWORK,
    BEST_SERVER,
    BEST_OVERLOAD,
    BEST_LIMIT,
    BEST_CLIENT
};

/* What it brings along was sealed by another account: only when nobody can open it is it the client's to hear. */
static bool best_is_sealed(const struct cp_verdict *v)
{
    return v->fault == CP_BY_KEY && v->trouble == CP_BAD_REQUEST;
}

static bool best_is_clients(const struct cp_verdict *v)
{
    return (v->fault == CP_BY_CLIENT && v->cure == CP_NEVER) || best_is_sealed(v);
}

static bool best_is_of_key(const struct cp_verdict *v)
{
    return v->fault == CP_BY_KEY && !best_is_sealed(v);
}

static uint32_t best_class(const struct cp_verdict *v)
{
    if (best_is_sealed(v))
        return BEST_ELSEWHERE;
    if (best_is_clients(v))
        return BEST_CLIENT;
    if (v->trouble == CP_RATE_LIMIT)
        return BEST_LIMIT;
    if (v->trouble == CP_OVERLOADED)
        return BEST_OVERLOAD;
    switch (v->fault) {
    case CP_BY_KEY:
        return BEST_KEY;
    case CP_BY_NETWORK:
        return BEST_NETWORK;
    case CP_BY_UPSTREAM:
        return BEST_SERVER;
    default:
        return BEST_ELSEWHERE;
    }
}

/* Of one class, what says when to come back comes first. */
static uint32_t best_rank(const struct cp_verdict *v)
{
    return best_class(v) * 2 + (v->wait_ms >= 0);
}

static bool best_is_fuzzy(const struct exchange *x)
{
    return conf_is_fuzzy(x->setup->conf, str_of(x->client->hooks.family));
}

/* ---- what was said ---- */

/* The upstream's own words, or ours. */
static void best_words(struct exchange *x, struct cp_item *error)
{
    struct attempt *a = &x->attempt;
    struct cp_tape tape;

    if (a->has_trouble) {
        *error = a->trouble;
    } else if (x->failure.body.n && x->failure.status >= 400) { /* a page has words, too */
        tape_init(&tape, x->arena, CP_FAILURE, CP_WANT_ALL, x->failure.body);
        a->call.call.want = CP_WANT_ALL;
        if (!guard_decode(a->channel->adapter, a->channel->instance, &a->call, CP_FAILURE,
                          x->failure.body, &tape) &&
            tape_find(&tape, CP_ERROR))
            *error = *tape_find(&tape, CP_ERROR);
    }
    if (a->unsaid)
        error->text = arena_printf(x->arena, "%s", a->why);
    if (!error->text.n)
        error->text = arena_printf(x->arena, "the upstream failed: %s", a->why);
}

static void best_item(struct exchange *x, struct cp_item *error)
{
    uint32_t trouble = x->verdict.trouble;

    *error = (struct cp_item){ CP_ITEM(ERROR), .sub = trouble };
    best_words(x, error);
    /* A body that only says "it failed" does not outweigh what the status says. */
    if (!error->sub || (error->sub == CP_SERVER && trouble))
        error->sub = trouble ? trouble : CP_SERVER;
    if (error->sub == CP_BAD_REQUEST && x->failure.status == 413)
        error->sub = CP_TOO_LARGE;
    error->num = x->failure.status ? x->failure.status : verdict_status(error->sub);
    if (error->num < 400) /* a redirection that is not followed is no answer */
        error->num = 502;
}

/* What an upstream says of its key is not the client's business. */
static void best_hide_key(struct exchange *x, struct cp_item *error)
{
    *error = (struct cp_item){ CP_ITEM(ERROR), .sub = CP_SERVER, .num = 502 };
    error->text = arena_printf(x->arena, "no usable upstream key: the last one failed with %s",
                               verdict_trouble_name(x->verdict.trouble));
}

static char best_end(const struct attempt *a)
{
    if (a->content_us || a->has_head)
        return 'D';
    return a->end.connect_us < 0 ? 'C' : 'H';
}

void best_note(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    struct best *b = &x->best;
    uint32_t rank = best_rank(&x->verdict);

    if (x->verdict.trouble < sizeof(b->counts) / sizeof(*b->counts))
        b->counts[x->verdict.trouble]++;
    if (rank < b->rank)
        return;
    b->rank = rank;
    b->attempt = x->attempts;
    b->verdict = x->verdict;
    b->failure = x->failure;
    b->why = arena_copy(x->arena, str_of(a->why));
    b->end = best_end(a);
    bool is_json = x->failure.body.n && !json_check(x->failure.body, NULL, NULL);
    b->is_passed =
        a->is_pass && !best_is_of_key(&x->verdict) && is_json && x->failure.status >= 400;
    if (b->is_passed || (best_is_fuzzy(x) && !best_is_clients(&x->verdict)))
        return;
    if (best_is_of_key(&x->verdict) && x->verdict.trouble != CP_RATE_LIMIT)
        best_hide_key(x, &b->error);
    else
        best_item(x, &b->error);
}

void best_join(struct best *b, const struct best *other)
{
    bool is_others = other->rank && other->rank >= b->rank;
    struct best joined = is_others ? *other : *b;

    if (is_others)
        joined.attempt = 0; /* it is not at hand */
    for (uint32_t i = 0; i < sizeof(b->counts) / sizeof(*b->counts); i++)
        joined.counts[i] = b->counts[i] + other->counts[i];
    *b = joined;
}

/* ---- telling ---- */

static void best_causes(const struct exchange *x, struct buf *out)
{
    const struct best *b = &x->best;
    const char *between = ": ";

    buf_printf(out, "%u attempt%s", x->attempts, x->attempts == 1 ? "" : "s");
    for (uint32_t i = 0; i < sizeof(b->counts) / sizeof(*b->counts); i++) {
        if (!b->counts[i])
            continue;
        buf_printf(out, "%s%s %u", between, verdict_trouble_name(i), b->counts[i]);
        between = ", ";
    }
}

/* The sentence is the one that users of this mode know; the rest is ours, never an upstream's. */
static int best_tell_fuzzy(struct exchange *x)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_OVERLOADED, .num = 503 };
    struct buf causes;

    buf_init(&causes, CAUSES_BYTES);
    best_causes(x, &causes);
    error.text =
        arena_printf(x->arena, "All upstream channels are currently unavailable (%.*s)",
                     STR_FMT(buf_str(&causes)));
    buf_fini(&causes);
    return answer_trouble(x, &error, ANSWER_EXACT);
}

static int64_t best_sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* When to come back: as soon as one path is fit again. */
static void best_wait(struct exchange *x)
{
    int64_t wait_ms = best_sooner(x->least_wait_ms, x->fit_ms);

    if (wait_ms >= 0)
        x->retry_after_ms = wait_ms < LEAST_WAIT_MS ? LEAST_WAIT_MS : wait_ms;
}

int best_busy(struct exchange *x)
{
    if (x->best.rank)
        return best_tell(x);
    best_wait(x);
    if (x->retry_after_ms < 0)
        x->retry_after_ms = LEAST_WAIT_MS;
    x->end = (struct end_code){ 'P', 'Q' };
    return answer_error(x, CP_OVERLOADED, 503,
                        "every channel that serves this is at its limit; come back later");
}

int best_tell(struct exchange *x)
{
    const struct best *b = &x->best;
    bool is_clients = best_is_clients(&b->verdict);

    if (!b->rank)
        return best_busy(x);
    x->note = b->why;
    if (x->op == CP_COUNT_TOKENS && b->verdict.fault != CP_BY_CLIENT)
        return estimate_answer(x); /* who cannot be asked is guessed: a client wants a number */
    if (!is_clients)
        best_wait(x);
    x->end = (struct end_code){ 'U', b->end };
    bool is_generic = best_is_fuzzy(x) && !is_clients;
    if (is_generic || b->attempt != x->attempts)
        attempt_close(x, E_GONE); /* its headers belong to other words */
    if (is_generic)
        return best_tell_fuzzy(x);
    if (b->is_passed)
        return answer_body(x, b->failure.status, "application/json", b->failure.body);
    return answer_trouble(x, &b->error, 0);
}
