/* SPDX-License-Identifier: MIT */
/*
 * errors - Google's error bodies, read and written.
 *
 *     {"error":{"code":429,"message":"..","status":"RESOURCE_EXHAUSTED","details":[..]}}
 *
 * or the same as the only element of an array, which is how a stream without alt=sse fails.
 * The status word tells the trouble; one 400 is none of the client's, the one whose details
 * say API_KEY_INVALID.
 *
 * source: google.rpc.Code and the Gemini API's page on error codes, as of 2026-08
 */
#include "gemini.h"

#include <string.h>

static const struct {
    uint32_t sub;
    int code;
    const char *status;
} troubles[] = {
    { CP_BAD_REQUEST, 400, "INVALID_ARGUMENT" },
    { CP_AUTH, 401, "UNAUTHENTICATED" },
    { CP_FORBIDDEN, 403, "PERMISSION_DENIED" },
    { CP_NOT_FOUND, 404, "NOT_FOUND" },
    { CP_CONFLICT, 409, "ABORTED" },
    { CP_RATE_LIMIT, 429, "RESOURCE_EXHAUSTED" },
    { CP_CANCELLED, 499, "CANCELLED" },
    { CP_SERVER, 500, "INTERNAL" },
    { CP_OVERLOADED, 503, "UNAVAILABLE" },
    { CP_TIMEOUT, 504, "DEADLINE_EXCEEDED" },
    /* Only written: Google has no words of their own for them. */
    { CP_CONTEXT_TOO_LONG, 400, "INVALID_ARGUMENT" },
    { CP_BILLING, 429, "RESOURCE_EXHAUSTED" },
    { CP_TOO_LARGE, 400, "INVALID_ARGUMENT" },
    { CP_POLICY, 400, "INVALID_ARGUMENT" },
    { CP_STREAM_CUT, 500, "INTERNAL" },
    { CP_METHOD, 405, "INVALID_ARGUMENT" },
    { CP_MEDIA_TYPE, 415, "INVALID_ARGUMENT" },
    { CP_HEADERS_TOO_LARGE, 431, "INVALID_ARGUMENT" },
    /* Only read. */
    { CP_BAD_REQUEST, 400, "FAILED_PRECONDITION" },
    { CP_BAD_REQUEST, 400, "OUT_OF_RANGE" },
    { CP_CONFLICT, 409, "ALREADY_EXISTS" },
};
enum { TROUBLES_N = sizeof(troubles) / sizeof(troubles[0]) };

static struct cp_str string_of(struct cp_call *call, struct cp_str object, const char *key)
{
    struct cp_str v = J->get(object, key);

    return J->kind(v) == '"' ? J->text(call, v) : (struct cp_str){ NULL, 0 };
}

/* {"error":{..}}, or [{"error":{..}}]; absent: neither. */
static struct cp_str error_of(struct cp_call *call, struct cp_str body)
{
    struct cp_str none = { NULL, 0 }, first;
    size_t at = 0;

    if (J->check(call, body) != CP_OK)
        return none;
    if (J->kind(body) == '[')
        body = J->each(body, &at, NULL, &first) ? first : none;
    if (J->kind(body) != '{')
        return none;
    body = J->get(body, "error");
    return J->kind(body) == '{' ? body : none;
}

static int is_key_invalid(struct cp_str error)
{
    struct cp_str details = J->get(error, "details"), one;
    size_t at = 0;

    while (J->kind(details) == '[' && J->each(details, &at, NULL, &one))
        if (J->kind(one) == '{' && J->is(J->get(one, "reason"), "API_KEY_INVALID"))
            return 1;
    return 0;
}

static uint32_t trouble_of(struct cp_str error, struct cp_str status, int64_t code)
{
    if (is_key_invalid(error))
        return CP_AUTH;
    for (size_t i = 0; i < TROUBLES_N; i++)
        if (status.n == strlen(troubles[i].status) &&
            memcmp(status.p, troubles[i].status, status.n) == 0)
            return troubles[i].sub;
    for (size_t i = 0; i < TROUBLES_N; i++)
        if (code == troubles[i].code)
            return troubles[i].sub;
    return CP_SERVER;
}

int gemini_failure_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct cp_item it = { CP_ITEM(ERROR), .sub = CP_SERVER };
    struct cp_str error = error_of(call, body), status;
    int64_t code = 0;
    int rc;

    if (error.p == NULL) {
        it.text = S("the upstream failed without a word that can be read");
    } else {
        status = string_of(call, error, "status");
        if (J->kind(J->get(error, "code")) != '0' ||
            J->integer(J->get(error, "code"), &code) != CP_OK || code < 0 || code > 999)
            code = 0;
        it.text = string_of(call, error, "message");
        it.text = it.text.n > 0 ? it.text : S("the upstream failed without a word");
        it.name = status;
        it.num = code;
        it.sub = trouble_of(error, status, code);
    }
    rc = H->emit(tape, &it);
    return rc == CP_ENOUGH ? CP_OK : rc;
}

static size_t answer_of(uint32_t sub)
{
    for (size_t i = 0; i < TROUBLES_N; i++)
        if (troubles[i].sub == sub)
            return i;
    return answer_of(CP_SERVER);
}

static int error_encode(struct cp_out *out, const struct cp_item *it)
{
    size_t i = answer_of(it->sub);

    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    (void)J->key(out, "error");
    (void)J->open(out, '{');
    (void)J->key(out, "code");
    (void)J->number(out, troubles[i].code);
    (void)J->key(out, "message");
    (void)J->string(out, it->text.p == NULL ? S("") : it->text);
    (void)J->key(out, "status");
    (void)J->string(out, (struct cp_str){ troubles[i].status, strlen(troubles[i].status) });
    (void)J->close(out);
    (void)J->close(out);
    return H->set_status(out, troubles[i].code);
}

int gemini_failure_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++)
        if (it->kind == CP_ERROR)
            return error_encode(out, it);
    return H->fail(call, CP_E_BUG, "a failure without an error");
}
