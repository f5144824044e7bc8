/* SPDX-License-Identifier: MIT */
/*
 * responses_answer_encode - a tape as one response.
 *
 * The machine that writes streams builds the items; here it writes no events.
 */
#include "responses_answer.h"

int responses_answer_encode(struct cp_call *call, const struct cp_tape *tape,
                            struct cp_out *out)
{
    struct sending s = { NULL, call, NULL, CP_OK };
    const struct cp_item *it;
    void *tx;
    int rc;

    if (openai_tape_broke(tape)) /* an answer that broke off is none */
        return openai_failure_encode(call, tape, out);
    rc = responses_tx_open(NULL, call, &tx);
    if (rc != CP_OK)
        return rc;
    s.tx = tx;
    for (size_t i = 0; (it = H->item(tape, i)) != NULL && s.rc == CP_OK; i++)
        responses_tx_feed(&s, it);
    if (s.rc != CP_OK)
        return s.rc;
    responses_envelope_write(&(struct rj){ out, NULL, 0, 0 }, &s.tx->envelope, &s.tx->outcome,
                             s.tx->first, &s.tx->usage);
    return CP_OK;
}
