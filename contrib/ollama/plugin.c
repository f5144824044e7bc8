/* SPDX-License-Identifier: MIT */
/*
 * plugin - what the gateway is told of this dialect, and where each hook goes.
 *
 *     POST /api/chat      a conversation; the answer whole, or as lines
 *     GET  /api/tags      the models
 *
 * Both as an upstream and for clients that speak to an Ollama.
 */
#include "ollama.h"

const struct cp_host *ollama_host;
const struct cp_json *ollama_json;

/* All that can be said, or left out with a note; an item that lies at another service it cannot fetch. */
#define SPEAKS (((CP_BIT(CP_END) << 1) - 2) & ~CP_BIT(CP_REFERENCE))

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/api/chat", .framing = CP_LINES },
    { .op = CP_LIST_MODELS, .stream = 2, .method = "GET", .path = "/api/tags" },
};

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    (void)instance;
    (void)H->set_path(head, "api", call->op == CP_LIST_MODELS ? "/tags" : "/chat");
    /* ollama.com and proxies want a key; a server at home does not look at it. */
    return H->place_key(head, CP_IN_HEADER, "Authorization", "Bearer ");
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    (void)instance;
    if (phase == CP_REQUEST)
        return request_decode(call, body, tape);
    if (phase == CP_FAILURE)
        return failure_decode(call, body, tape);
    return call->op == CP_LIST_MODELS ? models_decode(call, body, tape)
                                      : answer_decode(call, body, tape);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    if (phase == CP_FAILURE)
        return failure_encode(call, tape, out);
    if (phase == CP_REQUEST) /* a GET has no body */
        return call->op == CP_LIST_MODELS ? CP_OK : request_encode(instance, call, tape, out);
    return call->op == CP_LIST_MODELS ? models_encode(call, tape, out)
                                      : answer_encode(call, tape, out);
}

static const char *const session[] = { "header:x-session-id", "first:messages" };

static const struct cp_adapter adapter = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_LINES,
    .speaks = SPEAKS,
    .ops = CP_BIT(CP_CHAT) | CP_BIT(CP_LIST_MODELS),
    .dialect = DIALECT,
    .family = "ollama",
    .title = "Ollama",
    .endpoints = endpoints,
    .endpoints_n = COUNT(endpoints),
    .endpoint_size = (uint32_t)sizeof(struct cp_endpoint),
    .options = conf_options,
    .options_n = OPTIONS_N,
    .option_size = (uint32_t)sizeof(struct cp_option),
    .configure = conf_read,
    .forget = conf_forget,
    .target = target,
    .decode = decode,
    .encode = encode,
    .rx_open = rx_open,
    .rx_frame = rx_frame,
    .rx_close = rx_close,
    .tx_open = tx_open,
    .tx_item = tx_item,
    .tx_close = tx_close,
    .classify = verdict_correct,
    .session = session,
    .session_n = COUNT(session),
};
static const struct cp_adapter *const adapters[] = { &adapter };

static int load(const struct cp_host *host)
{
    ollama_host = host;
    ollama_json = host->service("json", 1);
    if (ollama_json == NULL)
        return host->fail(NULL, CP_E_UNSUPPORTED, "the host has no json service");
    return CP_OK;
}

CP_PLUGIN = {
    CP_PLUGIN_HEAD,   .name = "ollama",     .version = "1.0",
    .license = "MIT", .adapters = adapters, .adapters_n = COUNT(adapters),
    .load = load,
};
