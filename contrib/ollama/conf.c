/* SPDX-License-Identifier: MIT */
/*
 * conf - the options of a channel.
 */
#include "ollama.h"

#include <stdlib.h>

const struct cp_option conf_options[OPTIONS_N] = {
    { CP_T_INT, CP_REWRITES, "num_ctx", "0",
      "Tokens of context that the model is loaded with; 0: what the server is set to. Agents need some "
      "32768, and many servers have 4096, behind which they cut prompts without a word." },
    { CP_T_STRING, CP_REWRITES, "keep_alive", "",
      "How long the model stays loaded behind a request: \"30m\", \"-1m\" for ever; empty: as the server "
      "is set, or as the client says." },
    { CP_T_STRING, CP_REWRITES, "truncate", "",
      "What becomes of a prompt that is too long: \"yes\" cuts it, \"no\" refuses it; empty: as the server "
      "does." },
};

int conf_read(const struct cp_conf *given, void **instance)
{
    struct conf *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return CP_E_NOMEM;
    c->num_ctx = H->conf_int(given, "num_ctx");
    c->keep_alive = H->conf_str(given, "keep_alive");
    c->truncate = H->conf_str(given, "truncate");
    *instance = c;
    if (c->num_ctx < 0)
        return H->fail(NULL, CP_E_CONFIG, "num_ctx: no number of tokens");
    if (c->truncate.n > 0 && !text_is(c->truncate, "yes") && !text_is(c->truncate, "no"))
        return H->fail(NULL, CP_E_CONFIG, "truncate: neither \"yes\" nor \"no\"");
    return CP_OK;
}

void conf_forget(void *instance)
{
    free(instance);
}
