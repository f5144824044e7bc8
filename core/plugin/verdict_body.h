/* SPDX-License-Identifier: MIT */
/*
 * verdict_body - an error body of any service, read liberally: its words, its codes, whether it is a page.
 *
 * Whoever stands between (a relay, a cache, a firewall) writes errors of its own, in whatever dialect the channel
 * speaks; so they are read here, once, and not in each adapter.
 */
#ifndef PLUGIN_VERDICT_BODY_H
#define PLUGIN_VERDICT_BODY_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

enum { VERDICT_TEXT_BYTES = 4096, VERDICT_WORD_BYTES = 80 };

struct verdict_body {
    struct cp_str root, error; /* JSON objects, absent if there are none; lent from the body */
    struct cp_str text;        /* all its messages, ASCII in lower case; points into buffer */
    struct cp_str
        bare; /* the same without what stands in quotes: a client may have said that */
    struct cp_str code, type; /* a number as it is spelled */
    bool is_page;             /* HTML */
    char buffer[VERDICT_TEXT_BYTES], bare_buffer[VERDICT_TEXT_BYTES];
    char code_buffer[VERDICT_WORD_BYTES], type_buffer[VERDICT_WORD_BYTES];
};

/* Never fails; what is not understood is absent.  b holds what it points to: do not copy it. */
void verdict_body_read(struct cp_str body, struct verdict_body *b);
/* True if the messages hold the words, which are in lower case. */
bool verdict_body_has(const struct verdict_body *, const char *words);

#endif
