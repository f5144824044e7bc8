/* SPDX-License-Identifier: MIT */
/*
 * responses_plugin - the responses dialect: its doors, and where each hook goes.
 */
#include "responses.h"

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/v1/responses" },
    { .op = CP_COMPACT, .stream = 2, .method = "POST", .path = "/v1/responses/compact" },
    { .op = CP_COUNT_TOKENS,
      .stream = 2,
      .method = "POST",
      .path = "/v1/responses/input_tokens" },
    { .op = CP_STORED_GET,
      .stream = 1,
      .method = "GET",
      .path = "/v1/responses/{id}",
      .when_query = "stream=true" },
    { .op = CP_STORED_GET, .stream = 2, .method = "GET", .path = "/v1/responses/{id}" },
    { .op = CP_STORED_DELETE, .stream = 2, .method = "DELETE", .path = "/v1/responses/{id}" },
    { .op = CP_STORED_ITEMS,
      .stream = 2,
      .method = "GET",
      .path = "/v1/responses/{id}/input_items" },
    { .op = CP_STORED_CANCEL,
      .stream = 2,
      .method = "POST",
      .path = "/v1/responses/{id}/cancel" },
};

static const struct {
    uint32_t op;
    const char *path;
} targets[] = {
    { CP_CHAT, "/responses" },
    { CP_COMPACT, "/responses/compact" },
    { CP_COUNT_TOKENS, "/responses/input_tokens" },
    { CP_STORED_GET, "/responses/{id}" },
    { CP_STORED_DELETE, "/responses/{id}" },
    { CP_STORED_ITEMS, "/responses/{id}/input_items" },
    { CP_STORED_CANCEL, "/responses/{id}/cancel" },
    { CP_LIST_MODELS, "/models" },
    { CP_GET_MODEL, "/models/{model}" },
};

#define STORED                                                                                 \
    (CP_BIT(CP_STORED_GET) | CP_BIT(CP_STORED_DELETE) | CP_BIT(CP_STORED_ITEMS) |              \
     CP_BIT(CP_STORED_CANCEL))
#define MODELS (CP_BIT(CP_LIST_MODELS) | CP_BIT(CP_GET_MODEL))

static int is_of(const struct cp_call *call, uint64_t ops)
{
    return call->op < 64 && (CP_BIT(call->op) & ops) != 0;
}

/* ChatGPT's backend has no version in its paths, and wants to know the account. */
static void codex_target(struct cp_call *call, struct cp_head *head)
{
    static const char *const names[] = { "chatgpt-account-id", "session-id", "session_id",
                                         "thread-id" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct cp_str v = H->get_header(call, CP_REQUEST, names[i]);
        if (v.n > 0)
            (void)H->add_header(head, names[i], v); /* a head remembers its failure */
    }
}

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    const struct responses_conf *conf = instance;
    int is_codex = responses_is_codex(conf, call);
    const char *path = targets[0].path;

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        if (targets[i].op == call->op)
            path = targets[i].path;
    /* The results of adding are not looked at: a head that failed stays failed. */
    (void)H->set_path(head, is_codex ? "" : "v1", path);
    if (is_codex)
        codex_target(call, head);
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

/* What was said of a kept answer by those who keep it: only its id is of interest. */
static int stored_decode(struct cp_call *call, struct cp_str body, struct cp_tape *tape)
{
    struct chat_in d = { .call = call, .tape = tape };

    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(START), .name = S(""),
                                        .id = openai_json_string(call, body, "id") });
    chat_in_emit(&d, &(struct cp_item){ CP_ITEM(END) });
    return chat_in_done(&d);
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    (void)instance;
    if (phase == CP_REQUEST)
        return responses_request_decode(call, body, tape);
    if (phase == CP_FAILURE)
        return openai_failure_decode(call, body, tape);
    if (is_of(call, MODELS))
        return openai_models_decode(call, body, tape);
    if (is_of(call, STORED))
        return stored_decode(call, body, tape);
    if (call->op == CP_COUNT_TOKENS)
        return responses_count_decode(call, body, tape);
    if (call->op == CP_COMPACT)
        return responses_compact_decode(call, body, tape);
    return responses_answer_decode(call, body, tape);
}

static int stored_encode(struct cp_call *call, const struct cp_tape *tape, struct cp_out *out)
{
    const struct cp_item *it = H->item(tape, 0);

    if (it == NULL || it->kind != CP_START || it->id.n == 0)
        return H->fail(call, CP_E_UNSUPPORTED, "no id");
    return responses_kept_answer(call, it->id, out);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    if (phase == CP_REQUEST)
        return responses_request_encode(instance, call, tape, out);
    if (phase == CP_FAILURE)
        return openai_failure_encode(call, tape, out);
    if (is_of(call, MODELS))
        return openai_models_encode(call, tape, out);
    if (is_of(call, STORED))
        return stored_encode(call, tape, out);
    if (call->op == CP_COUNT_TOKENS)
        return responses_count_encode(call, tape, out);
    if (call->op == CP_COMPACT)
        return responses_compact_encode(call, tape, out);
    return responses_answer_encode(call, tape, out);
}

/* Codex: session-id (0.169; its subagents keep it and have a thread-id of their own), session_id (0.104), and the same
 * word as prompt_cache_key; its /responses/compact of 0.104 has none of them.  opencode: x-session-id.  Others:
 * conversation_id.  (2026-11)  Sealed: openai/codex issue 8145, 2025-12. */
static const char *const session[] = {
    "header:session-id",
    "header:session_id",
    "header:x-session-id",
    "header:x-session-affinity",
    "header:conversation_id",
    "header:thread-id",
    "body:conversation",
    "body:conversation.id",
    "body:client_metadata.session_id",
    "body:prompt_cache_key",
    "body:metadata.user_id#session_id",
    "body:metadata.user_id",
    "first:instructions,input",
    "sealed:encrypted_content",
};

const struct cp_adapter responses_adapter = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = (CP_BIT(CP_END) << 1) - 2,
    .ops = CP_BIT(CP_CHAT) | CP_BIT(CP_COMPACT) | CP_BIT(CP_COUNT_TOKENS) | STORED | MODELS,
    .dialect = OPENAI_RESPONSES,
    .family = "responses",
    .title = "OpenAI Responses",
    .keepalive = ": keepalive\n\n",
    .request_id_header = "x-request-id",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = (uint32_t)sizeof(struct cp_endpoint),
    .options = responses_conf_options,
    .options_n = RESPONSES_OPTIONS_N,
    .option_size = (uint32_t)sizeof(struct cp_option),
    .configure = responses_conf_read,
    .forget = chat_conf_forget,
    .target = target,
    .decode = decode,
    .encode = encode,
    .rx_open = responses_rx_open,
    .rx_frame = responses_rx_frame,
    .rx_close = responses_rx_close,
    .tx_open = responses_tx_open,
    .tx_item = responses_tx_item,
    .tx_close = responses_tx_close,
    .classify = openai_verdict_correct,
    .flags = CP_KEEPS_ANSWERS,
    .amend = responses_amend,
    .session = session,
    .session_n = sizeof(session) / sizeof(session[0]),
};
