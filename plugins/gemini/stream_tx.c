/* SPDX-License-Identifier: MIT */
/*
 * stream_tx - items as chunks to a client.
 *
 *     data: {"candidates":[{"content":{"role":"model","parts":[..]},"index":0}],
 *            "modelVersion":"..","responseId":".."}
 *
 * A chunk for every part, and one at the end with each candidate's finishReason and the usage, as
 * the service does it.  Its clients know the end by the end of the bytes: no mark follows.  An error
 * is written bare, not as an event: the SDKs would take an event with an error for an empty answer,
 * while JSON that is no event makes them fail.  In a JSON array it is the last element.
 *
 * source: @google/genai 3.1, processStreamResponse, read 2026-08-22
 */
#include "answer.h"

int gemini_tx_open(void *instance, struct cp_call *call, void **state)
{
    struct tx *tx = H->alloc(call, sizeof(*tx));

    (void)instance; /* options are an upstream's */
    if (tx == NULL)
        return CP_E_LIMIT;
    gemini_meters_clear(&tx->meters);
    *state = tx;
    return CP_OK;
}

/* ---- chunks -------------------------------------------------------------------------------- */

static void content_open(struct tx *tx)
{
    (void)J->open(tx->out, '{'); /* an out remembers its failure; so everywhere here */
    (void)J->key(tx->out, "content");
    (void)J->open(tx->out, '{');
    gemini_tx_key_raw(tx, "role", S("\"model\""));
    (void)J->key(tx->out, "parts");
    (void)J->open(tx->out, '[');
}

static void content_close(struct tx *tx)
{
    (void)J->close(tx->out);
    (void)J->close(tx->out);
}

static void frame_open(struct tx *tx)
{
    if (tx->model.p == NULL)
        gemini_tx_start(tx, NULL);
    (void)H->frame_open(tx->out, NULL);
    (void)J->open(tx->out, '{');
    (void)J->key(tx->out, "candidates");
    (void)J->open(tx->out, '[');
}

static void frame_close(struct tx *tx, int is_last)
{
    (void)J->close(tx->out);
    gemini_tx_tail(tx, is_last);
    (void)J->close(tx->out);
    (void)H->frame_close(tx->out);
}

static void index_write(struct tx *tx, const struct tx_choice *c)
{
    (void)J->key(tx->out, "index");
    (void)J->number(tx->out, c->number);
}

void gemini_chunk_open(struct tx *tx, const struct tx_choice *c)
{
    (void)c; /* its number comes behind the parts */
    frame_open(tx);
    content_open(tx);
}

void gemini_chunk_close(struct tx *tx, const struct tx_choice *c)
{
    content_close(tx);
    index_write(tx, c);
    (void)J->close(tx->out);
    frame_close(tx, 0);
}

void gemini_chunk_logprobs(struct tx *tx, const struct tx_choice *c, const struct cp_item *it)
{
    frame_open(tx);
    content_open(tx);
    (void)J->raw(tx->out, S("{\"text\":\"\"}"));
    content_close(tx);
    index_write(tx, c);
    (void)J->key(tx->out, "logprobsResult");
    gemini_logprobs_encode(tx->call, tx->out, &it, 1);
    (void)J->close(tx->out);
    frame_close(tx, 0);
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void end_item(struct tx *tx)
{
    if (tx->model.p == NULL)
        gemini_tx_start(tx, NULL);
    if (tx->choices == NULL) { /* the prompt was blocked */
        (void)H->frame_open(tx->out, NULL);
        (void)J->open(tx->out, '{');
        gemini_tx_tail(tx, 1);
        (void)J->close(tx->out);
        (void)H->frame_close(tx->out);
        return;
    }
    frame_open(tx);
    for (struct tx_choice *c = tx->choices; c != NULL; c = c->next) {
        content_open(tx);
        (void)J->raw(tx->out, S("{\"text\":\"\"}"));
        content_close(tx);
        gemini_tx_candidate_end(tx, c);
        (void)J->close(tx->out);
    }
    frame_close(tx, 1);
}

static int error_item(struct tx *tx, const struct cp_item *it)
{
    if (tx->call->framing == CP_ARRAY) {
        (void)H->frame_open(tx->out, NULL);
        gemini_error_encode(tx->out, it);
        return H->frame_close(tx->out);
    }
    (void)H->write(tx->out, S("")); /* what comes is no part of the value before it */
    gemini_error_encode(tx->out, it);
    return CP_OK;
}

int gemini_tx_item(void *state, struct cp_call *call, const struct cp_item *it,
                   struct cp_out *out)
{
    struct tx *tx = state;
    struct tx_choice *c;

    tx->call = call;
    tx->out = out;
    if (tx->is_over)
        return CP_OK;
    tx->is_over = it->kind == CP_END || it->kind == CP_ERROR;
    if (it->kind == CP_ERROR)
        return error_item(tx, it);
    if (it->kind == CP_END) {
        end_item(tx);
        return CP_OK;
    }
    if (gemini_tx_is_inside(tx, it))
        return CP_OK;
    if (!gemini_tx_is_content(it)) {
        gemini_tx_note(tx, it);
        return CP_OK;
    }
    c = gemini_tx_choice(tx, it->choice);
    if (c == NULL)
        return CP_E_LIMIT;
    gemini_tx_content(tx, c, it);
    return CP_OK;
}

int gemini_tx_close(void *state, struct cp_call *call, int rc, struct cp_out *out)
{
    (void)state; /* END or ERROR has said everything */
    (void)call;
    (void)rc;
    (void)out;
    return CP_OK;
}
