/* SPDX-License-Identifier: MIT */
/*
 * verdict_words - what an error says in words or codes that its HTTP status does not.
 */
#ifndef PLUGIN_VERDICT_WORDS_H
#define PLUGIN_VERDICT_WORDS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct verdict_body;

/* Corrects the verdict of the status; true if the body knew better. */
bool verdict_words_judge(int status, const struct verdict_body *, struct cp_verdict *);

#endif
