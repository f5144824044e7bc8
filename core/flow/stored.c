/* SPDX-License-Identifier: MIT */
/*
 * stored - operations on an answer that was kept: read it, its input, cancel it, delete it.
 *
 * What is kept here is told by the client's adapter, which kept it.  What only its maker has is
 * asked there, if this client key is who it was made for; anybody else hears that there is none.
 * An answer that passed is in both places: it is deleted at its maker, and then here; and what a
 * query wants of it (a part of it, a stream) is the maker's to give.
 */
#include "flow/stored.h"

#include "base/str.h"
#include "flow/answer.h"
#include "flow/chain.h"
#include "flow/desk.h"
#include "flow/setup.h"
#include "plugin/guard.h"

enum { STORED_BYTES = 256 << 20 };

bool stored_is_op(uint32_t op)
{
    return op >= CP_STORED_GET && op <= CP_STORED_CANCEL;
}

enum step stored_refuse(struct exchange *x)
{
    struct cp_item error = { CP_ITEM(ERROR), .sub = CP_NOT_FOUND, .num = 404,
                             .name = STR("invalid_request_error"), .id = STR("") };

    error.text = arena_printf(x->arena, "Response with id '%.*s' not found.",
                              STR_FMT(str_cut(x->stored, 200)));
    return answer_trouble(x, &error, ANSWER_EXACT);
}

static enum step stored_tell(struct exchange *x)
{
    struct cp_tape tape;
    struct cp_out out;
    struct buf body;
    enum step answer = STEP_NEXT;

    tape_init(&tape, x->arena, CP_RESPONSE, CP_WANT_ALL, STR_NONE);
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(START), .id = x->stored });
    tape_emit(&tape, &(struct cp_item){ CP_ITEM(END) });
    buf_init(&body, STORED_BYTES);
    out_init(&out, &body);
    out_framing(&out, x->call.call.framing);
    int rc = guard_encode(x->client, x->client_instance, &x->call, CP_RESPONSE, &tape, &out);
    out_end(&out);
    if (!rc && !out_done(&out))
        answer =
            answer_body(x, out.status ? out.status : 200,
                        out.frames ? "text/event-stream; charset=utf-8" : "application/json",
                        buf_str(&body));
    else if (rc != E_UNSUPPORTED)
        answer = answer_error(x, CP_BAD_REQUEST, 400, "%s", x->call.err.what);
    x->call.err = (struct err){ 0 };
    buf_fini(&body);
    return answer;
}

/* Can the maker be asked at all? */
static bool stored_has_maker(struct exchange *x)
{
    for (uint32_t i = 0; i < x->setup->channels_n; i++)
        if (chain_is_maker(x, &x->setup->channels[i]) &&
            x->setup->channels[i].adapter->hooks.ops & CP_BIT(x->op))
            return true;
    return false;
}

enum step stored_answer(struct exchange *x)
{
    bool is_made;

    x->chain.maker = desk_maker(x, x->stored);
    is_made = stored_has_maker(x);
    if (is_made && (x->op == CP_STORED_DELETE || x->credential_query.n))
        return STEP_NEXT;
    enum step answer = stored_tell(x);
    if (answer == STEP_NEXT && !is_made)
        return stored_refuse(x);
    return answer;
}

/* A kept answer may be wanted as the stream that it was. */
static const char *stored_type(struct exchange *x)
{
    struct cp_str type = exchange_header(x, CP_RESPONSE, "content-type");
    return type.n ? arena_z(x->arena, type) : "application/json";
}

enum step stored_pass(struct exchange *x, struct cp_str body)
{
    if (x->op == CP_STORED_DELETE)
        (void)x->call.desk->forget(x->call.desk_ctx, x->stored); /* it may have been nowhere */
    return answer_body(x, 200, stored_type(x), body);
}
