/* SPDX-License-Identifier: MIT */
/*
 * errors - error bodies of OpenAI's dialects, read liberally and written by the book.
 *
 *     {"error":{"message","type","param","code"}}      OpenAI
 *     {"error":"text"}   {"message":"text"}   {"detail":"text" or [{"msg"}]}   [{"error":{..}}]
 *     {"object":"error","message","type","code":400}   vLLM
 *     <html>..</html>, plain text                      whatever stands between
 *
 * The text stays the upstream's; what kind of trouble it is comes from code and type, then
 * from words that are known to appear in the text.
 */
#include "chat.h"

#include <string.h>

enum { TEXT_MOST = 500 };

static const struct {
    const char *word; /* a code or a type */
    uint32_t sub;
} codes[] = {
    { "context_length_exceeded", CP_CONTEXT_TOO_LONG },
    { "string_above_max_length", CP_CONTEXT_TOO_LONG },
    { "insufficient_quota", CP_BILLING },
    { "billing_hard_limit_reached", CP_BILLING },
    { "billing_not_active", CP_BILLING },
    { "credit_balance_exhausted", CP_BILLING },
    { "invalid_api_key", CP_AUTH },
    { "account_deactivated", CP_AUTH },
    { "authentication_error", CP_AUTH },
    { "unsupported_country_region_territory", CP_FORBIDDEN },
    { "permission_error", CP_FORBIDDEN },
    { "permission_denied", CP_FORBIDDEN },
    { "model_not_found", CP_NOT_FOUND },
    { "not_found_error", CP_NOT_FOUND },
    { "conflict", CP_CONFLICT },
    { "rate_limit_exceeded", CP_RATE_LIMIT },
    { "rate_limit_error", CP_RATE_LIMIT },
    { "requests", CP_RATE_LIMIT },
    { "tokens", CP_RATE_LIMIT },
    { "server_is_overloaded", CP_OVERLOADED },
    { "slow_down", CP_OVERLOADED },
    { "overloaded_error", CP_OVERLOADED },
    { "service_unavailable_error", CP_OVERLOADED },
    { "timeout", CP_TIMEOUT },
    { "timeout_error", CP_TIMEOUT },
    { "content_policy_violation", CP_POLICY },
    { "content_filter", CP_POLICY },
    { "invalid_prompt", CP_POLICY },
    { "server_error", CP_SERVER },
    { "api_error", CP_SERVER },
    { "internal_server_error", CP_SERVER },
    { "invalid_request_error", CP_BAD_REQUEST },
    { "BadRequestError", CP_BAD_REQUEST },
    { "400", CP_BAD_REQUEST },
    { "401", CP_AUTH },
    { "402", CP_BILLING },
    { "403", CP_FORBIDDEN },
    { "404", CP_NOT_FOUND },
    { "408", CP_TIMEOUT },
    { "413", CP_TOO_LARGE },
    { "429", CP_RATE_LIMIT },
    { "500", CP_SERVER },
    { "502", CP_SERVER },
    { "503", CP_OVERLOADED },
    { "504", CP_TIMEOUT },
    { "529", CP_OVERLOADED },
};

static const struct {
    const char *words;
    uint32_t sub;
} sayings[] = {
    { "maximum context length", CP_CONTEXT_TOO_LONG },
    { "context window", CP_CONTEXT_TOO_LONG },
    { "prompt is too long", CP_CONTEXT_TOO_LONG },
    { "exceeds the maximum number of tokens", CP_CONTEXT_TOO_LONG },
    { "exceeds the model's max", CP_CONTEXT_TOO_LONG },
    { "insufficient balance", CP_BILLING },
    { "exceeded your current quota", CP_BILLING },
    { "credit balance is too low", CP_BILLING },
    { "insufficient credits", CP_BILLING },
    { "api key not valid", CP_AUTH },
    { "incorrect api key", CP_AUTH },
    { "content management policy", CP_POLICY },
    { "rate limit reached", CP_RATE_LIMIT },
    { "too many requests", CP_RATE_LIMIT },
    { "overloaded", CP_OVERLOADED },
};

static uint32_t by_word(struct cp_str word)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (openai_text_is(word, codes[i].word))
            return codes[i].sub;
    return 0;
}

static uint32_t by_saying(struct cp_str message)
{
    message.n = message.n > 4096 ? 4096 : message.n;
    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
        if (openai_text_find(message, sayings[i].words) != 0)
            return sayings[i].sub;
    return 0;
}

/* The code is precise, the text is next, the type and a bare status are coarse. */
static uint32_t recognise(struct trouble *t)
{
    uint32_t coded = by_word(t->code), typed = by_word(t->type), said = by_saying(t->message);
    int is_status = t->code.n == 3 && t->code.p[0] >= '0' && t->code.p[0] <= '9';

    t->is_said = 0;
    if (coded != 0 && coded != CP_BAD_REQUEST && coded != CP_SERVER && !is_status)
        return coded;
    if (typed == CP_BILLING)
        return typed;
    t->is_said = said != 0;
    if (said != 0)
        return said;
    if (typed != 0 && typed != CP_BAD_REQUEST && typed != CP_SERVER)
        return typed;
    return coded != 0 ? coded : typed;
}

/* A string, or a number as it is spelled. */
static struct cp_str word_of(struct cp_call *call, struct cp_str object, const char *key)
{
    struct cp_str v = J->get(object, key);

    if (J->kind(v) == '"')
        return J->text(call, v);
    return J->kind(v) == '0' ? v : (struct cp_str){ NULL, 0 };
}

void openai_trouble_from_error(struct cp_call *call, struct cp_str error, struct trouble *t)
{
    struct cp_str inner;

    t->message = openai_json_string(call, error, "message");
    t->type = word_of(call, error, "type");
    t->code = word_of(call, error, "code");
    t->param = openai_json_string(call, error, "param");
    t->sub = recognise(t);
    inner = J->get(error, "innererror"); /* Azure's content filter */
    if (J->kind(inner) == '{' && !openai_json_null(J->get(inner, "content_filter_result")))
        t->sub = CP_POLICY;
}

static struct cp_str detail_text(struct cp_call *call, struct cp_str detail)
{
    struct cp_str one, text = { NULL, 0 };
    size_t at = 0;

    if (J->kind(detail) == '"')
        return J->text(call, detail);
    if (J->kind(detail) == '[' && J->each(detail, &at, NULL, &one))
        text = openai_json_string(call, one, "msg");
    return text;
}

static int read_json(struct cp_call *call, struct cp_str body, struct trouble *t)
{
    struct cp_str error, first;
    size_t at = 0;

    if (J->kind(body) == '[' && J->each(body, &at, NULL, &first))
        body = first;
    if (J->kind(body) != '{')
        return 0;
    error = J->get(body, "error");
    if (openai_json_null(error) && J->kind(J->get(body, "errors")) == '[') {
        at = 0;
        if (J->each(J->get(body, "errors"), &at, NULL, &first))
            error = first;
    }
    if (J->kind(error) == '{') {
        openai_trouble_from_error(call, error, t);
        return 1;
    }
    openai_trouble_from_error(call, body, t);
    if (J->kind(error) == '"')
        t->message = J->text(call, error);
    if (t->message.n == 0)
        t->message = detail_text(call, J->get(body, "detail"));
    t->sub = recognise(t);
    return t->message.n > 0;
}

/* The first bytes of a text, without tags, on one line, cut at a character. */
static struct cp_str plain_text(struct cp_call *call, struct cp_str body)
{
    char *p = H->alloc(call, TEXT_MOST + 4);
    size_t n = 0;
    int in_tag = 0;

    if (p == NULL)
        return S("");
    for (size_t i = 0; i < body.n && n < TEXT_MOST; i++) {
        char c = body.p[i];
        int is_space = (unsigned char)c <= ' ';
        if (c == '<' || c == '>') {
            in_tag = c == '<';
            is_space = 1;
        } else if (in_tag) {
            continue;
        }
        if (is_space && (n == 0 || p[n - 1] == ' '))
            continue;
        p[n++] = is_space ? ' ' : c;
    }
    while (n > 0 && ((unsigned char)p[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && (unsigned char)p[n - 1] >= 0xC0)
        n--;
    return openai_text_trim((struct cp_str){ p, n });
}

int openai_trouble_read(struct cp_call *call, struct cp_str body, struct trouble *t)
{
    memset(t, 0, sizeof(*t));
    body = openai_text_trim(body);
    if (body.n > 0 && (body.p[0] == '{' || body.p[0] == '[') && J->check(call, body) == CP_OK)
        return read_json(call, body, t);
    t->message = plain_text(call, body);
    t->sub = by_saying(t->message);
    return t->message.n > 0;
}

/* Many servers put the HTTP status into code; it is none. */
static int64_t status_in(struct cp_str code)
{
    int64_t n = 0;

    if (code.n != 3)
        return 0;
    for (size_t i = 0; i < 3; i++)
        n = code.p[i] >= '0' && code.p[i] <= '9' ? n * 10 + (code.p[i] - '0') : 1000;
    return n >= 400 && n <= 599 ? n : 0;
}

void openai_trouble_emit(struct chat_in *d, const struct trouble *t)
{
    struct cp_item it = { CP_ITEM(ERROR), .sub = t->sub, .num = status_in(t->code) };

    if (it.sub == 0)
        it.sub = CP_SERVER;
    it.text = t->message.n > 0 ? t->message : S("the upstream failed without a word");
    it.name = t->type;
    it.meta = t->param;
    if (it.num == 0)
        it.id = t->code;
    chat_in_emit(d, &it);
}

int openai_failure_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape, .body = body };
    struct trouble t;

    (void)openai_trouble_read(call, body, &t); /* nothing recognised is an error, too */
    openai_trouble_emit(&d, &t);
    return chat_in_done(&d);
}

/* ---- writing ----------------------------------------------------------------------------- */

static const struct {
    uint32_t sub;
    int status;
    const char *type, *code; /* code NULL: null */
} answers[] = {
    { CP_BAD_REQUEST, 400, "invalid_request_error", NULL },
    { CP_CONTEXT_TOO_LONG, 400, "invalid_request_error", "context_length_exceeded" },
    { CP_AUTH, 401, "invalid_request_error", "invalid_api_key" },
    { CP_BILLING, 429, "insufficient_quota", "insufficient_quota" },
    { CP_FORBIDDEN, 403, "permission_error", NULL },
    { CP_NOT_FOUND, 404, "invalid_request_error", "model_not_found" },
    { CP_CONFLICT, 409, "conflict", NULL },
    { CP_TOO_LARGE, 413, "invalid_request_error", NULL },
    { CP_RATE_LIMIT, 429, "rate_limit_error", "rate_limit_exceeded" },
    { CP_OVERLOADED, 503, "service_unavailable_error", "server_is_overloaded" },
    { CP_TIMEOUT, 504, "server_error", "timeout" },
    { CP_SERVER, 500, "server_error", NULL },
    { CP_POLICY, 400, "invalid_request_error", "content_policy_violation" },
    { CP_STREAM_CUT, 502, "server_error", NULL },
    { CP_CANCELLED, 499, "server_error", NULL },
    { CP_METHOD, 405, "invalid_request_error", "method_not_supported" },
    { CP_MEDIA_TYPE, 415, "invalid_request_error", "unsupported_media_type" },
    { CP_HEADERS_TOO_LARGE, 431, "invalid_request_error", "headers_too_large" },
};

static size_t answer_of(uint32_t sub)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (answers[i].sub == sub)
            return i;
    return answer_of(CP_SERVER);
}

/* A code in the style of this dialect; RESOURCE_EXHAUSTED means nothing to its clients. */
static int is_our_code(struct cp_str code)
{
    if (code.n == 0 || code.n > 64 || code.p[0] < 'a' || code.p[0] > 'z')
        return 0;
    for (size_t i = 0; i < code.n; i++)
        if (!(code.p[i] >= 'a' && code.p[i] <= 'z') && code.p[i] != '_' &&
            !(code.p[i] >= '0' && code.p[i] <= '9'))
            return 0;
    return 1;
}

/* Troubles whose code programs look for: ours is said, whatever the upstream called it. */
static int is_code_fixed(uint32_t sub)
{
    return sub == CP_CONTEXT_TOO_LONG || sub == CP_BILLING || sub == CP_AUTH ||
           sub == CP_RATE_LIMIT || sub == CP_OVERLOADED;
}

static void error_write(struct cp_out *out, const struct cp_item *error, int64_t resets_at)
{
    size_t i = answer_of(error->sub);
    struct cp_str type = { answers[i].type, strlen(answers[i].type) };
    struct cp_str code = { answers[i].code,
                           answers[i].code == NULL ? 0 : strlen(answers[i].code) };

    /* OpenAI itself tells rate limits apart by what was used up. */
    if (error->sub == CP_RATE_LIMIT &&
        (openai_text_is(error->name, "requests") || openai_text_is(error->name, "tokens")))
        type = error->name;
    /* Codex gives up at this type alone, and tries again after all others of a 429.
     * source: codex-rs/codex-api, as of 2026-08 */
    if (error->sub == CP_BILLING && openai_text_is(error->name, "usage_limit_reached"))
        type = error->name;
    if (is_our_code(error->id) &&
        (!is_code_fixed(error->sub) || by_word(error->id) == error->sub))
        code = error->id;
    else if (error->id.p != NULL && error->id.n == 0) /* it has none, and says so */
        code = (struct cp_str){ NULL, 0 };
    (void)J->open(out, '{'); /* an out remembers its failure; so everywhere here */
    (void)J->key(out, "error");
    (void)J->open(out, '{');
    (void)J->key(out, "message");
    (void)J->string(out, error->text.p == NULL ? S("") : error->text);
    (void)J->key(out, "type");
    (void)J->string(out, type);
    (void)J->key(out, "param");
    (void)J->string(out, error->meta.n > 0 ? error->meta : (struct cp_str){ NULL, 0 });
    (void)J->key(out, "code");
    (void)J->string(out, code);
    if (resets_at > 0) {
        (void)J->key(out, "resets_at");
        (void)J->number(out, resets_at);
    }
    (void)J->close(out);
    (void)J->close(out);
}

void openai_error_encode(struct cp_out *out, const struct cp_item *error)
{
    error_write(out, error, 0);
}

/* When the client's own budget begins anew, in seconds since 1970: Codex tells it where the error is of the type above. */
static int64_t resets_at_of(struct cp_call *call, const struct cp_item *error)
{
    struct cp_str s = { NULL, 0 };
    int64_t at = 0;

    if (error->sub == CP_BILLING)
        s = H->get_header(call, CP_RESPONSE, "x-budget-reset");
    for (size_t i = 0; i < s.n && s.n <= 12; i++)
        at = s.p[i] >= '0' && s.p[i] <= '9' ? at * 10 + (s.p[i] - '0') : 0;
    return at;
}

int openai_failure_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it;

    for (size_t i = 0; (it = H->item(tape, i)) != NULL; i++) {
        if (it->kind != CP_ERROR)
            continue;
        error_write(out, it, resets_at_of(call, it));
        /* 502 says more than 500: the failure was behind the gateway. */
        if (it->sub == CP_SERVER && it->num == 502)
            return H->set_status(out, 502);
        return H->set_status(out, answers[answer_of(it->sub)].status);
    }
    return H->fail(call, CP_E_BUG, "a failure without an error");
}
