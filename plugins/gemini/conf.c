/* SPDX-License-Identifier: MIT */
/*
 * conf - the options of a channel that speaks this dialect.
 *
 * Every preset is what Google's own service needs; what differs from model to model comes from
 * caps.c.  The instance of the client side has the presets.
 */
#include "request.h"

#include <stdlib.h>

const struct cp_option gemini_conf_options[CONF_OPTIONS_N] = {
    { CP_T_STRING, 0, "schema", "auto",
      "auto|json|openapi: how schemas of tools and answers are spelled; auto: JSON Schema for "
      "Gemini 2.5 and later, Google's own form for all other models" },
    { CP_T_STRING, 0, "function_ids", "auto",
      "auto|always|never: ids on calls and their results; auto: for Gemini 3 and later, and "
      "those that a client of this dialect sent itself" },
    { CP_T_STRING, CP_REWRITES, "thought_signatures", "auto",
      "auto|keep|dummy|strip: auto gives the first call of a step a placeholder where Gemini 3 "
      "insists on a signature; keep gives none; dummy gives one to every call that has none; "
      "strip sends none" },
    { CP_T_STRING, 0, "thinking", "auto",
      "auto|budget|level|off: what effort becomes; auto: by model; off: thinkingConfig is never "
      "sent" },
    { CP_T_STRING, 0, "url_media", "send",
      "send|refuse: media by its address, for servers that cannot fetch it" },
    { CP_T_INT, 0, "max_tokens_cap", "0",
      "highest output limit ever sent, in tokens; 0: what the model takes" },
    { CP_T_STRING, 0, "safety", "",
      "OFF, BLOCK_NONE, BLOCK_ONLY_HIGH ..: threshold of all safety settings where the client "
      "said none; empty: the service's own" },
    { CP_T_STRING, 0, "auth", "x-goog-api-key",
      "x-goog-api-key|bearer: the header that the key is in" },
    { CP_T_STRING, 0, "user_project", "", "value of the header x-goog-user-project" },
};

static const char *const schema_words[] = { "auto", "json", "openapi", NULL };
static const char *const id_words[] = { "auto", "always", "never", NULL };
static const char *const sign_words[] = { "auto", "dummy", "strip", "keep", NULL };
static const char *const think_words[] = { "auto", "budget", "level", "off", NULL };
static const char *const url_words[] = { "send", "refuse", NULL };
static const char *const auth_words[] = { "x-goog-api-key", "bearer", NULL };

static const struct gemini_conf presets;

const struct gemini_conf *gemini_conf_of(const void *instance)
{
    return instance == NULL ? &presets : instance;
}

static int read_word(const struct cp_conf *conf, const char *option, const char *const *words,
                     int *value)
{
    struct cp_str given = H->conf_str(conf, option);

    *value = 0;
    if (given.n == 0)
        return CP_OK;
    for (int i = 0; words[i] != NULL; i++) {
        if (!gemini_text_is(given, words[i]))
            continue;
        *value = i;
        return CP_OK;
    }
    return H->fail(NULL, CP_E_CONFIG, "%s: \"%.*s\" is none of its values", option,
                   (int)(given.n > 64 ? 64 : given.n), given.p);
}

static int read_words(const struct cp_conf *conf, struct gemini_conf *c)
{
    const struct {
        const char *option;
        const char *const *words;
        int *value;
    } all[] = {
        { "schema", schema_words, &c->schema },
        { "function_ids", id_words, &c->function_ids },
        { "thought_signatures", sign_words, &c->signatures },
        { "thinking", think_words, &c->thinking },
        { "url_media", url_words, &c->url_media },
        { "auth", auth_words, &c->auth },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int rc = read_word(conf, all[i].option, all[i].words, all[i].value);
        if (rc != CP_OK)
            return rc;
    }
    return CP_OK;
}

int gemini_conf_read(const struct cp_conf *conf, void **instance)
{
    struct gemini_conf *c = calloc(1, sizeof(*c));
    int rc;

    if (c == NULL)
        return CP_E_NOMEM;
    rc = read_words(conf, c);
    if (rc != CP_OK) {
        free(c);
        return rc;
    }
    c->max_cap = H->conf_int(conf, "max_tokens_cap");
    c->safety = H->conf_str(conf, "safety");
    c->user_project = H->conf_str(conf, "user_project");
    *instance = c;
    return CP_OK;
}

void gemini_conf_forget(void *instance)
{
    free(instance);
}
