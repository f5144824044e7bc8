/* SPDX-License-Identifier: MIT */
/*
 * plugin - Google's Gemini dialect: its doors and its errors.
 *
 * A client of this dialect finds its endpoints and is told in its own form what went wrong.
 * Requests and answers are not read: whoever sends one is told so.
 */
#include "gemini.h"

const struct cp_host *gemini_host;
const struct cp_json *gemini_json;

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT,
      .stream = 2,
      .method = "POST",
      .path = "/v1beta/models/{model}:generateContent" },
    { .op = CP_CHAT,
      .stream = 1,
      .method = "POST",
      .path = "/v1beta/models/{model}:streamGenerateContent" },
    { .op = CP_COUNT_TOKENS,
      .stream = 2,
      .method = "POST",
      .path = "/v1beta/models/{model}:countTokens" },
};

static int refuse(struct cp_call *call)
{
    return H->fail(call, CP_E_UNSUPPORTED, "requests of the gemini dialect are not served");
}

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    const char *path = "/models/{model}:generateContent";

    (void)instance; /* there are no options */
    if (call->op == CP_COUNT_TOKENS)
        path = "/models/{model}:countTokens";
    else if (call->stream)
        path = "/models/{model}:streamGenerateContent";
    /* The results of adding are not looked at: a head that failed stays failed. */
    (void)H->set_path(head, "v1beta", path);
    if (call->op == CP_CHAT && call->stream)
        (void)H->add_query(head, "alt", S("sse"));
    return H->place_key(head, CP_IN_HEADER, "x-goog-api-key", "");
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    (void)instance;
    return phase == CP_FAILURE ? gemini_failure_decode(call, body, tape) : refuse(call);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    (void)instance;
    return phase == CP_FAILURE ? gemini_failure_encode(call, tape, out) : refuse(call);
}

static const struct cp_adapter gemini_adapter = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = CP_BIT(CP_ERROR),
    .ops = CP_BIT(CP_CHAT) | CP_BIT(CP_COUNT_TOKENS),
    .dialect = "gemini",
    .family = "gemini",
    .title = "Google Gemini",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = (uint32_t)sizeof(struct cp_endpoint),
    .target = target,
    .decode = decode,
    .encode = encode,
};

static const struct cp_adapter *const adapters[] = { &gemini_adapter };

static int load(const struct cp_host *host)
{
    gemini_host = host;
    gemini_json = host->service("json", 1);
    if (gemini_json == NULL)
        return host->fail(NULL, CP_E_UNSUPPORTED, "the host has no json service");
    return CP_OK;
}

CP_PLUGIN = {
    CP_PLUGIN_HEAD,
    .name = "gemini",
    .version = "0.1.0",
    .license = "MIT",
    .contact = "https://github.com/claude-proxy",
    .adapters_n = sizeof(adapters) / sizeof(adapters[0]),
    .adapters = adapters,
    .load = load,
};
