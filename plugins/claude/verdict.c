/* SPDX-License-Identifier: MIT */
/*
 * verdict - whose fault a failed attempt was, from what Anthropic's error bodies say.
 *
 * The verdict arrives with what the status, the headers and any relay's words say.  A type that says no more than
 * the status changes nothing of that: a relay writes invalid_request_error over everything.
 *
 * Sources: Anthropic's pages on errors and rate limits and the service's answers as reported in the issues of
 * Claude Code, 2024 to 2026-08.
 */
#include "claude.h"

static void blame(struct cp_verdict *v, uint32_t fault, uint32_t cure, uint32_t trouble)
{
    v->fault = fault;
    v->cure = cure;
    v->trouble = trouble;
    v->disable_key = v->for_model = 0;
}

/* Keys that no waiting will mend. */
static int is_dead_key(struct cp_str message)
{
    return claude_has(message, "invalid x-api-key") ||
           claude_has(message, "invalid bearer token") ||
           claude_has(message, "token has been revoked") ||
           claude_has(message, "token has expired") ||
           claude_has(message, "organization has been disabled");
}

static void blame_key(struct cp_verdict *v, const struct cp_failure *why, struct cp_str message,
                      uint32_t trouble)
{
    if (why->status != 401 && why->status != 403 && v->fault != CP_BY_KEY)
        blame(v, CP_BY_KEY, CP_ELSEWHERE, trouble);
    v->disable_key |= (uint32_t)is_dead_key(message);
}

/* A subscription's key that serves its maker's own program only: other requests may be served. */
static int is_key_of_another_client(struct cp_str message)
{
    return claude_has(message, "only authorized for use with Claude Code") ||
           claude_has(message, "Extra usage is required for long context");
}

static void blame_request(struct cp_verdict *v, const struct cp_failure *why)
{
    int is_plain = why->status == 400 || why->status == 422;

    if (why->status < 400 || (is_plain && v->fault == CP_BY_CLIENT))
        blame(v, CP_BY_CLIENT, CP_NEVER, v->trouble == CP_POLICY ? CP_POLICY : CP_BAD_REQUEST);
}

/*
 * Limits are counted by model, so the key serves others; a subscription's window ("unified") is not.
 * source: Anthropic's page on rate limits, 2026-08
 */
static int is_limit_of_model(const struct cp_call *call)
{
    static const char *const left[] = {
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-output-tokens-remaining",
    };

    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        if (claude_is(host->get_header(call, CP_RESPONSE, left[i]), "0"))
            return 1;
    return 0;
}

static void blame_rate(struct cp_call *call, struct cp_verdict *v, const struct cp_failure *why)
{
    if (why->status != 429)
        blame(v, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT);
    if (v->fault == CP_BY_KEY && v->trouble == CP_RATE_LIMIT)
        v->for_model |= (uint32_t)is_limit_of_model(call);
}

static void blame_model(struct cp_verdict *v, struct cp_str message)
{
    if (v->for_model)
        return; /* the key may not use it */
    blame(v, claude_has(message, "model") ? CP_BY_MODEL : CP_BY_UPSTREAM, CP_ELSEWHERE,
          CP_NOT_FOUND);
}

static void blame_server(struct cp_verdict *v, const struct cp_failure *why, uint32_t trouble)
{
    int is_words = v->fault != CP_BY_UPSTREAM && why->status >= 500; /* they knew better */

    if (is_words || (trouble == CP_SERVER && why->status >= 400))
        return;
    blame(v, CP_BY_UPSTREAM, v->wait_ms >= 0 ? CP_LATER : CP_ELSEWHERE, trouble);
}

static void blame_by_trouble(struct cp_call *call, struct cp_verdict *v,
                             const struct cp_failure *why, struct cp_str message,
                             uint32_t trouble)
{
    switch (trouble) {
    case CP_BAD_REQUEST:
        blame_request(v, why);
        break;
    case CP_CONTEXT_TOO_LONG:
    case CP_TOO_LARGE:
        blame(v, CP_BY_CLIENT, CP_NEVER, trouble);
        break;
    case CP_AUTH:
    case CP_FORBIDDEN:
        blame_key(v, why, message, trouble);
        break;
    case CP_BILLING:
        if (v->trouble == CP_BILLING || why->status == 400)
            break; /* words in a 400 were looked at already: they may be the client's own */
        blame(v, CP_BY_KEY, CP_ELSEWHERE, trouble);
        v->disable_key = 1;
        break;
    case CP_NOT_FOUND:
        blame_model(v, message);
        break;
    case CP_RATE_LIMIT:
        blame_rate(call, v, why);
        break;
    case CP_OVERLOADED:
    case CP_TIMEOUT:
    case CP_SERVER:
        blame_server(v, why, trouble);
        break;
    default:
        break;
    }
}

void claude_classify(void *instance, struct cp_call *call, const struct cp_failure *why,
                     struct cp_verdict *verdict)
{
    if (why->body.n == 0 || why->net || json->check(call, why->body) != CP_OK)
        return; /* the status has said all there is */
    struct cp_str type = json->text(call, json->get(json->get(why->body, "error"), "type"));
    struct cp_str message = claude_error_message(call, why->body);

    if (why->status == 400 || why->status == 422)
        verdict->refused = claude_refused(call, message);
    if (verdict->refused.n) {
        blame(verdict, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
        return;
    }
    if (is_key_of_another_client(message)) {
        blame(verdict, CP_BY_KEY, CP_ELSEWHERE, CP_FORBIDDEN);
        verdict->for_model = 1;
    } else if (claude_is(type, "forbidden") && claude_has(message, "request not allowed")) {
        blame(verdict, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_FORBIDDEN); /* where we come from */
    } else if (claude_is_type(type)) {
        blame_by_trouble(call, verdict, why, message, claude_trouble(type, message));
    } else if (claude_is_too_long(message) && (why->status == 400 || why->status == 413)) {
        blame(verdict, CP_BY_CLIENT, CP_NEVER, CP_CONTEXT_TOO_LONG);
    }
}
