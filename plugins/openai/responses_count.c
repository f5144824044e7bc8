/* SPDX-License-Identifier: MIT */
/*
 * responses_count - the answer of POST /responses/input_tokens.
 */
#include "responses_answer.h"

int responses_count_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape, .body = body };
    struct trouble t;
    int64_t n = -1;

    if (J->kind(body) == '{' && J->kind(J->get(body, "input_tokens")) == '0')
        (void)J->integer(J->get(body, "input_tokens"), &n); /* n stays -1 if it is no integer */
    if (n < 0) {
        if (!openai_trouble_read(call, body, &t))
            return H->fail(call, CP_E_SYNTAX, "input_tokens: expected an integer");
        openai_trouble_emit(&d, &t);
        return chat_in_done(&d);
    }
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(USAGE), .sub = CP_INPUT, .num = n });
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&d);
}

int responses_count_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;
    int64_t n = 0;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind == CP_ERROR)
            return openai_failure_encode(call, tape, out);
        if (it->kind == CP_USAGE && it->sub >= CP_INPUT && it->sub <= CP_INPUT_TOOLS &&
            it->num < INT64_MAX / 8)
            n += it->num;
    }
    (void)J->open(out, '{'); /* an out remembers its failure */
    (void)J->key(out, "object");
    (void)J->string(out, S("response.input_tokens"));
    (void)J->key(out, "input_tokens");
    (void)J->number(out, n);
    return J->close(out);
}
