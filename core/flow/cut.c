/* SPDX-License-Identifier: MIT */
/*
 * cut - stop sequences for upstreams that have no field for them: the gateway ends the answer.
 *
 * The adapter says that its dialect cannot ask for them (host->emulate); the cutter finds them in
 * what comes.  In a stream the client has its end at once and the upstream is let go: what it would
 * have told of its usage is not heard, so the tokens are estimated unless it had told them before.
 * A whole answer has been paid for in full, and says so.
 */
#include "flow/cut.h"

#include "base/arena.h"
#include "base/str.h"
#include "flow/estimate.h"
#include "flow/relay.h"
#include "ir/cutter.h"

enum { BYTES_OF_TWO_TOKENS = 7 };

static int cut_emit(void *ctx, const struct cp_item *it)
{
    struct exchange *x = ctx;
    struct attempt *a = &x->attempt;

    if (it->kind == CP_TEXT || it->kind == CP_REASONING || it->kind == CP_TOOL_CALL)
        a->cut_bytes += it->text.n;
    return a->cut_to ? tape_emit(a->cut_to, it) : relay_tx_item(x, it);
}

void cut_begin(struct exchange *x)
{
    struct attempt *a = &x->attempt;
    struct cp_str *stops, n = tape_param(x->request_tape, "n");
    int64_t choices = 1;

    a->cutter = NULL;
    if (!a->is_cut_wanted)
        return;
    stops = arena_need(x->arena, CUTTER_STOPS * sizeof(*stops));
    size_t stops_n = cutter_stops(x->arena, tape_param(x->request_tape, "stop"), stops);
    if (n.p && str_int(n, &choices))
        choices = 1;
    if (!stops_n || choices < 1)
        return;
    a->cutter = cutter_new(x->arena, stops, stops_n, choices > 64 ? 64 : (uint32_t)choices,
                           cut_emit, x);
    ledger_note(&a->call.call, CP_MAPPED, STR("stop"),
                "the upstream knows no stop sequences: the answer is ended here");
}

static int cut_meter(struct exchange *x, uint32_t meter, int64_t tokens)
{
    struct cp_item usage = { CP_ITEM(USAGE), .sub = meter, .num = tokens };
    return x->tokens[meter] >= 0 ? 0 : relay_tx_item(x, &usage);
}

static int cut_finish(struct exchange *x)
{
    int64_t said = (int64_t)(x->attempt.cut_bytes * 2 / BYTES_OF_TWO_TOKENS);
    int rc = cut_meter(x, CP_INPUT, estimate_tape(x->request_tape));

    x->attempt.is_cut = true;
    x->is_estimated = true;
    if (!rc)
        rc = cut_meter(x, CP_OUTPUT, said ? said : 1);
    return rc ? rc : relay_tx_item(x, &(struct cp_item){ CP_ITEM(END) });
}

int cut_item(struct exchange *x, const struct cp_item *it)
{
    struct attempt *a = &x->attempt;

    if (a->is_cut)
        return 0;
    int rc = cutter_item(a->cutter, it);
    if (rc || !cutter_is_done(a->cutter) || it->kind == CP_END || it->kind == CP_ERROR)
        return rc;
    /* A tape that is all there tells its usage itself. */
    return a->relay == &relay_frames ? cut_finish(x) : 0;
}

bool cut_is_over(const struct exchange *x)
{
    return x->attempt.is_cut;
}

struct cp_tape *cut_tape(struct exchange *x, struct cp_tape *from)
{
    struct attempt *a = &x->attempt;
    const struct cp_item *it;

    if (!a->cutter)
        return from;
    struct cp_tape *to = arena_need(x->arena, sizeof(*to));
    tape_init(to, x->arena, CP_RESPONSE, CP_WANT_ALL, from->borrow[0]);
    a->cut_to = to;
    for (size_t i = 0; (it = tape_item(from, i)); i++)
        (void)cutter_item(a->cutter, it); /* what went wrong is the tape's to tell */
    a->cut_to = NULL;
    return tape_finish(to) ? from : to;
}
