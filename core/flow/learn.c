/* SPDX-License-Identifier: MIT */
/*
 * learn - what an upstream has said it does not know stays out of what it is sent, for a day.
 *
 *     learn_from    after a failure: is it known what to leave out, and was it in what was sent?  Then it is noted
 *                   (MARK_REFUSED), and the same path is asked again
 *     learn_body    before each attempt: what is noted for the channel goes, and the ledger says so
 *     learn_header
 *
 * Each can be learned once a request, so an upstream that refuses the same thing for ever is asked for it twice.  Where
 * nothing was ever refused this costs a load.
 */
#include "flow/learn.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/adapt.h"
#include "flow/echo.h"
#include "flow/exchange.h"
#include "flow/flow.h"
#include "flow/refused.h"
#include "flow/setup.h"
#include "loop/loop.h"
#include "loop/server.h"
#include "plugin/loader.h"
#include "plugin/media.h"
#include "state/marks.h"
#include "json/cut.h"

enum { LEARN_MOST = sizeof(((struct exchange *)0)->learned) / sizeof(uint64_t) };

static const char learn_why[] = "the upstream has refused it";

static struct marks *learn_marks(const struct exchange *x)
{
    return x->setup->roster.marks;
}

bool learn_each(struct marks *m, const struct conf_channel *c, struct cp_str model, size_t *at,
                int64_t now_ms, char words[MARK_BYTES + 1], struct refused *r)
{
    while (!c->strict && marks_next(m, MARK_REFUSED, c->id, at, now_ms, words))
        if (refused_read(str_of(words), r) && (!r->model.n || str_eq(r->model, model)))
            return true;
    return false;
}

/* The next that this attempt must do without. */
static bool learn_next(struct exchange *x, size_t *at, char words[MARK_BYTES + 1],
                       struct refused *r)
{
    const struct attempt *a = &x->attempt;

    return learn_each(learn_marks(x), a->channel->conf, a->model, at,
                      loop_now_ms(x->flow->loop), words, r);
}

/* ---- before an attempt ---- */

/* A body in pieces differs from the client's by the model's name in the middle: what is searched is the same. */
static struct cp_str learn_text(struct exchange *x, const struct outgoing *o)
{
    return o->spec.body_n == 1 ? o->body[0] : request_body(x->request);
}

/* The first cut copies, the next ones are made in the copy. */
void learn_body(struct exchange *x, struct outgoing *o)
{
    char words[MARK_BYTES + 1], *own = NULL;
    struct refused r;
    size_t at = 0, n = 0;

    if (!o->spec.body_n || !media_is_json(&x->attempt.channel->adapter->hooks))
        return;
    while (learn_next(x, &at, words, &r)) {
        if (!r.path.n || !json_cut(x->arena, learn_text(x, o), r.path, NULL))
            continue;
        own = own ? own : adapt_copy(x, o, &n);
        json_cut_own(x->arena, own, &n, r.path);
        o->body[0] = str_n(own, n);
        o->spec.body_n = 1;
        ledger_note(&x->attempt.call.call, CP_DROPPED, r.path, learn_why);
    }
}

struct cp_str learn_header(struct exchange *x, struct cp_str name, struct cp_str value)
{
    char words[MARK_BYTES + 1];
    struct refused r;
    size_t at = 0;

    while (value.n && learn_next(x, &at, words, &r)) {
        if (!r.header.n || !refused_is_same(r.header, name))
            continue;
        struct cp_str left = refused_cut(x->arena, value, r.word);
        if (left.p == value.p)
            continue;
        value = left;
        ledger_note(&x->attempt.call.call, CP_DROPPED,
                    arena_printf(x->arena, "%.*s: %.*s", STR_FMT(r.header), STR_FMT(r.word)),
                    learn_why);
    }
    return value;
}

/* ---- after a failure ---- */

static bool learn_was_sent(struct exchange *x, const struct refused *r)
{
    const struct outgoing *o = x->attempt.outgoing;

    if (!o)
        return false;
    if (r->path.n)
        return o->spec.body_n && media_is_json(&x->attempt.channel->adapter->hooks) &&
               json_cut(x->arena, learn_text(x, o), r->path, NULL);
    for (size_t i = 0; i < o->spec.headers_n; i++) {
        const struct transfer_header *h = &o->spec.headers[i];
        if (refused_is_same(h->name, r->header) &&
            refused_cut(x->arena, h->value, r->word).p != h->value.p)
            return true;
    }
    return false;
}

static bool learn_hears_headers(struct echo *e, const struct outgoing *o)
{
    struct cp_str rest, part;

    for (size_t i = 0; i < o->spec.headers_n; i++)
        for (rest = o->spec.headers[i].value; str_split(&rest, ',', &part);)
            if (echo_hears(e, part))
                return true;
    return false;
}

/* Else anybody could have left out what he likes, for everybody, by giving something of his its error for a name. */
static bool learn_is_echo(struct exchange *x, const struct refused *r)
{
    struct json_step steps[JSON_CUT_STEPS];
    size_t n = r->path.n ? json_steps(r->path, steps) : 0;
    struct echo *e = arena_need(x->arena, sizeof(*e));

    if (!echo_begin(e, n ? steps[n - 1].name : r->word, x->failure.body))
        return false;
    return echo_hears(e, x->model) || echo_hears(e, x->attempt.model) ||
           learn_hears_headers(e, x->attempt.outgoing) ||
           (x->is_body && echo_hears_json(e, request_body(x->request)));
}

/* True the first time in this request. */
static bool learn_once(struct exchange *x, struct cp_str words)
{
    uint64_t channel = x->attempt.channel->conf->ordinal;
    uint64_t it = hash_str(words) ^ (channel + 1) * UINT64_C(0x9E3779B97F4A7C15);

    if (x->learned_n == LEARN_MOST)
        return false;
    for (uint32_t i = 0; i < x->learned_n; i++)
        if (x->learned[i] == it)
            return false;
    x->learned[x->learned_n++] = it;
    return true;
}

static void learn_note(struct exchange *x, struct cp_str words)
{
    const struct conf_channel *c = x->attempt.channel->conf;
    int64_t now_ms = loop_now_ms(x->flow->loop), ms = x->setup->conf->scheduler.learned_ms;
    struct mark m = {
        .kind = MARK_REFUSED,
        .owner = c->id,
        .detail = words,
        .until_ms = now_ms + ms,
        .cause = { x->verdict.fault, x->verdict.trouble, COOLDOWN_BODY, x->failure.status,
                   false },
    };
    struct log_field f[] = { { "req", LOG_STR, x->id, 0 },
                             { "channel", LOG_STR, c->id, 0 },
                             { "refused", LOG_STR, words, 0 } };

    marks_put(learn_marks(x), &m, now_ms);
    log_record(CP_LOG_INFO, "learned", f, sizeof(f) / sizeof(*f),
               "channel %.*s does not know %.*s: it is left out from now on", STR_FMT(c->id),
               STR_FMT(words));
}

bool learn_from(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    const struct cp_verdict *v = &x->verdict;
    char out[REFUSED_BYTES];
    struct refused r;

    if (!v->refused.n || !a->channel || a->channel->conf->strict || x->is_committed ||
        x->setup->conf->scheduler.learned_ms <= 0)
        return false;
    struct cp_str words = refused_words(v->refused, v->for_model ? a->model : STR_NONE, out);
    if (!refused_read(words, &r) || !learn_was_sent(x, &r) || learn_is_echo(x, &r) ||
        !learn_once(x, words))
        return false;
    learn_note(x, words);
    return true;
}
