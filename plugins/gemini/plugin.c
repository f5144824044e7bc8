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
    if (phase == CP_FAILURE)
        return gemini_failure_decode(call, body, tape);
    if (phase == CP_RESPONSE && call->op == CP_CHAT)
        return gemini_answer_decode(call, body, tape);
    return refuse(call);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    (void)instance;
    if (phase == CP_FAILURE)
        return gemini_failure_encode(call, tape, out);
    if (phase == CP_RESPONSE && call->op == CP_CHAT)
        return gemini_answer_encode(call, tape, out);
    return refuse(call);
}

#define ANSWER_KINDS                                                                           \
    (CP_BIT(CP_START) | CP_BIT(CP_MESSAGE) | CP_BIT(CP_TEXT) | CP_BIT(CP_REFUSAL) |            \
     CP_BIT(CP_REASONING) | CP_BIT(CP_STATE) | CP_BIT(CP_MEDIA) | CP_BIT(CP_TOOL_CALL) |       \
     CP_BIT(CP_SERVER_CALL) | CP_BIT(CP_SERVER_RESULT) | CP_BIT(CP_CITE) | CP_BIT(CP_STOP) |   \
     CP_BIT(CP_USAGE) | CP_BIT(CP_ERROR) | CP_BIT(CP_NATIVE) | CP_BIT(CP_AUX) |                \
     CP_BIT(CP_END))

static const struct cp_adapter gemini_adapter = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = ANSWER_KINDS,
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
    .rx_open = gemini_rx_open,
    .rx_frame = gemini_rx_frame,
    .rx_close = gemini_rx_close,
    .tx_open = gemini_tx_open,
    .tx_item = gemini_tx_item,
    .tx_close = gemini_tx_close,
    .classify = gemini_classify,
    .amend = gemini_amend,
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
