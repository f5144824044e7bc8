/* SPDX-License-Identifier: MIT */
/*
 * verdict - HTTP status, Retry-After and network faults to the default verdict.
 *
 * Two questions that have nothing to do with each other: whose fault is it (who is charged), and
 * what cures it (may another try help, and when).  The default answers them from what every HTTP
 * API agrees on (here), from what relays of all dialects say (verdict_words.c) and from whoever
 * tells when (verdict_wait.c); what a dialect says in its own way is its adapter's to correct.
 *
 * A key that the upstream refuses is ours, not the client's: whoever tells the client goes by the fault and speaks of
 * the server, or the client would ask its user to log in again.
 */
#include "plugin/verdict.h"

#include "base/str.h"
#include "ir/kind.h"
#include "plugin/verdict_body.h"
#include "plugin/verdict_wait.h"
#include "plugin/verdict_words.h"

struct by_status {
    int status;
    uint32_t fault, cure, trouble, disable_key;
};

static const struct by_status statuses[] = {
    { 401, CP_BY_KEY, CP_ELSEWHERE, CP_AUTH, 0 },
    { 402, CP_BY_KEY, CP_ELSEWHERE, CP_BILLING, 1 },
    { 403, CP_BY_KEY, CP_ELSEWHERE, CP_FORBIDDEN, 0 },
    { 404, CP_BY_MODEL, CP_ELSEWHERE, CP_NOT_FOUND, 0 },
    { 405, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 407, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 408, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 409, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_CONFLICT, 0 },
    { 410, CP_BY_MODEL, CP_ELSEWHERE, CP_NOT_FOUND, 0 },
    { 413, CP_BY_CLIENT, CP_NEVER, CP_TOO_LARGE, 0 },
    { 415, CP_BY_CLIENT, CP_NEVER, CP_MEDIA_TYPE, 0 },
    { 421, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 425, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 429, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT, 0 },
    { 431, CP_BY_CLIENT, CP_NEVER, CP_HEADERS_TOO_LARGE, 0 },
    { 451, CP_BY_CLIENT, CP_NEVER, CP_POLICY, 0 },
    { 499, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 },
    { 503, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED, 0 },
    { 504, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 522, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 524, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_TIMEOUT, 0 },
    { 529, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED, 0 },
};

static const struct by_status *status_find(int status)
{
    static const struct by_status client = { 400, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST, 0 };
    static const struct by_status server = { 500, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_SERVER, 0 };
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return &statuses[i];
    return status >= 400 && status < 500 ? &client : &server;
}

static void verdict_net(int net, struct cp_verdict *v)
{
    v->cure = CP_ELSEWHERE;
    v->trouble = net == CP_NET_TIMEOUT ? CP_TIMEOUT
                 : net == CP_NET_CUT   ? CP_STREAM_CUT
                                       : CP_SERVER;
    switch (net) {
    case CP_NET_RESOLVE:
    case CP_NET_CONNECT:
    case CP_NET_TLS:
    case CP_NET_SEND:
    case CP_NET_RECV:
    case CP_NET_CUT:
        v->fault = CP_BY_NETWORK;
        break;
    default:
        v->fault = CP_BY_UPSTREAM;
        break;
    }
}

/* A limit is what may tell when it ends; and so may a quota. */
static bool is_limit(const struct cp_verdict *v)
{
    return v->trouble == CP_RATE_LIMIT || v->trouble == CP_OVERLOADED ||
           v->trouble == CP_BILLING;
}

int64_t verdict_header_wait_ms(const struct cp_verdict *v, verdict_header_fn *header, void *ctx,
                               int64_t wall_ms)
{
    return verdict_wait_headers(header, ctx, wall_ms, is_limit(v));
}

/* It serves again, and it is known when. */
static void verdict_later(struct cp_verdict *v)
{
    if (v->wait_ms < 0 || v->cure != CP_ELSEWHERE || v->for_model || v->disable_key)
        return;
    if (v->fault == CP_BY_UPSTREAM || v->trouble == CP_BILLING)
        v->cure = CP_LATER;
}

static void verdict_status_judge(const struct cp_failure *f, verdict_header_fn *header,
                                 void *ctx, int64_t wall_ms, struct cp_verdict *v)
{
    const struct by_status *s = status_find(f->status);
    struct verdict_body body;

    v->fault = s->fault;
    v->cure = s->cure;
    v->trouble = s->trouble;
    v->disable_key = s->disable_key;
    verdict_body_read(f->body, &body);
    verdict_words_judge(f->status, &body, v);
    v->wait_ms = verdict_header_wait_ms(v, header, ctx, wall_ms);
    if (v->wait_ms < 0 && is_limit(v))
        v->wait_ms = verdict_wait_body(&body, wall_ms);
    verdict_later(v);
}

void verdict_default(const struct cp_failure *f, verdict_header_fn *header, void *ctx,
                     int64_t wall_ms, struct cp_verdict *v)
{
    *v = (struct cp_verdict){ .wait_ms = -1 };
    if (f->status == 0)
        verdict_net(f->net, v);
    else
        verdict_status_judge(f, header, ctx, wall_ms, v);
    if (f->relayed)
        v->cure = CP_NEVER;
}

bool verdict_is_final(const struct cp_verdict *v, int status)
{
    static const int sure[] = { 400, 405, 411, 413, 414, 415, 417, 422, 431 };

    if (v->fault != CP_BY_CLIENT || v->cure != CP_NEVER)
        return false;
    if (status == 451) /* some law of some country */
        return false;
    if (v->trouble != CP_BAD_REQUEST || status >= 500 || status < 400)
        return true;
    for (size_t i = 0; i < sizeof(sure) / sizeof(*sure); i++)
        if (status == sure[i])
            return true;
    return false;
}

const char *verdict_fault_name(uint32_t fault)
{
    static const char *const names[] = {
        "none", "client", "key", "model", "channel", "network"
    };
    return fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "none";
}

const char *verdict_trouble_name(uint32_t trouble)
{
    const char *name = kind_sub_name(CP_ERROR, trouble);
    return name ? name : "none";
}

static const int trouble_status[] = {
    [CP_BAD_REQUEST] = 400, [CP_CONTEXT_TOO_LONG] = 400, [CP_AUTH] = 401,
    [CP_BILLING] = 402,     [CP_FORBIDDEN] = 403,        [CP_NOT_FOUND] = 404,
    [CP_CONFLICT] = 409,    [CP_TOO_LARGE] = 413,        [CP_RATE_LIMIT] = 429,
    [CP_OVERLOADED] = 503,  [CP_TIMEOUT] = 504,          [CP_SERVER] = 502,
    [CP_POLICY] = 400,      [CP_STREAM_CUT] = 502,       [CP_CANCELLED] = 499,
    [CP_METHOD] = 405,      [CP_MEDIA_TYPE] = 415,       [CP_HEADERS_TOO_LARGE] = 431,
};

int verdict_status(uint32_t trouble)
{
    bool is_known = trouble && trouble < sizeof(trouble_status) / sizeof(trouble_status[0]);
    return is_known ? trouble_status[trouble] : 500;
}

uint32_t verdict_trouble(int status)
{
    switch (status) {
    case 400:
    case 422:
        return CP_BAD_REQUEST;
    case 408:
    case 522:
    case 524:
        return CP_TIMEOUT;
    case 410:
        return CP_NOT_FOUND;
    case 451:
        return CP_POLICY;
    case 502:
        return CP_SERVER;
    case 529:
        return CP_OVERLOADED;
    default:
        break;
    }
    for (uint32_t i = CP_AUTH; i < sizeof(trouble_status) / sizeof(trouble_status[0]); i++)
        if (trouble_status[i] == status)
            return i;
    return status >= 400 && status < 500 ? CP_BAD_REQUEST : CP_SERVER;
}
