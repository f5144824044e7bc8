/* SPDX-License-Identifier: MIT */
/*
 * responses_status - how an answer ends: a status with details here, a stop or an error on the tape.
 *
 *     completed                              TURN, TOOL, PAUSE, SEQUENCE, COMPACTION
 *     incomplete max_output_tokens           LENGTH, CONTEXT
 *     incomplete content_filter              REFUSED
 *     failed                                 ERROR; MALFORMED when there is nothing else to show
 *     queued, in_progress                    PAUSE, by its own word: an answer that is still made
 *     cancelled                              ERROR
 *
 * Codex takes incomplete for a broken stream and asks the same again, five times.  It is told that
 * a cut answer is complete, and that a refusal without words is an error that asking again will not
 * mend.  source: Codex 0.169, measured 2026-11-22
 */
#include "responses_answer.h"

#include <string.h>

int responses_client_is_codex(struct cp_call *call)
{
    static const char *const names[] = { "originator", "user-agent" };

    for (size_t i = 0; i < 2; i++) {
        struct cp_str v = H->get_header(call, CP_REQUEST, names[i]);
        v.n = v.n > 5 ? 5 : v.n;
        if (v.n == 5 && openai_text_find(v, "codex") != 0)
            return 1;
    }
    return 0;
}

/* ---- tape to wire ---------------------------------------------------------------------------- */

static struct outcome failed(struct cp_str code, struct cp_str message)
{
    return (struct outcome){ .status = S("failed"), .code = code, .message = message };
}

static struct outcome cut(const char *reason)
{
    return (struct outcome){ .status = S("incomplete"), .reason = { reason, strlen(reason) } };
}

static struct outcome refused(struct cp_call *call, const struct cp_item *stop, int has_output)
{
    /* Our own servers tell of a refusal in words with a plain end. */
    if (openai_text_is(stop->name, "completed") || openai_text_is(stop->name, "stop"))
        return (struct outcome){ .status = S("completed") };
    if (!responses_client_is_codex(call))
        return cut("content_filter");
    if (has_output)
        return (struct outcome){ .status = S("completed") };
    return failed(S("invalid_prompt"),
                  stop->text.n > 0 ? stop->text : S("the answer was withheld by a filter"));
}

struct outcome responses_outcome(struct cp_call *call, const struct cp_item *stop,
                                 int has_output)
{
    switch (stop == NULL ? CP_STOP_TURN : stop->sub) {
    case CP_STOP_LENGTH:
    case CP_STOP_CONTEXT:
        if (responses_client_is_codex(call))
            break;
        return cut("max_output_tokens");
    case CP_STOP_REFUSED:
        return refused(call, stop, has_output);
    case CP_STOP_MALFORMED:
        if (has_output)
            break;
        return failed(S("server_error"), S("the model made a malformed tool call"));
    case CP_STOP_PAUSE:
        if (openai_text_is(stop->name, "queued") || openai_text_is(stop->name, "in_progress"))
            return (struct outcome){ .status = stop->name };
        break;
    default:
        break;
    }
    return (struct outcome){ .status = S("completed") };
}

/* Codes that Codex and the SDKs look for; whatever else it was, they may ask again. */
static struct cp_str code_of(uint32_t sub)
{
    switch (sub) {
    case CP_CONTEXT_TOO_LONG:
        return S("context_length_exceeded");
    case CP_RATE_LIMIT:
        return S("rate_limit_exceeded");
    case CP_OVERLOADED:
        return S("server_is_overloaded");
    case CP_BILLING:
        return S("insufficient_quota");
    case CP_BAD_REQUEST:
    case CP_TOO_LARGE:
    case CP_POLICY:
        return S("invalid_prompt");
    default:
        return S("server_error");
    }
}

/* Codes of this dialect's own that say more than ours. */
static int is_precise(struct cp_str code)
{
    static const char *const codes[] = { "context_length_exceeded",
                                         "rate_limit_exceeded",
                                         "server_is_overloaded",
                                         "slow_down",
                                         "insufficient_quota",
                                         "usage_not_included",
                                         "cyber_policy",
                                         "bio_policy",
                                         "invalid_prompt",
                                         "data_residency_mismatch",
                                         "vector_store_timeout",
                                         "server_error" };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (openai_text_is(code, codes[i]))
            return 1;
    return openai_text_begins(code, "invalid_image") || openai_text_begins(code, "image_");
}

struct outcome responses_outcome_of_error(const struct cp_item *error)
{
    return failed(is_precise(error->id) ? error->id : code_of(error->sub),
                  error->text.n > 0 ? error->text : S("the upstream failed without a word"));
}

/* ---- wire to tape ---------------------------------------------------------------------------- */

int responses_failure_emit(struct chat_in *d, struct cp_str response)
{
    struct cp_str status = J->get(response, "status"), error = J->get(response, "error");
    struct trouble t = { .message = S("the answer was cancelled"), .sub = CP_CANCELLED };

    if (J->is(status, "cancelled")) {
        openai_trouble_emit(d, &t);
        return 1;
    }
    if (!J->is(status, "failed") && (J->kind(error) != '{' || J->kind(status) != 0))
        return 0;
    memset(&t, 0, sizeof(t));
    if (J->kind(error) == '{')
        openai_trouble_from_error(d->call, error, &t);
    openai_trouble_emit(d, &t);
    return 1;
}

static void incomplete_read(struct cp_str details, struct chat_in *d, struct cp_item *it)
{
    struct cp_str reason = openai_json_string(d->call, details, "reason");

    it->sub = openai_text_is(reason, "content_filter") ? CP_STOP_REFUSED : CP_STOP_LENGTH;
    if (reason.n > 0)
        it->name = reason;
    if (J->kind(details) == '{')
        it->meta = details;
}

void responses_stop_emit(struct chat_in *d, struct cp_str response, const struct contents *c)
{
    struct cp_str status = J->get(response, "status");
    struct cp_item it = { CP_ITEM(STOP), .sub = CP_STOP_TURN,
                          .name = openai_json_string(d->call, response, "status") };

    if (J->is(status, "incomplete"))
        incomplete_read(J->get(response, "incomplete_details"), d, &it);
    else if (J->is(status, "queued") || J->is(status, "in_progress"))
        it.sub = CP_STOP_PAUSE;
    else if (c->refusal.n > 0)
        it.sub = CP_STOP_REFUSED;
    else if (c->has_call)
        it.sub = CP_STOP_TOOL;
    else if (c->has_compaction && !c->has_text)
        it.sub = CP_STOP_COMPACTION;
    if (it.sub == CP_STOP_REFUSED)
        it.text = c->refusal;
    chat_in_emit(d, &it);
}
