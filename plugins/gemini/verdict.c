/* SPDX-License-Identifier: MIT */
/*
 * verdict - whose fault a failed attempt was, from what Google's error bodies say.
 *
 * HTTP alone takes a bad key for a bad request (both 400), and knows no wait: that is in the body.
 * A quota of a day is not back when RetryInfo says, which only knows of minutes; one that is
 * nought never is.
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
}

/* "Please retry in 36.5s." */
static int64_t said_wait_ms(struct cp_str message)
{
    size_t at = gemini_text_find(message, "retry in ");
    int64_t ms = 0, scale = 1000;
    int has_digit = 0;

    if (at == 0)
        return -1;
    for (; at < message.n && message.p[at] >= '0' && message.p[at] <= '9' && ms < 100000000;
         at++, has_digit = 1)
        ms = ms * 10 + (message.p[at] - '0') * 1000;
    if (at < message.n && message.p[at] == '.')
        for (at++; at < message.n && message.p[at] >= '0' && message.p[at] <= '9'; at++) {
            scale /= 10;
            ms += (message.p[at] - '0') * scale;
        }
    return has_digit && at < message.n && message.p[at] == 's' ? ms : -1;
}

static void rate(struct cp_verdict *v, const struct fault *f)
{
    int64_t wait_ms = f->wait_ms >= 0 ? f->wait_ms : said_wait_ms(f->message);

    v->fault = CP_BY_KEY;
    v->trouble = CP_RATE_LIMIT;
    if (v->cure == CP_NEVER || v->cure == 0)
        v->cure = CP_ELSEWHERE;
    if (wait_ms > v->wait_ms)
        v->wait_ms = wait_ms;
    if ((f->is_daily || f->is_never) && v->wait_ms < DAILY_WAIT_MS)
        v->wait_ms = DAILY_WAIT_MS;
}

static void key(struct cp_verdict *v, const struct fault *f)
{
    blame(v, CP_BY_KEY, CP_ELSEWHERE, f->sub);
    v->disable_key = f->sub == CP_BILLING || gemini_text_is(f->reason, "API_KEY_INVALID") ||
                     gemini_text_is(f->reason, "API_KEY_EXPIRED") ||
                     gemini_text_find(f->message, "api key not valid") != 0 ||
                     gemini_text_find(f->message, "api key expired") != 0 ||
                     gemini_text_find(f->message, "reported as leaked") != 0;
}

/* A project that may not use the service needs a person; a country cannot be helped at all. */
static void forbidden(struct cp_verdict *v, const struct fault *f)
{
    int is_place = gemini_text_find(f->message, "user location is not supported") != 0;

    blame(v, is_place ? CP_BY_UPSTREAM : CP_BY_KEY, CP_ELSEWHERE, CP_FORBIDDEN);
    v->disable_key = gemini_text_is(f->reason, "CONSUMER_SUSPENDED") ||
                     gemini_text_is(f->reason, "SERVICE_DISABLED");
}

/* A body that says no more than its status leaves the default alone. */
static int is_told(const struct fault *f, int32_t status)
{
    if (f->sub == 0)
        return 0;
    if (f->sub == CP_BAD_REQUEST)
        return status < 400 || status == 400 || status == 422;
    return f->sub != CP_SERVER || status < 400;
}

void gemini_classify(void *instance, struct cp_call *call, const struct cp_failure *failure,
                     struct cp_verdict *v)
{
    struct fault f;

    (void)instance; /* the same for every channel */
    if (failure->net != 0 || !gemini_fault_read(call, failure->body, &f) ||
        !is_told(&f, failure->status))
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
        blame(v, gemini_text_find(f.message, "model") != 0 ? CP_BY_MODEL : CP_BY_UPSTREAM,
              CP_ELSEWHERE, CP_NOT_FOUND);
        break;
    case CP_RATE_LIMIT:
        rate(v, &f);
        break;
    case CP_OVERLOADED:
    case CP_TIMEOUT:
    case CP_SERVER:
        blame(v, CP_BY_UPSTREAM, CP_ELSEWHERE, f.sub);
        if (f.wait_ms > v->wait_ms)
            v->wait_ms = f.wait_ms;
        break;
    default:
        break;
    }
}
