/* SPDX-License-Identifier: MIT */
/*
 * conf - the options of a channel that speaks this plugin's dialects.
 *
 * Every preset is what a stranger's server most likely needs; what is known of OpenAI's own
 * models comes from caps.c.  The instance of the client side has the presets.
 */
#include "chat.h"

#include <stdlib.h>
#include <string.h>

const struct cp_option chat_conf_options[CONF_OPTIONS_N] = {
    { CP_T_STRING, 0, "max_tokens_field", "auto",
      "auto|max_tokens|max_completion_tokens: how the output limit is spelled; auto: the new "
      "word for OpenAI's own models, the old one for all others" },
    { CP_T_INT, 0, "max_tokens_cap", "0",
      "highest output limit ever sent, in tokens; 0: none" },
    { CP_T_STRING, 0, "system_role", "auto",
      "auto|system|developer: the role of instructions; auto: developer for OpenAI's reasoning "
      "models, else system" },
    { CP_T_BOOL, 0, "strings_only", "false",
      "message content is always one string, for servers that know no arrays of parts" },
    { CP_T_BOOL, 0, "system_first_only", "false",
      "instructions in mid-conversation become user text, for servers that want them first" },
    { CP_T_STRING, 0, "echo_reasoning", "tool_loop",
      "never|tool_loop|always: which assistant turns carry their reasoning text back; OpenAI's "
      "own models never get it" },
    { CP_T_STRING, 0, "reasoning_field", "reasoning_content",
      "reasoning_content|reasoning|both: the member that reasoning text is sent back in" },
    { CP_T_STRING, 0, "custom_tools", "auto",
      "auto|native|function: free-text tools as they are, or as functions with one string" },
    { CP_T_BOOL, 0, "usage_in_stream", "true",
      "ask for usage in translated streams (stream_options.include_usage)" },
    { CP_T_STRING, 0, "user_field", "auto",
      "auto|user|safety_identifier: the member that names the end user" },
    { CP_T_STRING, 0, "cache_marks", "drop",
      "drop|cache_control|breakpoint: how a client's cache marks are sent on" },
    { CP_T_BOOL, 0, "sampling_extras", "false",
      "send top_k and min_p of clients of other dialects, too" },
    { CP_T_BOOL, 0, "lenient_eof", "false",
      "a stream that had text and just ends, without finish_reason, counts as finished" },
    { CP_T_STRING, 0, "efforts", "",
      "the values of reasoning_effort that the models know, weakest first; empty: by model" },
    { CP_T_STRING, 0, "drop", "",
      "members of a request that are never sent, separated by commas" },
    { CP_T_STRING, 0, "auth", "bearer", "bearer|api-key: the header that the key is in" },
    { CP_T_STRING, 0, "api_version", "",
      "value of the query parameter api-version; empty: none" },
    { CP_T_STRING, 0, "organization", "", "value of the header OpenAI-Organization" },
    { CP_T_STRING, 0, "project", "", "value of the header OpenAI-Project" },
};

static const char *const max_words[] = { "auto", "max_tokens", "max_completion_tokens", NULL };
static const char *const role_words[] = { "auto", "system", "developer", NULL };
static const char *const echo_words[] = { "never", "tool_loop", "always", NULL };
static const char *const field_words[] = { "reasoning_content", "reasoning", "both", NULL };
static const char *const custom_words[] = { "auto", "native", "function", NULL };
static const char *const user_words[] = { "auto", "user", "safety_identifier", NULL };
static const char *const mark_words[] = { "drop", "cache_control", "breakpoint", NULL };
static const char *const auth_words[] = { "bearer", "api-key", NULL };

int openai_conf_word(const struct cp_conf *conf, const char *option, const char *const *words,
                     int *value)
{
    struct cp_str given = H->conf_str(conf, option);

    *value = 0;
    if (given.n == 0)
        return CP_OK;
    for (int i = 0; words[i] != NULL; i++) {
        if (!openai_text_is(given, words[i]))
            continue;
        *value = i;
        return CP_OK;
    }
    return H->fail(NULL, CP_E_CONFIG, "%s: \"%.*s\" is none of its values", option,
                   (int)(given.n > 64 ? 64 : given.n), given.p);
}

static int read_words(const struct cp_conf *conf, struct chat_conf *c)
{
    const struct {
        const char *option;
        const char *const *words;
        int *value;
    } all[] = {
        { "max_tokens_field", max_words, &c->max_field },
        { "system_role", role_words, &c->system_role },
        { "echo_reasoning", echo_words, &c->echo },
        { "reasoning_field", field_words, &c->reasoning_field },
        { "custom_tools", custom_words, &c->custom },
        { "user_field", user_words, &c->user_field },
        { "cache_marks", mark_words, &c->cache_marks },
        { "auth", auth_words, &c->auth },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int rc = openai_conf_word(conf, all[i].option, all[i].words, all[i].value);
        if (rc != CP_OK)
            return rc;
    }
    return CP_OK;
}

int chat_conf_read(const struct cp_conf *conf, void **instance)
{
    struct chat_conf *c = calloc(1, sizeof(*c));
    int rc;

    if (c == NULL)
        return CP_E_NOMEM;
    rc = read_words(conf, c);
    if (rc != CP_OK) {
        free(c);
        return rc;
    }
    c->max_cap = H->conf_int(conf, "max_tokens_cap");
    c->strings_only = H->conf_int(conf, "strings_only") != 0;
    c->system_first_only = H->conf_int(conf, "system_first_only") != 0;
    c->usage_in_stream = H->conf_int(conf, "usage_in_stream") != 0;
    c->sampling_extras = H->conf_int(conf, "sampling_extras") != 0;
    c->lenient_eof = H->conf_int(conf, "lenient_eof") != 0;
    c->efforts = H->conf_str(conf, "efforts");
    c->drop = H->conf_str(conf, "drop");
    c->api_version = H->conf_str(conf, "api_version");
    c->organization = H->conf_str(conf, "organization");
    c->project = H->conf_str(conf, "project");
    *instance = c;
    return CP_OK;
}

void chat_conf_forget(void *instance)
{
    free(instance);
}
