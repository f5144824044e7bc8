/* SPDX-License-Identifier: MIT */
/*
 * verdict_words - what an error says in words or codes that its HTTP status does not.
 *
 * Relays answer 400 for an empty purse, 403 for the same, 500 for a word they do not like, 503 for a model they do not
 * have.  So what all of them are known to say is looked for here, whatever dialect the channel speaks; the adapter's
 * classify() then knows the words of its own service better.
 *
 * Two rules keep this from blaming keys for clients' mistakes, which is what a list of words does when it is too
 * short: a mistake of the request is looked for first and is final, and no entry is a single common word ("token",
 * "invalid", "exceeded" are in half of all complaints about a request).
 *
 * sources: new-api and one-api (relay errors as reported in their issues 667, 1737, 6306, 7448; 2024-2026), OpenRouter,
 * LiteLLM, DashScope, DeepSeek, Moonshot, Zhipu and Azure error pages, all as of 2026-08
 */
#include "plugin/verdict_words.h"

#include "base/str.h"
#include "plugin/verdict_body.h"
#include "json/slice.h"

/* Statuses an entry is for.  ODD: 400, 422 and what else of 4xx has no meaning here. */
enum {
    ODD = 1,
    S401 = 2,
    S403 = 4,
    S404 = 8,
    S429 = 16,
    S5XX = 32,
    OTHER = 64, /* 402, 413, ... */
    KEYISH = S401 | S403,
    REFUSED = ODD | S401 | S403 | S404,
    ANY = 127,
};

enum saying {
    POLICY = 1, /* what was asked is not wanted: the same anywhere */
    TOO_LONG,   /* of the context */
    MISTAKE,    /* the request is wrong */
    TOO_BIG_NOW, /* one request above the key's budget of a minute: no waiting helps, another key may */
    REVOKED,  /* the key */
    NO_RIGHT, /* the key may not use this model */
    UNPAID,   /* the account: someone must pay */
    QUOTA,    /* a budget is used up, and comes back or is topped up */
    RATE,
    NO_MODEL, /* the service does not have it, or nobody who does */
    BUSY,
    PLACE, /* where we come from is not served */
    SEALED, /* what the request brings along was sealed by another account: its own can open it */
    PASSES,
};

static const struct {
    enum saying saying;
    uint32_t fault, cure, trouble, disable_key, for_model;
} meanings[] = {
    { POLICY, CP_BY_CLIENT, CP_NEVER, CP_POLICY, 0, 0 },
    { TOO_LONG, CP_BY_CLIENT, CP_NEVER, CP_CONTEXT_TOO_LONG, 0, 0 },
    { MISTAKE, CP_BY_CLIENT, CP_NEVER, CP_BAD_REQUEST, 0, 0 },
    { TOO_BIG_NOW, CP_BY_KEY, CP_ELSEWHERE, CP_RATE_LIMIT, 0, 1 },
    { REVOKED, CP_BY_KEY, CP_ELSEWHERE, CP_AUTH, 1, 0 },
    { NO_RIGHT, CP_BY_KEY, CP_ELSEWHERE, CP_FORBIDDEN, 0, 1 },
    { UNPAID, CP_BY_KEY, CP_ELSEWHERE, CP_BILLING, 1, 0 },
    { QUOTA, CP_BY_KEY, CP_ELSEWHERE, CP_BILLING, 0, 0 },
    { RATE, CP_BY_KEY, CP_LATER, CP_RATE_LIMIT, 0, 0 },
    { NO_MODEL, CP_BY_MODEL, CP_ELSEWHERE, CP_NOT_FOUND, 0, 0 },
    { BUSY, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_OVERLOADED, 0, 0 },
    { PLACE, CP_BY_UPSTREAM, CP_ELSEWHERE, CP_FORBIDDEN, 0, 0 },
    { SEALED, CP_BY_KEY, CP_ELSEWHERE, CP_BAD_REQUEST, 0, 0 },
};

/* ---- codes: error.code or error.type, case ignored --------------------------------------------- */

static const struct {
    const char *word;
    enum saying saying;
    uint32_t where;
} codes[] = {
    { "sensitive_words_detected", POLICY, ANY },
    { "content_policy_violation", POLICY, ANY },
    { "content_filter", POLICY, ANY },
    { "content_blocked", POLICY, ANY },
    { "moderation_blocked", POLICY, ANY },
    { "responsibleaipolicyviolation", POLICY, ANY },
    { "data_inspection_failed", POLICY, ANY },
    { "datainspectionfailed", POLICY, ANY },
    { "invalid_prompt", POLICY, ANY },
    { "bio_policy", POLICY, ANY },
    { "cyber_policy", POLICY, ANY },
    { "context_length_exceeded", TOO_LONG, ANY },
    { "invalid_api_key", REVOKED, REFUSED },
    { "invalidapikey", REVOKED, REFUSED },
    { "account_deactivated", REVOKED, ANY },
    { "channel:invalid_key", REVOKED, ANY },
    { "insufficient_quota", UNPAID, ANY },
    { "billing_hard_limit_reached", UNPAID, ANY },
    { "billing_not_active", UNPAID, ANY },
    { "credit_balance_exhausted", UNPAID, ANY },
    { "arrearage", UNPAID, ANY },
    { "insufficient_balance", UNPAID, ANY },
    { "exceeded_current_quota_error", UNPAID, ANY },
    { "insufficient_user_quota", QUOTA, ANY },
    { "pre_consume_token_quota_failed", QUOTA, ANY },
    { "quota_exceeded", QUOTA, ANY },
    { "quota_not_enough", QUOTA, ANY },
    { "over_quota", QUOTA, ANY },
    { "usage_limit_reached", RATE, ANY },
    { "rate_limit_reached_error", RATE, ANY },
    { "model_not_found", NO_MODEL, ANY },
    { "modelnotfound", NO_MODEL, ANY },
    { "deploymentnotfound", NO_MODEL, ANY },
    { "model_not_supported", NO_MODEL, ANY },
    { "get_channel_failed", NO_MODEL, ANY },
    { "engine_overloaded_error", BUSY, ANY },
    { "server_is_overloaded", BUSY, ANY },
    { "unsupported_country_region_territory", PLACE, ANY },
    { "invalid_encrypted_content", SEALED, ODD }, /* openai/codex issue 8145, 2025-12 */
};

/* ---- words, in the order in which they count ---------------------------------------------------- */

static const struct {
    const char *words;
    enum saying saying;
    uint32_t where;
} sayings[] = {
    /* the request's own mistakes; they are final, so each is unmistakable */
    { "prompt is too long", TOO_LONG, ODD | OTHER | S5XX },
    { "maximum context length", TOO_LONG, ODD | OTHER | S5XX },
    { "exceed context limit", TOO_LONG, ODD | OTHER | S5XX },
    { "exceeds the context window", TOO_LONG, ODD | OTHER | S5XX },
    { "exceeds the maximum number of tokens", TOO_LONG, ODD | OTHER | S5XX },
    { "input is too long for requested model", TOO_LONG, ODD | OTHER | S5XX },
    { "range of input length should be", TOO_LONG, ODD | OTHER },
    { "超过模型最大上下文", TOO_LONG, ODD | OTHER | S5XX },
    { "上下文长度", TOO_LONG, ODD | OTHER },
    { "content management policy", POLICY, ODD | S5XX },
    { "data may contain inappropriate content", POLICY, ODD },
    { "敏感词", POLICY, ANY },
    { "requires more credits", QUOTA, ANY },
    { "invalid value", MISTAKE, ODD },
    { "invalid type", MISTAKE, ODD },
    { "missing required", MISTAKE, ODD },
    { "extra inputs are not permitted", MISTAKE, ODD },
    { "unrecognized request argument", MISTAKE, ODD },
    { "unknown parameter", MISTAKE, ODD },
    { "unsupported parameter", MISTAKE, ODD },
    { "max_tokens", MISTAKE, ODD },
    { "max_completion_tokens", MISTAKE, ODD },
    { "^messages", MISTAKE, ODD },
    { "^tools", MISTAKE, ODD },
    { "^contents", MISTAKE, ODD },
    { "^input", MISTAKE, ODD },
    /* one too big for the budget */
    { "request too large for ", TOO_BIG_NOW, S429 | OTHER },
    /* which model a key may use */
    { "does not have access to model", NO_RIGHT, ANY },
    { "does not have access to the model", NO_RIGHT, ANY },
    { "not have access to this model", NO_RIGHT, ANY },
    { "not allowed to access model", NO_RIGHT, ANY },
    { "access to the requested model", NO_RIGHT, KEYISH | S404 },
    { "无权访问模型", NO_RIGHT, ANY },
    { "无权使用模型", NO_RIGHT, ANY },
    { "无权限使用模型", NO_RIGHT, ANY },
    /* nobody there who serves the model */
    { "^model:", NO_MODEL, ODD | S404 },
    { "no available channel", NO_MODEL, ANY },
    { "无可用渠道", NO_MODEL, ANY },
    { "模型不存在", NO_MODEL, ANY },
    { "不支持的模型", NO_MODEL, ANY },
    { "model not exist", NO_MODEL, REFUSED },
    { "model does not exist", NO_MODEL, REFUSED },
    { "model not found", NO_MODEL, REFUSED },
    { "unknown model", NO_MODEL, REFUSED },
    { "no such model", NO_MODEL, REFUSED },
    { "is not a valid model", NO_MODEL, REFUSED },
    { "invalid model name passed", NO_MODEL, REFUSED },
    { "no endpoints found", NO_MODEL, REFUSED },
    { "model is not supported", NO_MODEL, REFUSED },
    /* keys */
    { "invalid api key", REVOKED, REFUSED },
    { "invalid api-key", REVOKED, REFUSED },
    { "invalid apikey", REVOKED, REFUSED },
    { "invalid x-api-key", REVOKED, REFUSED },
    { "incorrect api key", REVOKED, REFUSED },
    { "api key not valid", REVOKED, REFUSED },
    { "api key is invalid", REVOKED, REFUSED },
    { "api key expired", REVOKED, REFUSED },
    { "api key has expired", REVOKED, REFUSED },
    { "api key has been revoked", REVOKED, REFUSED },
    { "api key has been disabled", REVOKED, REFUSED },
    { "api key is disabled", REVOKED, REFUSED },
    { "reported as leaked", REVOKED, REFUSED },
    { "authentication fails", REVOKED, S401 },
    { "has been revoked", REVOKED, KEYISH },
    { "has expired", REVOKED, S401 },
    { "token expired", REVOKED, S401 },
    { "token is expired", REVOKED, S401 },
    { "invalid token", REVOKED, KEYISH },
    { "invalid bearer token", REVOKED, KEYISH },
    { "invalid credentials", REVOKED, S401 },
    { "invalid authentication", REVOKED, S401 },
    { "no auth credentials found", REVOKED, S401 },
    { "user not found", REVOKED, S401 },
    { "organization has been disabled", REVOKED, REFUSED },
    { "account has been deactivated", REVOKED, ANY },
    { "account has been disabled", REVOKED, REFUSED },
    { "account is not active", UNPAID, ANY },
    { "无效的令牌", REVOKED, ANY },
    { "令牌已过期", REVOKED, ANY },
    { "令牌状态不可用", REVOKED, ANY },
    { "密钥无效", REVOKED, ANY },
    { "无效的密钥", REVOKED, ANY },
    { "认证失败", REVOKED, REFUSED },
    { "用户已被封禁", REVOKED, ANY },
    /* budgets that fill again by themselves */
    { "usage limit reached", RATE, ANY },
    { "usage limit has been reached", RATE, ANY },
    { "使用上限", RATE, ANY },
    /* money */
    { "credit balance is too low", UNPAID, ANY },
    { "insufficient balance", UNPAID, ANY },
    { "insufficient account balance", UNPAID, ANY },
    { "insufficient credit", UNPAID, ANY },
    { "insufficient funds", UNPAID, ANY },
    { "insufficient quota", UNPAID, ANY },
    { "insufficient_quota", UNPAID, ANY },
    { "not enough credit", UNPAID, ANY },
    { "out of credits", UNPAID, ANY },
    { "account is in good standing", UNPAID, ANY },
    { "billing hard limit", UNPAID, ANY },
    { "余额不足", UNPAID, ANY },
    { "积分不足", UNPAID, ANY },
    { "欠费", UNPAID, ANY },
    { "预扣费", QUOTA, ANY },
    { "pre-consumed quota failed", QUOTA, ANY },
    { "quota is not enough", QUOTA, ANY },
    { "额度不足", QUOTA, ANY },
    { "额度已用", QUOTA, ANY },
    { "额度耗尽", QUOTA, ANY },
    { "reached your specified api usage limits", QUOTA, ANY },
    { "monthly spend limit", QUOTA, ANY },
    { "spending limit", QUOTA, ANY },
    /* it has too much to do */
    { "负载已饱和", BUSY, ANY },
    { "服务器繁忙", BUSY, ANY },
    { "system is too busy", BUSY, ANY },
    { "server is busy", BUSY, ANY },
    { "engine is currently overloaded", BUSY, ANY },
    { "is overloaded", BUSY, ANY },
    { "is currently overloaded", BUSY, ANY },
    /* too fast */
    { "rate limit", RATE, ODD | KEYISH },
    { "too many requests", RATE, ODD | KEYISH },
    { "请求过于频繁", RATE, ODD | KEYISH },
    { "请求数限制", RATE, ODD | KEYISH },
    { "并发数", RATE, ODD | KEYISH },
    /* where we are */
    { "country, region, or territory not supported", PLACE, ANY },
    { "location is not supported", PLACE, ANY },
    { "not available in your region", PLACE, REFUSED },
    { "not available in your country", PLACE, REFUSED },
};

/* ---- judging ------------------------------------------------------------------------------------ */

static uint32_t where_of(int status)
{
    switch (status) {
    case 401:
        return S401;
    case 402:
    case 413:
        return OTHER;
    case 403:
        return S403;
    case 404:
        return S404;
    case 429:
        return S429;
    default:
        return status >= 500 ? S5XX : status >= 400 ? ODD : OTHER;
    }
}

static enum saying by_code(struct cp_str code, uint32_t where)
{
    for (size_t i = 0; code.n && i < sizeof(codes) / sizeof(*codes); i++)
        if ((codes[i].where & where) && str_is_nocase(code, codes[i].word))
            return codes[i].saying;
    return 0;
}

/*
 * "^" is the beginning of the first message.  What costs a key its place is not taken from quotes: there stands what
 * the client sent, and a model named "invalid api key" must not take a key out.
 */
static bool has_words(const struct verdict_body *b, const char *words, enum saying saying)
{
    bool is_key = saying == REVOKED || saying == UNPAID || saying == QUOTA || saying == RATE;
    if (*words == '^')
        return str_begins(b->text, words + 1);
    return str_find(is_key ? b->bare : b->text, str_of(words)) >= 0;
}

static enum saying by_words(const struct verdict_body *b, uint32_t where)
{
    for (size_t i = 0; b->text.n && i < sizeof(sayings) / sizeof(*sayings); i++)
        if ((sayings[i].where & where) && has_words(b, sayings[i].words, sayings[i].saying))
            return sayings[i].saying;
    return 0;
}

/* A code that only says "your mistake" counts where no words say otherwise: also with a 500. */
static enum saying by_plain_code(struct cp_str code)
{
    bool is_mistake = str_is_nocase(code, "invalid_request") ||
                      str_is_nocase(code, "invalid_request_error") ||
                      str_is_nocase(code, "bad_request");
    return is_mistake ? MISTAKE : 0;
}

/*
 * A page is nobody's API: a firewall, a parked domain, a proxy without its server.  What is too large for it is too
 * large, and what it has not got is a wrong address and no missing model.
 */
static enum saying by_page(int status)
{
    return status >= 400 && status < 500 && status != 413 && status != 414 && status != 431
               ? PASSES
               : 0;
}

/* Google says so of every limit, and sends the reader to its billing page. */
static bool is_google_limit(int status, const struct verdict_body *b)
{
    return status == 429 && (verdict_body_has(b, "quota exceeded for metric") ||
                             verdict_body_has(b, "ai.google.dev") ||
                             json_is(json_get(b->error, "status"), "RESOURCE_EXHAUSTED"));
}

static enum saying judge(int status, const struct verdict_body *b)
{
    uint32_t where = where_of(status);
    if (b->is_page || (status == 403 && verdict_body_has(b, "error code: 10")))
        return by_page(status);
    enum saying saying = by_code(b->code, where);
    if (!saying)
        saying = by_code(b->type, where);
    /* OpenAI says model_not_found of a model that only this key has not got. */
    if (!saying || saying == NO_MODEL) {
        enum saying said = by_words(b, where);
        saying = !saying || said == NO_RIGHT ? said : saying;
    }
    if (!saying && str_find(b->bare, STR("exceeded your current quota")) >= 0 &&
        !is_google_limit(status, b))
        saying = UNPAID;
    return saying ? saying : by_plain_code(b->code);
}

bool verdict_words_judge(int status, const struct verdict_body *b, struct cp_verdict *v)
{
    enum saying saying = status < 400 ? 0 : judge(status, b);
    if (saying == PASSES) {
        v->fault = CP_BY_UPSTREAM;
        v->cure = CP_ELSEWHERE;
        v->trouble = status == 429 ? CP_RATE_LIMIT : CP_SERVER;
        v->disable_key = 0;
        return true;
    }
    for (size_t i = 0; saying && i < sizeof(meanings) / sizeof(*meanings); i++) {
        if (meanings[i].saying != saying)
            continue;
        v->fault = meanings[i].fault;
        v->cure = meanings[i].cure;
        v->trouble = meanings[i].trouble;
        v->disable_key = meanings[i].disable_key;
        v->for_model = meanings[i].for_model;
    }
    return saying != 0;
}
