/* SPDX-License-Identifier: MIT */
/*
 * responses_answer_decode - a whole response as a tape; and the beginning and end of a stream, which
 * are response objects, too.
 *
 * What a response repeats of its request is not read: the client's own request is at hand when the
 * answer is written again.
 */
#include "responses_answer.h"

#include <string.h>

static int64_t created_of(struct cp_str response)
{
    struct cp_str v = J->get(response, "created_at");
    int64_t n = 0;

    if (J->kind(v) == '0' && J->integer(v, &n) != CP_OK) { /* 1760000000.0 of some servers */
        const char *dot = memchr(v.p, '.', v.n);
        v.n = dot == NULL ? v.n : (size_t)(dot - v.p);
        if (J->integer(v, &n) != CP_OK)
            n = 0;
    }
    return n;
}

void answer_in_start(struct answer_in *in, struct cp_str response)
{
    struct cp_item it = { CP_ITEM(START) };

    if (in->rx->is_started)
        return;
    in->rx->is_started = 1;
    if (J->kind(response) == '{') {
        it.name = openai_json_string(in->d->call, response, "model");
        it.id = openai_json_string(in->d->call, response, "id");
        it.num = created_of(response);
    }
    chat_in_emit(in->d, &it);
}

void answer_in_usage(struct answer_in *in, struct cp_str response)
{
    struct cp_str usage = J->kind(response) == '{' ? J->get(response, "usage") : NONE;
    struct meters m = in->rx->seen;

    if (J->kind(usage) != '{')
        return;
    responses_usage_read(usage, &m);
    chat_meters_emit(in->d, &m, &in->rx->seen);
}

static void natives(struct answer_in *in, struct cp_str response)
{
    static const char *const known[] = { "id",
                                         "object",
                                         "created_at",
                                         "completed_at",
                                         "status",
                                         "background",
                                         "error",
                                         "incomplete_details",
                                         "instructions",
                                         "max_output_tokens",
                                         "max_tool_calls",
                                         "model",
                                         "output",
                                         "parallel_tool_calls",
                                         "previous_response_id",
                                         "prompt_cache_key",
                                         "reasoning",
                                         "safety_identifier",
                                         "store",
                                         "temperature",
                                         "text",
                                         "tool_choice",
                                         "tools",
                                         "top_logprobs",
                                         "top_p",
                                         "truncation",
                                         "usage",
                                         "user",
                                         "metadata",
                                         "prompt_cache_retention",
                                         "output_text",
                                         "frequency_penalty",
                                         "presence_penalty" };
    struct cp_str key, v;
    size_t at = 0;

    while (J->each(response, &at, &key, &v)) {
        int is_known = openai_json_null(v);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !is_known; i++)
            is_known = J->is(key, known[i]);
        if (!is_known)
            chat_in_emit(in->d, &(struct cp_item){ CP_ITEM(NATIVE), .name = key, .text = v,
                                                   .id = S(OPENAI_RESPONSES) });
    }
}

static int is_failure(struct cp_str response)
{
    return J->is(J->get(response, "status"), "failed") ||
           J->is(J->get(response, "status"), "cancelled");
}

void answer_in_end(struct answer_in *in, struct cp_str response)
{
    struct responses_rx *rx = in->rx;

    rx->is_over = 1;
    answer_in_start(in, response);
    if (is_failure(response))
        answer_in_usage(in, response);
    if (responses_failure_emit(in->d, response))
        return; /* what is open stays open: half a call must not count as whole */
    if (!rx->is_tap) {
        answer_in_output(in, J->get(response, "output"));
        natives(in, response);
    }
    if (rx->has_message)
        chat_in_emit(in->d, &(struct cp_item){ CP_ITEM(MESSAGE), .flags = CP_CLOSE,
                                               .sub = CP_ASSISTANT });
    responses_stop_emit(in->d, response, &rx->contents);
    answer_in_usage(in, response);
    chat_in_emit(in->d, &(struct cp_item){ CP_ITEM(END) });
}

int responses_answer_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct responses_rx rx = { 0 };
    struct chat_in d = { .call = call, .tape = tape, .body = body };
    struct answer_in in = { &rx, &d };
    struct trouble t;

    if (J->kind(body) != '{')
        return H->fail(call, CP_E_SYNTAX, "the answer is no JSON object");
    chat_meters_clear(&rx.seen);
    if (J->kind(J->get(body, "output")) == '[' || J->kind(J->get(body, "status")) == '"') {
        answer_in_end(&in, body);
        if ((call->want & CP_WANT_KEPT) != 0)
            responses_keep_passed(call, body);
        return chat_in_done(&d);
    }
    if (!openai_trouble_read(call, body, &t))
        return H->fail(call, CP_E_SYNTAX, "output: expected an array");
    openai_trouble_emit(&d, &t);
    return chat_in_done(&d);
}
