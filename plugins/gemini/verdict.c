/* SPDX-License-Identifier: MIT */
/*
 * verdict - whose fault a failed attempt was, from what Google's error bodies say.
 *
 * HTTP alone takes a bad key for a bad request (both 400).  A quota of a day is not back when
 * RetryInfo says, which only knows of minutes; one that is nought never is.  Most are counted by
 * model, so the key serves others.
 *
 * source: the Gemini API's pages on error codes and rate limits, as of 2026-08
 */
#include "answer.h"

enum { DAILY_WAIT_MS = 3600 * 1000 };

static void blame(struct cp_verdict *v, uint32_t fault, uint32_t cure, uint32_t trouble)
{
    v->fault = fault;
    v->cure = cure;
    v->trouble = trouble;
    v->disable_key = v->for_model = 0;
}

/* "Please retry in 36.5s." is in the verdict already; RetryInfo may know more. */
static void rate(struct cp_verdict *v, const struct fault *f, int32_t status)
{
    if (status != 429 || v->fault != CP_BY_KEY)
        blame(v, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT);
    v->trouble = CP_RATE_LIMIT;
    v->disable_key = 0;
    v->cure = f->is_never ? CP_ELSEWHERE : CP_LATER;
    v->for_model = (uint32_t)(f->is_of_model || f->is_never);
    if (f->wait_ms > v->wait_ms)
        v->wait_ms = f->wait_ms;
    if ((f->is_daily || f->is_never) && v->wait_ms < DAILY_WAIT_MS)
        v->wait_ms = DAILY_WAIT_MS;
}

static void key(struct cp_verdict *v, const struct fault *f)
{
    int is_dead = gemini_text_is(f->reason, "API_KEY_INVALID") ||
                  gemini_text_is(f->reason, "API_KEY_EXPIRED") ||
                  gemini_text_find(f->message, "api key not valid") != 0 ||
                  gemini_text_find(f->message, "api key expired") != 0 ||
                  gemini_text_find(f->message, "reported as leaked") != 0;

    if (v->for_model || (f->sub == CP_BILLING && v->trouble == CP_BILLING))
        return; /* the words knew more */
    blame(v, CP_BY_KEY, CP_ELSEWHERE, f->sub);
    v->disable_key = f->sub == CP_BILLING || is_dead;
}

/* A project that may not use the service needs a person; a country cannot be helped at all. */
static void forbidden(struct cp_verdict *v, const struct fault *f)
{
    static const char *const final[] = { "CONSUMER_SUSPENDED", "SERVICE_DISABLED",
                                         "API_KEY_SERVICE_BLOCKED",
                                         "API_KEY_IP_ADDRESS_BLOCKED",
                                         "API_KEY_HTTP_REFERRER_BLOCKED" };
    int is_place = gemini_text_find(f->message, "user location is not supported") != 0;

    blame(v, is_place ? CP_BY_UPSTREAM : CP_BY_KEY, CP_ELSEWHERE, CP_FORBIDDEN);
    for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
        v->disable_key |= (uint32_t)gemini_text_is(f->reason, final[i]);
    /* "Permission denied on resource project", "tuned model": what it may not have is one thing */
    v->for_model = !is_place && gemini_text_find(f->message, "model") != 0;
}

static void server(struct cp_verdict *v, const struct fault *f, int32_t status)
{
    if (v->fault != CP_BY_UPSTREAM && status >= 500)
        return; /* the words knew better */
    if (f->wait_ms > v->wait_ms)
        v->wait_ms = f->wait_ms;
    blame(v, CP_BY_UPSTREAM, v->wait_ms >= 0 ? CP_LATER : CP_ELSEWHERE, f->sub);
}

/* A body that says no more than its status leaves the default alone. */
static int is_told(const struct fault *f, int32_t status, const struct cp_verdict *v)
{
    int is_plain = status == 400 || status == 422;

    if (f->sub == 0)
        return 0;
    if (f->sub == CP_BAD_REQUEST)
        return status < 400 ||
               (is_plain && v->fault == CP_BY_CLIENT && v->trouble != CP_POLICY);
    return f->sub != CP_SERVER || status < 400;
}

void gemini_classify(void *instance, struct cp_call *call, const struct cp_failure *failure,
                     struct cp_verdict *v)
{
    struct fault f;

    (void)instance; /* the same for every channel */
    if (failure->net != 0 || !gemini_fault_read(call, failure->body, &f))
        return;
    if (failure->status == 400)
        v->refused = gemini_refused(f.message);
    if (v->refused.n > 0) {
        blame(v, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST);
        v->for_model = gemini_text_find(f.message, "this model") != 0;
        return;
    }
    if (!is_told(&f, failure->status, v))
        return;
    switch (f.sub) {
    case CP_BAD_REQUEST:
    case CP_CONTEXT_TOO_LONG:
    case CP_POLICY:
    case CP_TOO_LARGE:
        blame(v, CP_BY_CLIENT, CP_NEVER, f.sub);
        break;
    case CP_AUTH:
    case CP_BILLING:
        key(v, &f);
        break;
    case CP_FORBIDDEN:
        forbidden(v, &f);
        break;
    case CP_NOT_FOUND:
        if (v->for_model) /* the key may not use it */
            break;
        blame(v, gemini_text_find(f.message, "model") != 0 ? CP_BY_MODEL : CP_BY_UPSTREAM,
              CP_ELSEWHERE, CP_NOT_FOUND);
        break;
    case CP_RATE_LIMIT:
        rate(v, &f, failure->status);
        break;
    case CP_OVERLOADED:
    case CP_TIMEOUT:
    case CP_SERVER:
        server(v, &f, failure->status);
        break;
    default:
        break;
    }
}
