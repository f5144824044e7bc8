/* SPDX-License-Identifier: MIT */
/*
 * errors - error bodies and events both ways.
 *
 * Sources: Anthropic's "Errors" page and the error types of @anthropic-ai/sdk, read 2026-08-22.
 * Claude Code compacts a conversation when it reads "prompt is too long", so that text is kept,
 * or made, whatever the upstream called the same thing.
 */
#include "claude.h"

#include <string.h>

static const struct {
    const char *type;
    uint32_t trouble;
} types[] = {
    { "invalid_request_error", CP_BAD_REQUEST },
    { "authentication_error", CP_AUTH },
    { "billing_error", CP_BILLING },
    { "permission_error", CP_FORBIDDEN },
    { "not_found_error", CP_NOT_FOUND },
    { "conflict_error", CP_CONFLICT },
    { "request_too_large", CP_TOO_LARGE },
    { "rate_limit_error", CP_RATE_LIMIT },
    { "api_error", CP_SERVER },
    { "timeout_error", CP_TIMEOUT },
    { "overloaded_error", CP_OVERLOADED },
};

int claude_is_too_long(struct cp_str message)
{
    return claude_has(message, "prompt is too long") ||
           claude_has(message, "maximum context length") ||
           claude_has(message, "exceed context limit") ||
           (claude_has(message, "input token count") && claude_has(message, "exceeds"));
}

int claude_is_type(struct cp_str type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (claude_is(type, types[i].type))
            return 1;
    return 0;
}

uint32_t claude_trouble(struct cp_str type, struct cp_str message)
{
    uint32_t trouble = CP_SERVER;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (claude_is(type, types[i].type))
            trouble = types[i].trouble;
    if (trouble == CP_BAD_REQUEST && claude_has(message, "credit balance is too low"))
        return CP_BILLING;
    if (trouble == CP_BAD_REQUEST && claude_is_too_long(message))
        return CP_CONTEXT_TOO_LONG;
    return trouble;
}

/* ---- decode ------------------------------------------------------------------------ */

struct cp_str claude_error_message(struct cp_call *call, struct cp_str body)
{
    struct cp_str error = json->get(body, "error");
    struct cp_str tries[] = { json->get(error, "message"), error, json->get(body, "message"),
                              json->get(body, "detail") };

    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        struct cp_str s = json->text(call, tries[i]);
        if (s.n)
            return s;
    }
    return NOTHING;
}

void claude_error_emit(struct reading *r, struct cp_str body)
{
    struct cp_str error = json->get(body, "error");
    struct cp_str type = json->text(r->call, json->get(error, "type"));
    struct cp_str message = claude_error_message(r->call, body);
    struct cp_str code =
        json->text(r->call, json->get(json->get(error, "details"), "error_code"));

    claude_emit(r, &(struct cp_item){
                       CP_ITEM(ERROR),
                       .text = message.n ? message : S("upstream error"),
                       .name = type,
                       .id = code,
                       .sub = claude_trouble(type, message),
                   });
}

/* Text between the tags of a page: what a person would read of it, the first 500 bytes. */
static struct cp_str untag(struct cp_call *call, struct cp_str page)
{
    size_t n = 0, most = page.n < 8192 ? page.n : 8192;
    char *p = host->alloc(call, most + 1);
    int in_tag = 0;

    for (size_t i = 0; p && i < most && n < 500; i++) {
        unsigned char c = (unsigned char)page.p[i];
        if (c == '<')
            in_tag = 1;
        int is_space = c <= ' ' || c == '>';
        if (!in_tag && c < 0x7F && !(is_space && (n == 0 || p[n - 1] == ' ')))
            p[n++] = is_space ? ' ' : (char)c;
        if (c == '>') {
            in_tag = 0;
            if (n && p[n - 1] != ' ')
                p[n++] = ' ';
        }
    }
    while (n && p[n - 1] == ' ')
        n--;
    return (struct cp_str){ p, n };
}

int claude_failure_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct reading r = {
        .call = call, .tape = tape, .is_answer = 1, .message = -1, .block = -1, .part = -1
    };
    size_t at = 0;
    struct cp_str first;

    if (body.n == 0 || json->check(call, body) != CP_OK) {
        struct cp_str text = untag(call, body);
        claude_emit(&r, &(struct cp_item){ CP_ITEM(ERROR),
                                           .text = text.n ? text : S("upstream error"),
                                           .sub = claude_is_too_long(text) ? CP_CONTEXT_TOO_LONG
                                                                           : CP_SERVER });
    } else if (json->kind(body) == '[' && json->each(body, &at, NULL, &first)) {
        claude_error_emit(&r, first);
    } else {
        claude_error_emit(&r, body);
    }
    return r.rc > 0 ? CP_OK : r.rc;
}

/* ---- encode ------------------------------------------------------------------------- */

static const struct {
    uint32_t trouble;
    int status;
    const char *type;
} outs[] = {
    { CP_BAD_REQUEST, 400, "invalid_request_error" },
    { CP_CONTEXT_TOO_LONG, 400, "invalid_request_error" },
    { CP_AUTH, 401, "authentication_error" },
    { CP_BILLING, 402, "billing_error" },
    { CP_FORBIDDEN, 403, "permission_error" },
    { CP_NOT_FOUND, 404, "not_found_error" },
    { CP_CONFLICT, 400, "invalid_request_error" }, /* SDKs would repeat a 409 */
    { CP_TOO_LARGE, 413, "request_too_large" },
    { CP_RATE_LIMIT, 429, "rate_limit_error" },
    { CP_OVERLOADED, 529, "overloaded_error" },
    { CP_TIMEOUT, 504, "timeout_error" },
    { CP_SERVER, 500, "api_error" },
    { CP_POLICY, 400, "invalid_request_error" },
    { CP_STREAM_CUT, 502, "api_error" },
    { CP_CANCELLED, 499, "api_error" },
    { CP_METHOD, 405, "invalid_request_error" },
    { CP_MEDIA_TYPE, 415, "invalid_request_error" },
    { CP_HEADERS_TOO_LARGE, 431, "invalid_request_error" },
};

/* The next whole number of three digits or more at *at ("1,234" is one; "gpt-4" has none). */
static int64_t next_number(struct cp_str s, size_t *at)
{
    for (size_t i = *at; i < s.n; i++) {
        int64_t v = 0;
        size_t digits = 0, k = i;
        char before = i ? s.p[i - 1] : ' ';
        if (s.p[i] < '0' || s.p[i] > '9' || !strchr(" (:=", before))
            continue;
        for (; k < s.n && ((s.p[k] >= '0' && s.p[k] <= '9') || s.p[k] == ','); k++) {
            if (s.p[k] == ',')
                continue;
            v = v * 10 + (s.p[k] - '0');
            if (++digits > 15)
                break;
        }
        i = k;
        if (digits < 3 || digits > 15)
            continue;
        *at = k;
        return v;
    }
    *at = s.n;
    return -1;
}

static struct cp_str too_long(struct cp_call *call, struct cp_str message)
{
    size_t at = 0;

    if (claude_begins(message, "prompt is too long"))
        return message;
    int64_t a = next_number(message, &at), b = next_number(message, &at);
    if (a >= 0 && b >= 0 && a != b)
        return claude_format(call, "prompt is too long: %lld tokens > %lld maximum",
                             (long long)(a > b ? a : b), (long long)(a > b ? b : a));
    return claude_format(call, "prompt is too long: %.*s", (int)message.n,
                         message.n ? message.p : "");
}

static struct cp_str words_of(struct cp_call *call, const struct cp_item *it)
{
    if (it->sub == CP_CONTEXT_TOO_LONG)
        return too_long(call, it->text);
    if (it->text.n)
        return it->text;
    return it->sub == CP_STREAM_CUT ? S("upstream closed the stream early")
                                    : S("upstream error");
}

int claude_error_write(struct cp_call *call, struct cp_out *out, const struct cp_item *it)
{
    size_t i = 0, n = sizeof(outs) / sizeof(outs[0]);

    while (i < n && outs[i].trouble != it->sub)
        i++;
    const char *type = i < n ? outs[i].type : "api_error";
    int status = i < n ? outs[i].status : 500;
    if (it->sub == CP_SERVER && it->num == 502)
        status = 502;
    json->open(out, '{');
    claude_put_text(out, "type", S("error"));
    json->key(out, "error");
    json->open(out, '{');
    claude_put_text(out, "type", (struct cp_str){ type, strlen(type) });
    claude_put_text(out, "message", words_of(call, it));
    json->close(out);
    if (call->trace.n)
        claude_put_text(out, "request_id", call->trace);
    json->close(out);
    return status;
}

int claude_failure_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it = NULL;

    for (size_t i = 0; (it = host->item(tape, i)) && it->kind != CP_ERROR; i++)
        ;
    if (!it)
        return host->fail(call, CP_E_BUG, "a failure without an ERROR");
    return host->set_status(out, claude_error_write(call, out, it));
}
