/* SPDX-License-Identifier: MIT */
/*
 * responses_conf - the options of a channel that speaks the responses dialect.
 *
 * The ChatGPT backend that Codex uses with a ChatGPT login speaks the same dialect with less in
 * it: streams only, nothing stored, no output limit, no sampling, no role system in the input.
 * source: the requests Codex 0.104 and 0.169 send there, and what gateways strip, as of 2026-08
 */
#include "responses.h"

#include <stdlib.h>

const struct cp_option responses_conf_options[RESPONSES_OPTIONS_N] = {
    { CP_T_STRING, 0, "backend", "auto",
      "auto|openai|codex: codex is ChatGPT's backend, which takes streams only and few "
      "parameters; auto: codex for requests that name a ChatGPT account" },
    { CP_T_INT, 0, "max_tokens_cap", "0",
      "highest output limit ever sent, in tokens; 0: none" },
    { CP_T_STRING, 0, "efforts", "",
      "the values of reasoning.effort that the models know, weakest first; empty: by model" },
    { CP_T_STRING, 0, "drop", "",
      "members of a request that are never sent, separated by commas" },
    { CP_T_STRING, 0, "auth", "bearer", "bearer|api-key: the header that the key is in" },
    { CP_T_STRING, 0, "api_version", "",
      "value of the query parameter api-version; empty: none" },
    { CP_T_STRING, 0, "organization", "", "value of the header OpenAI-Organization" },
    { CP_T_STRING, 0, "project", "", "value of the header OpenAI-Project" },
};

static const char *const backend_words[] = { "auto", "openai", "codex", NULL };
static const char *const auth_words[] = { "bearer", "api-key", NULL };

int responses_conf_read(const struct cp_conf *conf, void **instance)
{
    struct responses_conf *c = calloc(1, sizeof(*c));
    int rc;

    if (c == NULL)
        return CP_E_NOMEM;
    rc = openai_conf_word(conf, "backend", backend_words, &c->backend);
    if (rc == CP_OK)
        rc = openai_conf_word(conf, "auth", auth_words, &c->auth);
    if (rc != CP_OK) {
        free(c);
        return rc;
    }
    c->max_cap = H->conf_int(conf, "max_tokens_cap");
    c->efforts = H->conf_str(conf, "efforts");
    c->drop = H->conf_str(conf, "drop");
    c->api_version = H->conf_str(conf, "api_version");
    c->organization = H->conf_str(conf, "organization");
    c->project = H->conf_str(conf, "project");
    *instance = c;
    return CP_OK;
}

int responses_is_codex(const struct responses_conf *conf, const struct cp_call *call)
{
    if (conf->backend != BACKEND_AUTO)
        return conf->backend == BACKEND_CODEX;
    return H->get_header(call, CP_REQUEST, "chatgpt-account-id").n > 0;
}
