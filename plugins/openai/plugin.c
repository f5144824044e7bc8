/* SPDX-License-Identifier: MIT */
/*
 * plugin - OpenAI's dialects: what the host is told, and where each hook goes.
 *
 * `chat` is Chat Completions, the dialect that most other servers speak as well; its options
 * are for them.  `responses` is in responses_plugin.c.
 */
#include "responses.h"

const struct cp_host *openai_host;
const struct cp_json *openai_json;

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/v1/chat/completions" },
    { .op = CP_LIST_MODELS, .stream = 2, .method = "GET", .path = "/v1/models" },
    { .op = CP_GET_MODEL, .stream = 2, .method = "GET", .path = "/v1/models/{model}" },
};

/* Everything this dialect can say or knows how to leave out; a stored item it cannot fetch. */
#define SPEAKS (((CP_BIT(CP_END) << 1) - 2) & ~CP_BIT(CP_REFERENCE))

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    const struct chat_conf *conf = instance;
    const char *path = call->op == CP_LIST_MODELS ? "/models"
                       : call->op == CP_GET_MODEL ? "/models/{model}"
                                                  : "/chat/completions";

    /* The results of adding are not looked at: a head that failed stays failed. */
    (void)H->set_path(head, "v1", path);
    if (conf->api_version.n > 0)
        (void)H->add_query(head, "api-version", conf->api_version);
    if (conf->organization.n > 0)
        (void)H->add_header(head, "OpenAI-Organization", conf->organization);
    if (conf->project.n > 0)
        (void)H->add_header(head, "OpenAI-Project", conf->project);
    if (conf->auth == AUTH_API_KEY)
        return H->place_key(head, CP_IN_HEADER, "api-key", "");
    return H->place_key(head, CP_IN_HEADER, "Authorization", "Bearer ");
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    if (phase == CP_REQUEST)
        return chat_request_decode(call, body, tape);
    if (phase == CP_FAILURE)
        return openai_failure_decode(call, body, tape);
    if (call->op == CP_LIST_MODELS || call->op == CP_GET_MODEL)
        return openai_models_decode(call, body, tape);
    return chat_response_decode(instance, call, body, tape);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    if (phase == CP_REQUEST)
        return chat_request_encode(instance, call, tape, out);
    if (phase == CP_FAILURE)
        return openai_failure_encode(call, tape, out);
    if (call->op == CP_LIST_MODELS || call->op == CP_GET_MODEL)
        return openai_models_encode(call, tape, out);
    return chat_response_encode(call, tape, out);
}

/* opencode and many agents: the first two; x-grok-conv-id: xAI's own.  session_id: OpenRouter's and its kin.  A
 * prompt_cache_key may be common to a whole program, so it comes after what names a conversation (2026-11). */
static const char *const session[] = {
    "header:x-session-id",    "header:x-session-affinity",
    "header:session-id",      "header:session_id",
    "header:conversation_id", "header:x-grok-conv-id",
    "body:session_id",        "body:metadata.session_id",
    "body:prompt_cache_key",  "body:metadata.user_id",
    "first:messages",
};

const struct cp_adapter chat_adapter = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = SPEAKS,
    .ops = CP_BIT(CP_CHAT) | CP_BIT(CP_LIST_MODELS) | CP_BIT(CP_GET_MODEL),
    .dialect = OPENAI_CHAT,
    .family = "chat",
    .title = "OpenAI Chat Completions",
    .keepalive = ": keepalive\n\n",
    .request_id_header = "x-request-id",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = (uint32_t)sizeof(struct cp_endpoint),
    .options = chat_conf_options,
    .options_n = CONF_OPTIONS_N,
    .option_size = (uint32_t)sizeof(struct cp_option),
    .configure = chat_conf_read,
    .forget = chat_conf_forget,
    .target = target,
    .decode = decode,
    .encode = encode,
    .rx_open = chat_rx_open,
    .rx_frame = chat_rx_frame,
    .rx_close = chat_rx_close,
    .tx_open = chat_tx_open,
    .tx_item = chat_tx_item,
    .tx_close = chat_tx_close,
    .classify = openai_verdict_correct,
    .amend = chat_amend,
    .flags = CP_FORGETS_STATE | CP_COUNTS_LATE,
    .reads = "gemini", /* Google's own door to it takes thought signatures in extra_content */
    .session = session,
    .session_n = sizeof(session) / sizeof(session[0]),
};

static const struct cp_adapter *const adapters[] = { &chat_adapter, &responses_adapter };

static int load(const struct cp_host *host)
{
    openai_host = host;
    openai_json = host->service("json", 1);
    if (openai_json == NULL)
        return host->fail(NULL, CP_E_UNSUPPORTED, "the host has no json service");
    return CP_OK;
}

CP_PLUGIN = {
    CP_PLUGIN_HEAD,
    .name = "openai",
    .version = OPENAI_VERSION,
    .license = "MIT",
    .contact = "https://github.com/claude-proxy",
    .adapters_n = sizeof(adapters) / sizeof(adapters[0]),
    .adapters = adapters,
    .load = load,
};
