/* SPDX-License-Identifier: MIT */
/*
 * verdict - whose fault a failed attempt was, from what OpenAI's error bodies say.
 *
 * HTTP alone cannot tell a rate limit from an unpaid bill (both 429), nor a wrong model from
 * a wrong path (both 404).  A client's own mistake is final whatever the status; an account
 * that must be paid or re-enabled by a person takes its key out.
 *
 * source: OpenAI's guide to error codes and rate limits, as of 2026-08; DeepSeek's 402
 */
#include "openai.h"

/* "try again in 1m2.5s", "20s", "250ms": what OpenAI writes into messages and reset headers. */
static int64_t duration_ms(struct cp_str s)
{
    int64_t total = 0;
    size_t i = 0;

    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') {
        int64_t thousandths = 0, scale = 1000, unit;
        for (;
             i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && thousandths < INT64_C(1000000000000);
             i++)
            thousandths = thousandths * 10 + (s.p[i] - '0') * 1000;
        if (i < s.n && s.p[i] == '.')
            for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
                scale /= 10;
                thousandths += (s.p[i] - '0') * scale;
            }
        if (i + 1 < s.n && s.p[i] == 'm' && s.p[i + 1] == 's') {
            total += thousandths / 1000;
            i += 2;
            continue;
        }
        unit = i < s.n && s.p[i] == 'h'   ? 3600
               : i < s.n && s.p[i] == 'm' ? 60
               : i < s.n && s.p[i] == 's' ? 1
                                          : 0;
        if (unit == 0)
            break;
        total += thousandths * unit;
        i++;
    }
    return i == 0 || total > INT64_C(86400000) ? -1 : total;
}

static int64_t said_wait_ms(struct cp_str message)
{
    static const char *const before[] = { "try again in ", "retry after ", "retry in " };

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        size_t at = openai_text_find(message, before[i]);
        int64_t ms =
            at == 0 ? 0 : duration_ms((struct cp_str){ message.p + at, message.n - at });
        if (ms > 0)
            return ms;
    }
    return -1;
}

/* The header of the budget that is used up says when it is full again. */
static int64_t reset_wait_ms(const struct cp_call *call)
{
    static const char *const budgets[][2] = {
        { "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests" },
        { "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens" },
    };
    int64_t longest = -1;

    for (size_t i = 0; i < 2; i++) {
        struct cp_str left = H->get_header(call, CP_RESPONSE, budgets[i][0]);
        struct cp_str reset = H->get_header(call, CP_RESPONSE, budgets[i][1]);
        int64_t ms = openai_text_is(left, "0") && reset.n > 0 ? duration_ms(reset) : -1;
        longest = ms > longest ? ms : longest;
    }
    return longest;
}

static void blame(struct cp_verdict *v, uint32_t fault, uint32_t cure, uint32_t trouble)
{
    v->fault = fault;
    v->cure = cure;
    v->trouble = trouble;
}

/* 404 is a wrong model only if the body speaks of one; else the address is wrong. */
static void not_found(struct cp_verdict *v, const struct trouble *t)
{
    int is_model = openai_text_is(t->code, "model_not_found") ||
                   openai_text_find(t->message, "model") != 0;

    blame(v, is_model ? CP_BY_MODEL : CP_BY_UPSTREAM, CP_ELSEWHERE, CP_NOT_FOUND);
}

static void key_trouble(struct cp_verdict *v, const struct trouble *t)
{
    blame(v, CP_BY_KEY, CP_ELSEWHERE, t->sub);
    v->disable_key = t->sub == CP_BILLING || openai_text_is(t->code, "invalid_api_key") ||
                     openai_text_is(t->code, "account_deactivated") ||
                     openai_text_find(t->message, "incorrect api key") != 0 ||
                     openai_text_find(t->message, "api key not valid") != 0;
}

static void rate_trouble(struct cp_call *call, struct cp_verdict *v, const struct trouble *t)
{
    v->fault = CP_BY_KEY;
    v->trouble = CP_RATE_LIMIT;
    if (v->cure == CP_NEVER || v->cure == 0)
        v->cure = CP_ELSEWHERE;
    if (v->wait_ms < 0)
        v->wait_ms = said_wait_ms(t->message);
    if (v->wait_ms < 0)
        v->wait_ms = reset_wait_ms(call);
}

/* A body that says no more than its status leaves the default alone. */
static int is_told(const struct trouble *t, int32_t status)
{
    if (t->sub == 0)
        return 0;
    if (t->sub == CP_BAD_REQUEST)
        return status < 400 || status == 400 || status == 422;
    return t->sub != CP_SERVER || status < 400;
}

void openai_verdict_correct(void *instance, struct cp_call *call, const struct cp_failure *f,
                            struct cp_verdict *v)
{
    struct trouble t;

    (void)instance; /* the same for every channel */
    if (f->net != 0 || !openai_trouble_read(call, f->body, &t))
        return;
    if (f->status == 402)
        t.sub = CP_BILLING;
    if (f->status == 404 && (t.sub == 0 || t.sub == CP_BAD_REQUEST))
        t.sub = CP_NOT_FOUND;
    if (!is_told(&t, f->status))
        return;
    switch (t.sub) {
    case CP_BAD_REQUEST:
    case CP_CONTEXT_TOO_LONG:
    case CP_POLICY:
    case CP_TOO_LARGE:
        blame(v, CP_BY_CLIENT, CP_NEVER, t.sub);
        break;
    case CP_AUTH:
    case CP_BILLING:
        key_trouble(v, &t);
        break;
    case CP_FORBIDDEN:
        if (openai_text_is(t.code, "unsupported_country_region_territory"))
            blame(v, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_FORBIDDEN);
        break;
    case CP_NOT_FOUND:
        not_found(v, &t);
        break;
    case CP_RATE_LIMIT:
        rate_trouble(call, v, &t);
        break;
    case CP_OVERLOADED:
    case CP_TIMEOUT:
    case CP_SERVER:
        blame(v, CP_BY_UPSTREAM, CP_ELSEWHERE, t.sub);
        if (v->wait_ms < 0)
            v->wait_ms = said_wait_ms(t.message);
        break;
    default:
        break;
    }
}
