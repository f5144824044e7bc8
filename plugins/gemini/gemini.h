/* SPDX-License-Identifier: MIT */
/*
 * gemini - what the files of this plugin know of each other.
 */
#ifndef GEMINI_H
#define GEMINI_H

#include <claude-proxy/json.h>
#include <claude-proxy/plugin.h>

/* Set once by load(), read-only afterwards. */
extern const struct cp_host *gemini_host;
extern const struct cp_json *gemini_json;
#define H gemini_host
#define J gemini_json

#define S(lit) ((struct cp_str){ "" lit, sizeof(lit) - 1 })

/*
 * An error body to the tape: one ERROR, whatever the body is.
 *
 * errors   what emit() answers
 */
int gemini_failure_decode(struct cp_call *, struct cp_str body, struct cp_tape *);
/* The tape's ERROR as {"error":{"code","message","status"}}, and its HTTP status. */
int gemini_failure_encode(struct cp_call *, const struct cp_tape *, struct cp_out *);

#endif
