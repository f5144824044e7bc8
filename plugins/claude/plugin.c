/* SPDX-License-Identifier: MIT */
/*
 * plugin - the Claude Messages adapter: its doors, its options, where its requests go.
 */
#include "claude.h"

#include <stdlib.h>
#include <string.h>

const struct cp_host *claude_host;
const struct cp_json *claude_json;

static const struct cp_endpoint endpoints[] = {
    { .op = CP_CHAT, .stream = 0, .method = "POST", .path = "/v1/messages" },
    { .op = CP_COUNT_TOKENS,
      .stream = 2,
      .method = "POST",
      .path = "/v1/messages/count_tokens" },
    { .op = CP_LIST_MODELS,
      .stream = 2,
      .method = "GET",
      .path = "/v1/models",
      .when_header = "anthropic-version" },
    { .op = CP_GET_MODEL,
      .stream = 2,
      .method = "GET",
      .path = "/v1/models/{model}",
      .when_header = "anthropic-version" },
};

static const struct cp_option options[] = {
    { CP_T_INT, 0, "max_tokens_default", "32000",
      "max_tokens when the client named none (the service wants one)" },
    { CP_T_INT, 0, "max_tokens_cap", "0", "never ask for more output than this; 0: no cap" },
    { CP_T_STRING, 0, "thinking", "auto",
      "how thinking is asked for: auto (by model), budget, adaptive" },
    { CP_T_STRING, 0, "mid_system", "auto",
      "instructions inside the conversation: auto (by model), native, reminder (as user text)" },
    { CP_T_STRING, 0, "sampling", "auto",
      "temperature, top_p, top_k: auto (by model), keep, drop" },
    { CP_T_STRING, 0, "prefill", "auto",
      "a last message of the assistant: auto (by model), keep, continue (ask to go on)" },
    { CP_T_STRING, 0, "cache_marks", "auto",
      "cache_control for requests of other dialects: auto (add), keep (only theirs), off" },
    { CP_T_STRING, 0, "auth", "auto",
      "where the key goes: auto (sk-ant- keys in x-api-key, others Bearer), x-api-key, bearer" },
    { CP_T_STRING, 0, "version", "2023-06-01", "anthropic-version when the client named none" },
    { CP_T_STRING, 0, "beta", "", "names added to anthropic-beta, separated by commas" },
};

static const struct claude_conf presets = {
    .max_tokens_default = 32000,
    .version = { "2023-06-01", 10 },
    .beta = { "", 0 },
};

const struct claude_conf *claude_conf_of(const void *instance)
{
    return instance ? instance : &presets;
}

/* The place of an option's value among its words, 0 for the first. */
static int choose(const struct cp_conf *conf, const char *option, const char *const words[3],
                  int *way)
{
    struct cp_str v = host->conf_str(conf, option);

    *way = 0;
    if (v.n == 0)
        return CP_OK;
    for (int i = 0; i < 3; i++) {
        if (!claude_is(v, words[i]))
            continue;
        *way = i;
        return CP_OK;
    }
    return host->fail(NULL, CP_E_CONFIG, "%s: is one of %s, %s, %s", option, words[0], words[1],
                      words[2]);
}

static int configure_ways(const struct cp_conf *conf, struct claude_conf *c)
{
    static const char *const thinking[3] = { "auto", "budget", "adaptive" };
    static const char *const mid_system[3] = { "auto", "native", "reminder" };
    static const char *const sampling[3] = { "auto", "keep", "drop" };
    static const char *const prefill[3] = { "auto", "keep", "continue" };
    static const char *const marks[3] = { "auto", "keep", "off" };
    static const char *const auth[3] = { "auto", "x-api-key", "bearer" };
    int rc = choose(conf, "thinking", thinking, &c->thinking);

    if (rc == CP_OK)
        rc = choose(conf, "mid_system", mid_system, &c->mid_system);
    if (rc == CP_OK)
        rc = choose(conf, "sampling", sampling, &c->sampling);
    if (rc == CP_OK)
        rc = choose(conf, "prefill", prefill, &c->prefill);
    if (rc == CP_OK)
        rc = choose(conf, "cache_marks", marks, &c->cache_marks);
    if (rc == CP_OK)
        rc = choose(conf, "auth", auth, &c->auth);
    return rc;
}

static int configure(const struct cp_conf *conf, void **instance)
{
    struct claude_conf *c = malloc(sizeof(*c));

    if (!c)
        return CP_E_NOMEM;
    *c = presets;
    *instance = c;
    if (!conf)
        return CP_OK;
    c->max_tokens_default = host->conf_int(conf, "max_tokens_default");
    c->max_tokens_cap = host->conf_int(conf, "max_tokens_cap");
    c->version = host->conf_str(conf, "version");
    c->beta = host->conf_str(conf, "beta");
    int rc = configure_ways(conf, c);
    if (rc == CP_OK && (c->max_tokens_default < 1 || c->max_tokens_cap < 0))
        rc = host->fail(NULL, CP_E_CONFIG, "max_tokens_default, max_tokens_cap: too small");
    if (rc != CP_OK) {
        free(c);
        *instance = NULL;
    }
    return rc;
}

static void forget(void *instance)
{
    free(instance);
}

/* A list of names and one more of them, each once. */
static struct cp_str with_beta(struct cp_call *call, struct cp_str list, struct cp_str more)
{
    if (more.n == 0)
        return list;
    char *name = claude_cstr(call, more);
    if (list.n == 0 || !name || claude_has(list, name))
        return list.n ? list : more;
    return claude_format(call, "%.*s,%.*s", (int)list.n, list.p, (int)more.n, more.p);
}

static int place_key(const struct claude_conf *c, struct cp_call *call, struct cp_head *head,
                     struct cp_str *beta)
{
    int is_token = host->key_begins(head, "sk-ant-oat");
    int is_bearer = c->auth == AUTH_BEARER ||
                    (c->auth == WAY_AUTO && (is_token || !host->key_begins(head, "sk-ant-")));

    if (!is_bearer)
        return host->place_key(head, CP_IN_HEADER, "x-api-key", "");
    if (is_token) /* the service takes such a token only with this name; seen 2025-04 */
        *beta = with_beta(call, *beta, S("oauth-2025-04-20"));
    return host->place_key(head, CP_IN_HEADER, "Authorization", "Bearer ");
}

static int target(void *instance, struct cp_call *call, struct cp_head *head)
{
    const struct claude_conf *c = claude_conf_of(instance);
    const char *path = "/messages";

    if (call->op == CP_COUNT_TOKENS)
        path = "/messages/count_tokens";
    else if (call->op == CP_LIST_MODELS)
        path = "/models";
    else if (call->op == CP_GET_MODEL)
        path = "/models/{model}";
    int rc = host->set_path(head, "v1", path);
    if (rc != CP_OK)
        return rc;

    struct cp_str version = host->get_header(call, CP_REQUEST, "anthropic-version");
    if (version.n == 0)
        version = c->version.n ? c->version : presets.version;
    struct cp_str beta = host->get_header(call, CP_REQUEST, "anthropic-beta");
    beta = with_beta(call, beta, c->beta);
    if (claude_mcp_is_used(call))
        beta = with_beta(call, beta, S("mcp-client-2025-11-20"));
    rc = host->add_header(head, "anthropic-version", version);
    if (rc == CP_OK)
        rc = place_key(c, call, head, &beta);
    if (rc == CP_OK && beta.n)
        rc = host->add_header(head, "anthropic-beta", beta);
    return rc;
}

static int is_about_models(const struct cp_call *call)
{
    return call->op == CP_LIST_MODELS || call->op == CP_GET_MODEL;
}

static int decode(void *instance, struct cp_call *call, int phase, struct cp_str body,
                  struct cp_tape *tape)
{
    if (phase == CP_FAILURE)
        return claude_failure_decode(call, body, tape);
    if (is_about_models(call))
        return claude_models_decode(call, phase, body, tape);
    if (phase == CP_REQUEST)
        return claude_request_decode(call, body, tape);
    return claude_response_decode(call, body, tape);
}

static int encode(void *instance, struct cp_call *call, int phase, const struct cp_tape *tape,
                  struct cp_out *out)
{
    if (phase == CP_FAILURE)
        return claude_failure_encode(call, tape, out);
    if (is_about_models(call))
        return phase == CP_REQUEST ? CP_OK : claude_models_encode(call, tape, out);
    if (phase == CP_REQUEST)
        return claude_request_encode(claude_conf_of(instance), call, tape, out);
    return claude_response_encode(call, tape, out);
}

static int load(const struct cp_host *h)
{
    claude_host = h;
    claude_json = h->service("json", 1);
    return claude_json ? CP_OK : CP_E_UNSUPPORTED;
}

/* All there is but CP_REFERENCE: what a stored item says is known to its maker alone. */
#define SPEAKS                                                                                 \
    (CP_BIT(CP_START) | CP_BIT(CP_PARAM) | CP_BIT(CP_SYSTEM) | CP_BIT(CP_TOOL) |               \
     CP_BIT(CP_TOOL_CHOICE) | CP_BIT(CP_MESSAGE) | CP_BIT(CP_TEXT) | CP_BIT(CP_REFUSAL) |      \
     CP_BIT(CP_REASONING) | CP_BIT(CP_STATE) | CP_BIT(CP_MEDIA) | CP_BIT(CP_TOOL_CALL) |       \
     CP_BIT(CP_TOOL_RESULT) | CP_BIT(CP_SERVER_CALL) | CP_BIT(CP_SERVER_RESULT) |              \
     CP_BIT(CP_CITE) | CP_BIT(CP_CACHE_MARK) | CP_BIT(CP_STOP) | CP_BIT(CP_USAGE) |            \
     CP_BIT(CP_ERROR) | CP_BIT(CP_MODEL) | CP_BIT(CP_COMPACTION) | CP_BIT(CP_CONTROL) |        \
     CP_BIT(CP_NATIVE) | CP_BIT(CP_AUX) | CP_BIT(CP_END))

/* Claude Code: the header, and a user_id that is JSON with the same name in it (seen in 2.1.330, 2026-11); older ones
 * a plain user_id.  opencode: the next two.  Everybody else is known by how the conversation began. */
static const char *const session[] = {
    "header:x-claude-code-session-id",  "header:x-session-id",   "header:x-session-affinity",
    "body:metadata.user_id#session_id", "body:metadata.user_id", "first:system,messages",
};

static const struct cp_adapter claude = {
    .size = (uint32_t)sizeof(struct cp_adapter),
    .framing = CP_SSE,
    .speaks = SPEAKS,
    .ops = CP_BIT(CP_CHAT) | CP_BIT(CP_COUNT_TOKENS) | CP_BIT(CP_LIST_MODELS) |
           CP_BIT(CP_GET_MODEL),
    .dialect = "claude",
    .family = "messages",
    .title = "Anthropic Messages",
    .keepalive = "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    .request_id_header = "request-id",
    .endpoints = endpoints,
    .endpoints_n = sizeof(endpoints) / sizeof(endpoints[0]),
    .endpoint_size = sizeof(endpoints[0]),
    .options = options,
    .options_n = sizeof(options) / sizeof(options[0]),
    .option_size = sizeof(options[0]),
    .configure = configure,
    .forget = forget,
    .target = target,
    .decode = decode,
    .encode = encode,
    .rx_open = claude_rx_open,
    .rx_frame = claude_rx_frame,
    .rx_close = claude_rx_close,
    .tx_open = claude_tx_open,
    .tx_item = claude_tx_item,
    .tx_close = claude_tx_close,
    .classify = claude_classify,
    .amend = claude_amend,
    .session = session,
    .session_n = sizeof(session) / sizeof(session[0]),
};
static const struct cp_adapter *const adapters[] = { &claude };

CP_PLUGIN = { CP_PLUGIN_HEAD,
              .adapters = adapters,
              .adapters_n = 1,
              .name = "claude",
              .version = "0.1.0",
              .license = "MIT",
              .contact = "https://github.com/claude-proxy/claude-proxy",
              .load = load };
