/* SPDX-License-Identifier: MIT */
/*
 * responses_answer_encode - a tape as one response.
 *
 * The machine that writes streams builds the items; here it writes no events.  A compaction is
 * answered with what of the conversation goes on beside the summary: the user's own messages.
 * source: OpenAI API reference, responses/compact, read 2026-08
 */
#include "responses_answer.h"

enum { KEPT_BYTES = 80 * 1000 }; /* about 20000 tokens */

static int is_user(struct cp_str item)
{
    struct cp_str type = J->kind(item) == '{' ? J->get(item, "type") : NONE;

    return J->kind(item) == '{' && J->is(J->get(item, "role"), "user") &&
           (openai_json_null(type) || J->is(type, "message"));
}

/* The last user messages that fit, as they came. */
static void user_messages(struct rj *j, struct cp_call *call)
{
    struct cp_str input = J->kind(call->request) == '{' ? J->get(call->request, "input") : NONE;
    struct cp_str item;
    size_t at = 0, bytes = 0, skipped = 0;

    if (J->kind(input) == '"') {
        rj_open(j, '{');
        rj_key_raw(j, "type", S("\"message\""));
        rj_key_raw(j, "role", S("\"user\""));
        rj_key_raw(j, "content", input);
        rj_close(j, '}');
        return;
    }
    while (J->kind(input) == '[' && J->each(input, &at, NULL, &item))
        bytes += is_user(item) ? item.n : 0;
    for (at = 0; J->kind(input) == '[' && J->each(input, &at, NULL, &item);) {
        if (!is_user(item))
            continue;
        if (bytes - skipped > KEPT_BYTES)
            skipped += item.n;
        else
            rj_raw(j, item);
    }
}

static void compaction_write(struct sending *s, struct cp_out *out)
{
    struct responses_tx *tx = s->tx;
    struct rj j = { out, NULL, 0, 0 };

    rj_open(&j, '{');
    rj_key_text(&j, "id", tx->envelope.id);
    rj_key_raw(&j, "object", S("\"response.compaction\""));
    rj_key_number(&j, "created_at", tx->envelope.created_s);
    rj_key(&j, "output");
    rj_open(&j, '[');
    user_messages(&j, s->call);
    for (const struct out_item *item = tx->first; item != NULL; item = item->next)
        if (item->type == OUT_COMPACTION)
            responses_item_write(&j, item, OUT_DONE);
    rj_close(&j, ']');
    rj_key(&j, "usage");
    responses_usage_write(&j, &tx->usage);
    rj_close(&j, '}');
}

static int has_error(const struct cp_tape *tape)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++)
        if (it->kind == CP_ERROR)
            return 1;
    return 0;
}

int responses_answer_encode(struct cp_call *call, const struct cp_tape *tape,
                            struct cp_out *out)
{
    struct sending s = { NULL, call, NULL, CP_OK };
    const struct cp_item *it;
    void *tx;
    int rc;

    if (has_error(tape)) /* an answer that broke off is none */
        return openai_failure_encode(call, tape, out);
    rc = responses_tx_open(NULL, call, &tx);
    if (rc != CP_OK)
        return rc;
    s.tx = tx;
    for (size_t i = 0; (it = H->item(tape, i)) != NULL && s.rc == CP_OK; i++)
        responses_tx_feed(&s, it);
    if (s.rc != CP_OK)
        return s.rc;
    if (call->op == CP_COMPACT) {
        compaction_write(&s, out);
        return CP_OK;
    }
    responses_envelope_write(&(struct rj){ out, NULL, 0, 0 }, &s.tx->envelope, &s.tx->outcome,
                             s.tx->first, &s.tx->usage);
    return CP_OK;
}
