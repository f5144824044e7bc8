/* SPDX-License-Identifier: MIT */
/*
 * chain - a request that follows an earlier answer: who may take it, and what is kept for the next.
 *
 *     what it names        known here   made by          goes
 *     an answer of ours    yes          a translation    translated, with the conversation in front
 *                          yes          a channel        there untouched; elsewhere as above
 *                          no           a channel        there untouched, and nowhere else
 *                          no           nobody we know   untouched to a channel that keeps answers
 *     another client's                                   nowhere: there is no such answer
 *
 * The decoder asks the host for what the request names; what it asked for and what it left unsaid
 * tells all this, and the core need not know how a dialect spells it.  That is one decoding of a
 * request that might have passed unread, so the adapter says first, when it looks for the route,
 * whether there can be anything to find; it is kept for the attempt that needs it.
 *
 * An answer that passes is kept here, too: the tap's adapter keeps it as its maker spelled it.  So
 * the conversation can go on elsewhere when its maker fails.
 */
#include "flow/chain.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "flow/answer.h"
#include "flow/desk.h"
#include "flow/flow.h"
#include "flow/setup.h"
#include "loop/server.h"
#include "plugin/guard.h"
#include "json/slice.h"

enum { PASSED_BYTES = 1 << 20 };

static bool chain_concerns(const struct exchange *x)
{
    return x->client && x->client->hooks.flags & CP_KEEPS_ANSWERS;
}

static bool keeps_answers(const struct exchange *x, const struct setup_channel *c)
{
    return c->adapter == x->client && chain_concerns(x);
}

/* ---- requests ---- */

/* Items that were not found, and that only who made them could find. */
static void chain_read_references(struct exchange *x, const struct cp_tape *tape)
{
    const struct cp_item *it;

    if (!(tape->kinds & CP_BIT(CP_REFERENCE)))
        return;
    x->chain.is_bound = true;
    for (size_t i = 0; (it = tape_item(tape, i)); i++)
        if (it->kind == CP_REFERENCE && it->id.n)
            x->chain.is_foreign |= desk_is_foreign(x, it->id);
}

static void chain_read(struct exchange *x, struct cp_tape *tape)
{
    struct chain *c = &x->chain;
    struct cp_str named = tape_param(tape, "previous");

    c->tape = tape;
    if (json_kind(named) == '"')
        c->named = json_text(x->arena, named);
    chain_read_references(x, tape);
    if (!c->named.n)
        return;
    c->is_bound = true;
    c->maker = desk_maker(x, c->named);
    c->is_foreign |= !c->maker.p && desk_is_foreign(x, c->named);
}

void chain_learn(struct exchange *x)
{
    struct cp_str body;

    if (x->chain.is_learned || !x->chain.is_tied || !x->is_body || !chain_concerns(x))
        return;
    x->chain.is_learned = true;
    body = request_body(x->request);
    struct cp_tape *tape = arena_need(x->arena, sizeof(*tape));
    ledger_init(&x->chain.ledger);
    desk_requests(x);
    x->call.ledger = &x->chain.ledger;
    x->call.call.want = CP_WANT_ALL;
    tape_init(tape, x->arena, CP_REQUEST, CP_WANT_ALL, body);
    int rc = guard_decode(x->client, x->client_instance, &x->call, CP_REQUEST, body, tape);
    if (!rc)
        rc = tape_finish(tape);
    x->call.ledger = &x->ledger;
    x->call.err = (struct err){ 0 };
    if (!rc)
        chain_read(x, tape); /* else who must translate it will say what is wrong */
}

bool chain_decoded(struct exchange *x)
{
    if (!x->chain.tape)
        return false;
    ledger_join(&x->ledger, &x->chain.ledger);
    x->request_tape = x->chain.tape;
    x->ledger.tapes[0] = x->request_tape;
    x->decoded = ledger_mark(&x->ledger);
    return true;
}

bool chain_is_maker(const struct exchange *x, const struct setup_channel *c)
{
    return x->chain.maker.p && keeps_answers(x, c) && str_eq(c->conf->id, x->chain.maker);
}

bool chain_allows(const struct exchange *x, const struct setup_channel *c)
{
    if (x->stored.n)
        return chain_is_maker(x, c);
    if (!x->chain.is_bound)
        return true;
    if (x->chain.is_foreign || !keeps_answers(x, c))
        return false;
    return !x->chain.maker.p || chain_is_maker(x, c);
}

bool chain_may_pass(const struct exchange *x, const struct setup_channel *c)
{
    return !x->chain.is_expanded || (chain_is_maker(x, c) && !x->chain.is_lost);
}

enum step chain_refuse(struct exchange *x)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_BAD_REQUEST, .num = 400 };
    const struct cp_item *it;

    if (x->chain.named.n) {
        error.id = STR("previous_response_not_found");
        error.meta = STR("previous_response_id");
        error.text = arena_printf(x->arena, "Previous response with id '%.*s' not found.",
                                  STR_FMT(str_cut(x->chain.named, 200)));
        return answer_trouble(x, &error, ANSWER_EXACT);
    }
    it = tape_find(x->chain.tape, CP_REFERENCE);
    error.meta = STR("input");
    error.text = arena_printf(x->arena, "Item with id '%.*s' not found.",
                              STR_FMT(str_cut(it ? it->id : STR_NONE, 200)));
    return answer_trouble(x, &error, ANSWER_EXACT);
}

bool chain_is_lost(struct exchange *x)
{
    const struct attempt *a = &x->attempt;
    bool is_client_error = x->failure.status == 400 || x->failure.status == 404;

    if (!a->is_pass || !x->chain.is_expanded || x->chain.is_lost || !is_client_error)
        return false;
    if (str_find(x->failure.body, STR("previous_response")) < 0 &&
        str_find(x->failure.body, STR("not found")) < 0)
        return false;
    return x->chain.is_lost = true;
}

/* ---- answers that pass ---- */

static bool chain_keeps(const struct exchange *x)
{
    return x->attempt.is_pass && x->op == CP_CHAT && chain_concerns(x) && !x->chain.is_unkept;
}

uint32_t chain_want(const struct exchange *x)
{
    return chain_keeps(x) ? CP_WANT_USAGE | CP_WANT_KEPT : CP_WANT_USAGE;
}

/* Answers that are still being made (background) are kept by nobody but their maker. */
static void chain_made(struct exchange *x)
{
    if (chain_keeps(x) && x->attempt.made_id.n)
        desk_own(x, x->attempt.made_id, x->attempt.channel->conf->id);
}

/* An error of ours must follow it in number: what is too large says its own less late. */
void chain_frame(struct exchange *x, const struct cp_frame *f)
{
    struct attempt *a = &x->attempt;

    if (!chain_concerns(x) || !f->data.n || f->data.n > PASSED_BYTES)
        return;
    if (!a->passed.ceiling)
        buf_init(&a->passed, PASSED_BYTES);
    buf_clear(&a->passed);
    if (!buf_add_str(&a->passed, f->data))
        x->call.call.passed = buf_str(&a->passed);
}

static void chain_start(struct exchange *x, const struct cp_item *it)
{
    struct attempt *a = &x->attempt;

    if (a->made_id.n || !it->id.n)
        return;
    a->made_id = arena_copy(x->arena, str_cut(it->id, 512));
    a->passed_start = (struct cp_item){ CP_ITEM(START), .id = a->made_id, .num = it->num };
    a->passed_start.name = arena_copy(x->arena, it->name);
    x->call.call.passed_start = &a->passed_start;
}

void chain_item(struct exchange *x, const struct cp_item *it)
{
    if (!chain_concerns(x))
        return;
    if (it->kind == CP_START)
        chain_start(x, it);
    else if (it->kind == CP_END)
        chain_made(x);
}

void chain_close(struct exchange *x)
{
    x->call.call.passed_start = NULL;
    x->call.call.passed = STR_NONE;
    buf_fini(&x->attempt.passed);
}

void chain_whole(struct exchange *x, const struct cp_tape *tape)
{
    const struct cp_item *start = tape_find(tape, CP_START);

    if (!start)
        return;
    x->attempt.made_id = start->id;
    chain_made(x);
}
