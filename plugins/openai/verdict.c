/* SPDX-License-Identifier: MIT */
/*
 * verdict - whose fault a failed attempt was, from what OpenAI's error bodies say.
 *
 * The verdict arrives with what the status, the headers and any relay's words say; so waits are in it already.  Left
 * is what only this dialect says: codes and types, and which of them are about one model.  A type that says no more
 * than the status ("invalid_request_error" comes with 401 and 404, too) changes nothing.
 *
 * source: OpenAI's guide to error codes and rate limits, as of 2026-08; DeepSeek's 402
 */
#include "openai.h"

static void blame(struct cp_verdict *v, uint32_t fault, uint32_t cure, uint32_t trouble)
{
    v->fault = fault;
    v->cure = cure;
    v->trouble = trouble;
    v->disable_key = v->for_model = 0;
}

static int is_plain(const struct cp_failure *f)
{
    return f->status == 400 || f->status == 422;
}

/* 404 is a wrong model only if the body speaks of one; else the address is wrong. */
static void not_found(struct cp_verdict *v, const struct trouble *t)
{
    int is_model = openai_text_is(t->code, "model_not_found") ||
                   openai_text_find(t->message, "model") != 0 || v->fault == CP_BY_MODEL;

    if (v->for_model) /* the key may not use it */
        return;
    if (openai_text_find(t->message, "not found") != 0 && t->message.n < 16)
        is_model = 0; /* "Not Found": what a server says of an address */
    blame(v, is_model ? CP_BY_MODEL : CP_BY_UPSTREAM, CP_ELSEWHERE, CP_NOT_FOUND);
}

static void key_trouble(struct cp_verdict *v, const struct cp_failure *f,
                        const struct trouble *t)
{
    if (f->status != 401 && f->status != 403 && v->fault != CP_BY_KEY)
        blame(v, CP_BY_KEY, CP_ELSEWHERE, CP_AUTH);
    if (v->fault != CP_BY_KEY || v->for_model)
        return;
    if (openai_text_is(t->code, "invalid_api_key") ||
        openai_text_is(t->code, "account_deactivated") ||
        openai_text_find(t->message, "incorrect api key") != 0 ||
        openai_text_find(t->message, "api key not valid") != 0)
        v->disable_key = 1;
    if (v->trouble != CP_BILLING)
        v->trouble = CP_AUTH;
}

static void billing_trouble(struct cp_verdict *v)
{
    if (v->trouble == CP_BILLING && v->fault == CP_BY_KEY)
        return; /* the words knew more */
    blame(v, CP_BY_KEY, CP_ELSEWHERE, CP_BILLING);
    v->disable_key = 1;
}

/* "Rate limit reached for gpt-5 in organization org-x on tokens per min (TPM)": of one model. */
static void rate_trouble(struct cp_verdict *v, const struct cp_failure *f,
                         const struct trouble *t)
{
    if (f->status != 429)
        blame(v, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT);
    if (v->fault == CP_BY_KEY && openai_text_find(t->message, "limit reached for ") != 0 &&
        openai_text_find(t->message, " in organization ") != 0)
        v->for_model = 1;
}

static void server_trouble(struct cp_verdict *v, const struct cp_failure *f,
                           const struct trouble *t)
{
    int is_words = v->fault != CP_BY_UPSTREAM && f->status >= 500; /* they knew better */

    if (!is_words)
        blame(v, CP_BY_UPSTREAM, v->wait_ms >= 0 ? CP_LATER : CP_ELSEWHERE, t->sub);
}

/* A body that says no more than its status leaves the verdict alone. */
static int is_told(const struct trouble *t, const struct cp_failure *f,
                   const struct cp_verdict *v)
{
    int is_key = t->sub == CP_BILLING || t->sub == CP_AUTH || t->sub == CP_RATE_LIMIT ||
                 t->sub == CP_OVERLOADED;

    /* Words about keys were looked at already, and more closely: they may be the client's own. */
    if (t->sub == 0 || (t->is_said && is_key))
        return 0;
    if (t->sub == CP_BAD_REQUEST)
        return f->status < 400 || (is_plain(f) && v->fault == CP_BY_CLIENT);
    return t->sub != CP_SERVER || f->status < 400;
}

static void judge(struct cp_verdict *v, const struct cp_failure *f, const struct trouble *t)
{
    switch (t->sub) {
    case CP_BAD_REQUEST:
        if (v->fault == CP_BY_CLIENT && v->trouble == CP_POLICY)
            break;
        blame(v, CP_BY_CLIENT, CP_NEVER, t->sub);
        break;
    case CP_CONTEXT_TOO_LONG:
    case CP_POLICY:
    case CP_TOO_LARGE:
        blame(v, CP_BY_CLIENT, CP_NEVER, t->sub);
        break;
    case CP_AUTH:
        key_trouble(v, f, t);
        break;
    case CP_BILLING:
        billing_trouble(v);
        break;
    case CP_NOT_FOUND:
        not_found(v, t);
        break;
    case CP_RATE_LIMIT:
        rate_trouble(v, f, t);
        break;
    case CP_OVERLOADED:
    case CP_TIMEOUT:
    case CP_SERVER:
        server_trouble(v, f, t);
        break;
    default:
        break;
    }
}

/* Google behind OpenAI's door, whose 429 speaks of billing whatever the limit was. */
static int is_google(const struct trouble *t)
{
    return openai_text_find(t->message, "ai.google.dev") != 0;
}

void openai_verdict_correct(void *instance, struct cp_call *call, const struct cp_failure *f,
                            struct cp_verdict *v)
{
    struct trouble t;
    int is_read;

    (void)instance; /* the same for every channel */
    if (f->net != 0)
        return;
    is_read = openai_trouble_read(call, f->body, &t);
    if (is_plain(f))
        v->refused = openai_refused(call, f->body, &t);
    if (v->refused.n > 0) {
        blame(v, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
        v->for_model = openai_text_find(t.message, "this model") != 0;
        return;
    }
    if (!is_read)
        return;
    if (f->status == 402)
        t.sub = CP_BILLING;
    if (f->status == 404 && (t.sub == 0 || t.sub == CP_BAD_REQUEST))
        t.sub = CP_NOT_FOUND;
    if (f->status == 429 && is_google(&t))
        t.sub = CP_RATE_LIMIT;
    if (is_told(&t, f, v))
        judge(v, f, &t);
}
