/* SPDX-License-Identifier: MIT */
/*
 * answer_decode - whole answers: a stream of one chunk.
 *
 * Or of many: a server asked for a stream may give the chunks as one JSON array.  An object that
 * came whole is whole, even if it does not say why it ended; an array is only as whole as its
 * last chunk says.
 */
#include "answer.h"

/* Something an answer is known by; a server in between may say JSON of its own with a 200. */
static int is_answer(struct cp_str body)
{
    static const char *const marks[] = { "candidates", "promptFeedback", "response", "error" };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (gemini_member(body, marks[i]).p != NULL)
            return 1;
    return 0;
}

int gemini_answer_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct rx *rx = H->alloc(call, sizeof(*rx));
    char kind = J->kind(body);

    if (rx == NULL)
        return CP_E_LIMIT;
    if (kind != '{' && kind != '[')
        return H->fail(call, CP_E_SYNTAX, "the answer is no JSON object");
    if (kind == '{' && !is_answer(body))
        return H->fail(call, CP_E_SYNTAX, "candidates: expected an array");
    gemini_rx_start(rx, call);
    rx->tape = tape;
    rx->is_whole = kind == '{';
    gemini_rx_chunk(rx, body);
    gemini_rx_finish(rx, kind == '{' && rx->choices != NULL);
    return rx->rc == CP_ENOUGH ? CP_OK : rx->rc;
}
