/* SPDX-License-Identifier: MIT */
/*
 * errors - Google's error bodies, read and written.
 *
 *     {"error":{"code":429,"message":"..","status":"RESOURCE_EXHAUSTED","details":[
 *         {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"12s"},
 *         {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[..]},
 *         {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}
 *
 * or the same as the only element of an array, which is how a stream without alt=sse fails.
 * The status word tells the trouble, unless a reason or the message knows better: a bad key is a
 * 400 here, and so is a prompt that is too long.  What servers in between say in forms of their own
 * is read, too.
 *
 * source: google.rpc.Code, google/rpc/error_details.proto and the Gemini API's page on error
 * codes, as of 2026-08
 */
#include "answer.h"

#include <string.h>

enum { TEXT_MOST = 500 };

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
    { CP_SERVER, 500, "UNKNOWN" },
    { CP_SERVER, 500, "DATA_LOSS" },
    { CP_FORBIDDEN, 501, "UNIMPLEMENTED" },
    { CP_BILLING, 402, "PAYMENT_REQUIRED" },
    { CP_TIMEOUT, 408, "REQUEST_TIMEOUT" },
    { CP_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE" },
    { CP_BAD_REQUEST, 422, "UNPROCESSABLE" },
    { CP_SERVER, 502, "BAD_GATEWAY" },
    { CP_OVERLOADED, 529, "OVERLOADED" },
};
enum { TROUBLES_N = sizeof(troubles) / sizeof(troubles[0]) };

/* ---- words --------------------------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

size_t gemini_text_find(struct cp_str hay, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t i = 0; i + n <= hay.n; i++) {
        size_t k = 0;
        while (k < n && lower(hay.p[i + k]) == needle[k])
            k++;
        if (k == n)
            return i + n;
    }
    return 0;
}

/* What a message says that its status does not. */
static uint32_t trouble_of_message(struct cp_str message)
{
    static const struct {
        const char *words;
        uint32_t sub;
    } sayings[] = {
        { "input token count", CP_CONTEXT_TOO_LONG },
        { "exceeds the maximum number of tokens", CP_CONTEXT_TOO_LONG },
        { "prompt is too long", CP_CONTEXT_TOO_LONG },
        { "maximum context length", CP_CONTEXT_TOO_LONG },
        { "api key not valid", CP_AUTH },
        { "api key expired", CP_AUTH },
        { "reported as leaked", CP_AUTH },
        { "request payload size exceeds", CP_TOO_LARGE },
        { "user location is not supported", CP_FORBIDDEN },
        { "enable billing", CP_BILLING },
        { "billing account", CP_BILLING },
        { "prepayment credits", CP_BILLING },
        { "model is overloaded", CP_OVERLOADED },
    };

    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
        if (gemini_text_find(message, sayings[i].words) != 0)
            return sayings[i].sub;
    return 0;
}

/* source: google.api.ErrorReason, as of 2026-08 */
static uint32_t trouble_of_reason(struct cp_str reason)
{
    static const struct {
        const char *word;
        uint32_t sub;
    } reasons[] = {
        { "API_KEY_INVALID", CP_AUTH },
        { "API_KEY_EXPIRED", CP_AUTH },
        { "ACCESS_TOKEN_EXPIRED", CP_AUTH },
        { "ACCESS_TOKEN_TYPE_UNSUPPORTED", CP_AUTH },
        { "CREDENTIALS_MISSING", CP_AUTH },
        { "BILLING_DISABLED", CP_BILLING },
        { "SERVICE_DISABLED", CP_FORBIDDEN },
        { "CONSUMER_SUSPENDED", CP_FORBIDDEN },
        { "CONSUMER_INVALID", CP_FORBIDDEN },
        { "RATE_LIMIT_EXCEEDED", CP_RATE_LIMIT },
        { "API_KEY_SERVICE_BLOCKED", CP_FORBIDDEN },
        { "API_KEY_HTTP_REFERRER_BLOCKED", CP_FORBIDDEN },
        { "API_KEY_IP_ADDRESS_BLOCKED", CP_FORBIDDEN },
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (gemini_text_is(reason, reasons[i].word))
            return reasons[i].sub;
    return 0;
}

static uint32_t recognise(const struct fault *f)
{
    uint32_t sub = trouble_of_reason(f->reason);

    /* A 404 repeats the model's name, which may be any words. */
    if (sub == 0 && (f->code < 500 || f->code == 503) && f->code != 404)
        sub = trouble_of_message(f->message);
    for (size_t i = 0; sub == 0 && i < TROUBLES_N; i++)
        if (gemini_text_is(f->status, troubles[i].status))
            sub = troubles[i].sub;
    for (size_t i = 0; sub == 0 && i < TROUBLES_N; i++)
        if (f->code == troubles[i].code)
            sub = troubles[i].sub;
    return sub;
}

/* ---- details ------------------------------------------------------------------------------- */

/* "12s", "3.5s", "0.250s"; -1: none. */
static int64_t duration_ms(struct cp_str s)
{
    int64_t ms = 0, scale = 1000;
    size_t i = 0;

    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && ms < INT64_C(100000000000); i++)
        ms = ms * 10 + (s.p[i] - '0') * 1000;
    if (i == 0)
        return -1;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
            scale /= 10;
            ms += (s.p[i] - '0') * scale;
        }
    return i < s.n && s.p[i] == 's' && ms <= INT64_C(86400000) ? ms : -1;
}

static void quota_read(struct cp_call *call, struct cp_str failure, struct fault *f)
{
    struct cp_str list = gemini_member(failure, "violations"), one;
    size_t at = 0;

    while (J->kind(list) == '[' && J->each(list, &at, NULL, &one)) {
        f->is_daily |=
            gemini_text_find(gemini_member_text(call, one, "quotaId"), "perday") != 0;
        f->is_of_model |=
            gemini_text_find(gemini_member_text(call, one, "quotaId"), "permodel") != 0 ||
            gemini_member(gemini_member(one, "quotaDimensions"), "model").p != NULL;
        f->is_never |= gemini_int(gemini_member(one, "quotaValue"), -1) == 0;
    }
}

static void detail_read(struct cp_call *call, struct cp_str detail, struct fault *f)
{
    struct cp_str type = gemini_member_text(call, detail, "@type"), list, one;
    size_t at = 0;

    if (gemini_text_find(type, "google.rpc.retryinfo") != 0)
        f->wait_ms = duration_ms(gemini_member_text(call, detail, "retryDelay"));
    else if (gemini_text_find(type, "google.rpc.quotafailure") != 0)
        quota_read(call, detail, f);
    else if (gemini_text_find(type, "google.rpc.errorinfo") != 0)
        f->reason = gemini_member_text(call, detail, "reason");
    if (gemini_text_find(type, "google.rpc.badrequest") == 0)
        return;
    list = gemini_member(detail, "fieldViolations");
    if (J->kind(list) == '[' && J->each(list, &at, NULL, &one))
        f->field = gemini_member_text(call, one, "field");
}

/* ---- bodies -------------------------------------------------------------------------------- */

static void error_read(struct cp_call *call, struct cp_str error, struct fault *f)
{
    struct cp_str details = gemini_member(error, "details"), one;
    size_t at = 0;

    f->message = gemini_member_text(call, error, "message");
    f->status = gemini_member_text(call, error, "status");
    f->code = gemini_int(gemini_member(error, "code"), 0);
    if (f->code < 400 || f->code > 599)
        f->code = 0;
    while (J->kind(details) == '[' && J->each(details, &at, NULL, &one))
        if (J->kind(one) == '{')
            detail_read(call, one, f);
}

static struct cp_str first_of(struct cp_str list)
{
    struct cp_str one;
    size_t at = 0;

    return J->kind(list) == '[' && J->each(list, &at, NULL, &one) ? one : NOTHING;
}

/* {"error":{..}}, {"error":".."}, {"message":".."}, {"detail":..}, {"errors":[..]}, or in an array */
static void body_read(struct cp_call *call, struct cp_str body, struct fault *f)
{
    struct cp_str error, detail;

    if (J->kind(body) == '[')
        body = first_of(body);
    if (J->kind(body) != '{')
        return;
    error = gemini_member(body, "error");
    if (error.p == NULL)
        error = first_of(gemini_member(body, "errors"));
    if (J->kind(error) == '"')
        f->message = J->text(call, error);
    else
        error_read(call, J->kind(error) == '{' ? error : body, f);
    detail = gemini_member(body, "detail");
    if (J->kind(detail) == '[')
        detail = gemini_member(first_of(detail), "msg");
    if (f->message.n == 0 && J->kind(detail) == '"')
        f->message = J->text(call, detail);
}

/* The first bytes of a text, without tags, on one line, cut at a character. */
static struct cp_str plain_text(struct cp_call *call, struct cp_str body)
{
    char *p = H->alloc(call, TEXT_MOST + 4);
    size_t n = 0;
    int in_tag = 0;

    for (size_t i = 0; p != NULL && i < body.n && n < TEXT_MOST; i++) {
        char c = body.p[i];
        int is_space = (unsigned char)c <= ' ' || c == '<' || c == '>';
        if (c == '<' || c == '>')
            in_tag = c == '<';
        else if (in_tag)
            continue;
        if (is_space && (n == 0 || p[n - 1] == ' '))
            continue;
        p[n++] = is_space ? ' ' : c;
    }
    while (n > 0 && ((unsigned char)p[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && ((unsigned char)p[n - 1] >= 0xC0 || p[n - 1] == ' '))
        n--;
    return (struct cp_str){ p == NULL ? "" : p, n };
}

static struct cp_str trim(struct cp_str s)
{
    while (s.n > 0 && (unsigned char)s.p[0] <= ' ')
        s = (struct cp_str){ s.p + 1, s.n - 1 };
    while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

int gemini_fault_read(struct cp_call *call, struct cp_str body, struct fault *f)
{
    *f = (struct fault){ .wait_ms = -1 };
    body = trim(body);
    if (body.n > 0 && (body.p[0] == '{' || body.p[0] == '[') && J->check(call, body) == CP_OK)
        body_read(call, body, f);
    else
        f->message = plain_text(call, body);
    f->sub = recognise(f);
    return f->message.n > 0 || f->sub != 0;
}

int gemini_error_read(struct cp_call *call, struct cp_str body, struct cp_item *it)
{
    struct fault f;
    int is_told = gemini_fault_read(call, body, &f);

    it->text = f.message.n > 0 ? f.message
               : is_told       ? S("the upstream failed without a word")
                               : S("the upstream failed without a word that can be read");
    it->name = f.status;
    it->meta = f.field;
    it->num = f.code;
    it->sub = f.sub != 0 ? f.sub : CP_SERVER;
    return is_told;
}

int gemini_failure_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct cp_item it = { CP_ITEM(ERROR), .sub = CP_SERVER };
    int rc;

    (void)gemini_error_read(call, body, &it); /* nothing recognised is an error, too */
    rc = H->emit(tape, &it);
    return rc == CP_ENOUGH ? CP_OK : rc;
}

/* ---- writing ------------------------------------------------------------------------------- */

static size_t answer_of(uint32_t sub)
{
    for (size_t i = 0; i < TROUBLES_N; i++)
        if (troubles[i].sub == sub)
            return i;
    return answer_of(CP_SERVER);
}

static void text_key(struct cp_out *out, const char *key, struct cp_str text)
{
    (void)J->key(out, key); /* an out remembers its failure; so everywhere here */
    (void)J->string(out, text);
}

static void violation_write(struct cp_out *out, const struct cp_item *it)
{
    (void)J->open(out, '{');
    text_key(out, "@type", S("type.googleapis.com/google.rpc.BadRequest"));
    (void)J->key(out, "fieldViolations");
    (void)J->open(out, '[');
    (void)J->open(out, '{');
    text_key(out, "field", it->meta);
    text_key(out, "description", it->text.p == NULL ? S("") : it->text);
    (void)J->close(out);
    (void)J->close(out);
    (void)J->close(out);
}

/* An allowance of ours: Gemini CLI tries again after any 429 but that of a daily quota.
 * source: googleQuotaErrors.ts of gemini-cli, as of 2026-08 */
static int is_used_up(const struct cp_item *it)
{
    return it->sub == CP_BILLING && gemini_text_is(it->name, "usage_limit_reached");
}

static void quota_write(struct cp_out *out, const struct cp_item *it)
{
    (void)J->open(out, '{');
    text_key(out, "@type", S("type.googleapis.com/google.rpc.QuotaFailure"));
    (void)J->key(out, "violations");
    (void)J->open(out, '[');
    (void)J->open(out, '{');
    text_key(out, "quotaId", S("ClientKeyBudgetPerDay"));
    text_key(out, "description", it->text.p == NULL ? S("") : it->text);
    (void)J->close(out);
    (void)J->close(out);
    (void)J->close(out);
}

static void retry_write(struct cp_out *out, struct cp_str seconds)
{
    char text[32];
    size_t n = seconds.n < sizeof(text) - 1 ? seconds.n : sizeof(text) - 1;

    memcpy(text, seconds.p, n);
    text[n] = 's';
    (void)J->open(out, '{');
    text_key(out, "@type", S("type.googleapis.com/google.rpc.RetryInfo"));
    text_key(out, "retryDelay", (struct cp_str){ text, n + 1 });
    (void)J->close(out);
}

/* Of all messages of a 429, Gemini CLI shows but those in which a limit is none; for the others it has words of its own
 * ("You have exhausted your daily quota on this model"), which say nothing of whose quota that is.
 * source: googleQuotaErrors.ts of gemini-cli 0.61, 2026-11-23 */
static struct cp_str used_up_text(char *room, size_t most, struct cp_str text)
{
    static const char end[] = "; left of the limit: 0";
    size_t n = text.n < most - sizeof(end) ? text.n : most - sizeof(end);

    memcpy(room, text.p, n);
    memcpy(room + n, end, sizeof(end) - 1);
    return (struct cp_str){ room, n + sizeof(end) - 1 };
}

/* seconds: of a Retry-After, absent if there was none. */
static void object_write(struct cp_out *out, const struct cp_item *it, struct cp_str seconds)
{
    char room[1024];
    size_t i = answer_of(it->sub);
    struct cp_str message = it->text;

    if (is_used_up(it) && it->text.n > 0)
        message = used_up_text(room, sizeof(room), it->text);

    (void)J->open(out, '{');
    (void)J->key(out, "error");
    (void)J->open(out, '{');
    (void)J->key(out, "code");
    (void)J->number(out, troubles[i].code);
    text_key(out, "message", it->text.p == NULL ? S("") : message);
    text_key(out, "status", (struct cp_str){ troubles[i].status, strlen(troubles[i].status) });
    if (it->meta.n > 0 || seconds.n > 0 || is_used_up(it)) {
        (void)J->key(out, "details");
        (void)J->open(out, '[');
        if (it->meta.n > 0)
            violation_write(out, it);
        if (is_used_up(it))
            quota_write(out, it);
        if (seconds.n > 0)
            retry_write(out, seconds);
        (void)J->close(out);
    }
    (void)J->close(out);
    (void)J->close(out);
}

void gemini_error_encode(struct cp_out *out, const struct cp_item *error)
{
    object_write(out, error, NOTHING);
}

/* Google's clients look for the wait in the body, where other services have a header. */
static struct cp_str seconds_of(struct cp_call *call, const struct cp_item *it)
{
    struct cp_str s = NOTHING;

    if (it->sub == CP_RATE_LIMIT || it->sub == CP_OVERLOADED)
        s = H->get_header(call, CP_RESPONSE, "retry-after");
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return NOTHING;
    return s.n <= 9 ? s : NOTHING;
}

int gemini_failure_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_ERROR)
            continue;
        object_write(out, it, seconds_of(call, it));
        return H->set_status(out, troubles[answer_of(it->sub)].code);
    }
    return H->fail(call, CP_E_BUG, "a failure without an error");
}
