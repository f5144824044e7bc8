/* SPDX-License-Identifier: MIT */
/*
 * plugin - Google's Gemini dialect: its doors, its address, its hooks.
 *
 * The model and the manner of the answer stand in the path, so there are many doors.  A stream is
 * SSE only when the client asks for it; without alt=sse it is one JSON array.  SDKs of 2026 moved
 * from /v1beta to /v1, where the models' list is also OpenAI's and Anthropic's: a header tells
 * whose client is asking.
 */
#include "request.h"

const struct cp_host *gemini_host;
const struct cp_json *gemini_json;

/* {model} reaches over slashes: "models/x", "tunedModels/x", "publishers/google/models/x". */
#define DOORS(version, model)                                                                  \
    {                                                                                          \
        .op = CP_CHAT, .stream = 2, .method = "POST", .path = version model ":generateContent" \
    },                                                                                         \
        { .op = CP_CHAT,                                                                       \
          .stream = 1,                                                                         \
          .method = "POST",                                                                    \
          .path = version model ":streamGenerateContent",                                      \
          .when_query = "alt=sse",                                                             \
          .framing = CP_SSE_CRLF },                                                            \
        { .op = CP_CHAT,                                                                       \
          .stream = 1,                                                                         \
          .method = "POST",                                                                    \
          .path = version model ":streamGenerateContent",                                      \
          .framing = CP_ARRAY },                                                               \
    {                                                                                          \
        .op = CP_COUNT_TOKENS, .stream = 2, .method = "POST",                                  \
        .path = version model ":countTokens"                                                   \
    }
#define LISTS(version, header)                                                                 \
    { .op = CP_LIST_MODELS,                                                                    \
      .stream = 2,                                                                             \
      .method = "GET",                                                                         \
      .path = version "/models",                                                               \
      .when_header = header },                                                                 \
    {                                                                                          \
        .op = CP_GET_MODEL, .stream = 2, .method = "GET", .path = version "/models/{model}",   \
        .when_header = header                                                                  \
    }

static const struct cp_endpoint endpoints[] = {
    DOORS("/v1beta", "/models/{model}"),
    DOORS("/v1beta", "/{model}"),
    DOORS("/v1", "/models/{model}"),
    DOORS("/v1", "/{model}"),
    DOORS("/v1alpha", "/models/{model}"),
    DOORS("/v1alpha", "/{model}"),
    DOORS("/v1beta1", "/{model}"),
    LISTS("/v1beta", NULL),
    LISTS("/v1alpha", NULL),
    LISTS("/v1", "x-goog-api-key"),
    LISTS("/v1", "x-goog-api-client"),
};

/* ---- where a request goes ---------------------------------------------------------------------- */

static const char *verb_path(const struct cp_call *call)
{
    /* A name that brings its collection along needs no other. */
    int has_place = gemini_text_begins(call->model, "models/") ||
                    gemini_text_begins(call->model, "tunedModels/") ||
                    gemini_text_begins(call->model, "publishers/");

    switch (call->op) {
    case CP_LIST_MODELS:
        return "/models";
    case CP_GET_MODEL:
        return has_place ? "/{model}" : "/models/{model}";
    case CP_COUNT_TOKENS:
        return has_place ? "/{model}:countTokens" : "/models/{model}:countTokens";
    default:
        break;
    }
    if (call->stream)
        return has_place ? "/{model}:streamGenerateContent"
                         : "/models/{model}:streamGenerateContent";
    return has_place ? "/{model}:generateContent" : "/models/{model}:generateContent";
}

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    const struct gemini_conf *conf = gemini_conf_of(instance);

    /* The results of adding are not looked at: a head that failed stays failed. */
    (void)H->set_path(head, "v1beta", verb_path(call));
    if (call->op == CP_CHAT && call->stream)
        (void)H->add_query(head, "alt", S("sse"));
    if (call->op == CP_LIST_MODELS) /* the most on one page; 50 without */
        (void)H->add_query(head, "pageSize", S("1000"));
    if (conf->user_project.n > 0)
        (void)H->add_header(head, "x-goog-user-project", conf->user_project);
    if (conf->auth == AUTH_BEARER)
        return H->place_key(head, CP_IN_HEADER, "Authorization", "Bearer ");
    return H->place_key(head, CP_IN_HEADER, "x-goog-api-key", "");
}

/* ---- which body is which ------------------------------------------------------------------------ */

static int is_about_models(const struct cp_call *call)
{
    return call->op == CP_LIST_MODELS || call->op == CP_GET_MODEL;
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    (void)instance; /* what is read does not depend on options */
    if (phase == CP_FAILURE)
        return gemini_failure_decode(call, body, tape);
    if (phase == CP_REQUEST)
        return call->op == CP_COUNT_TOKENS ? gemini_count_decode(call, body, tape)
                                           : gemini_request_decode(call, body, tape);
    if (is_about_models(call))
        return gemini_models_decode(call, body, tape);
    return call->op == CP_COUNT_TOKENS ? gemini_tokens_decode(call, body, tape)
                                       : gemini_answer_decode(call, body, tape);
}

static int request_encode(void *instance, struct cp_call *call, const struct cp_tape *tape,
                          struct cp_out *out)
{
    if (is_about_models(call))
        return CP_OK; /* a GET has no body */
    return call->op == CP_COUNT_TOKENS
               ? gemini_count_encode(gemini_conf_of(instance), call, tape, out)
               : gemini_request_encode(gemini_conf_of(instance), call, tape, out);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    if (phase == CP_FAILURE)
        return gemini_failure_encode(call, tape, out);
    if (phase == CP_REQUEST)
        return request_encode(instance, call, tape, out);
    if (is_about_models(call))
        return gemini_models_encode(call, tape, out);
    return call->op == CP_COUNT_TOKENS ? gemini_tokens_encode(tape, out)
                                       : gemini_answer_encode(call, tape, out);
}

/* Everything this dialect can say or knows how to leave out; a stored item it cannot fetch. */
#define SPEAKS (((CP_BIT(CP_END) << 1) - 2) & ~CP_BIT(CP_REFERENCE))

/* Gemini CLI names nothing (0.61, 2026-11); once it told its installation.  Its instructions and its first words,
 * which hold the day and the folder, stay the same for a conversation. */
static const char *const session[] = {
    "header:x-session-id",
    "header:x-session-affinity",
    "header:session_id",
    "header:conversation_id",
    "header:x-gemini-api-privileged-user-id",
    "first:systemInstruction,system_instruction,contents",
};

static const struct cp_adapter gemini_adapter = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = SPEAKS,
    .ops = CP_BIT(CP_CHAT) | CP_BIT(CP_COUNT_TOKENS) | CP_BIT(CP_LIST_MODELS) |
           CP_BIT(CP_GET_MODEL),
    .dialect = "gemini",
    .family = "gemini",
    .title = "Google Gemini",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = (uint32_t)sizeof(struct cp_endpoint),
    .options = gemini_conf_options,
    .options_n = CONF_OPTIONS_N,
    .option_size = (uint32_t)sizeof(struct cp_option),
    .configure = gemini_conf_read,
    .forget = gemini_conf_forget,
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
    .flags = CP_FORGETS_STATE, /* Gemini CLI leaves thoughts out of its history, SDKs do not */
    .session = session,
    .session_n = sizeof(session) / sizeof(session[0]),
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
