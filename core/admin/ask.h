/* SPDX-License-Identifier: MIT */
/*
 * ask - what a request to the administration says: members of its body, parameters of its address.
 *
 * Whatever is wrong fails the call (api_fail) with the place of it; who asks for several things looks at call->status
 * once, at the end.
 */
#ifndef ADMIN_ASK_H
#define ADMIN_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct api_call;

/*
 * The body as an object whose members are among "a|b|c"; an empty body is {}.
 *
 * A member nobody knows is refused: who misspells "channel" must not reset all of them.
 */
void ask_body(struct api_call *, const char *members);
/* Absent (also null): STR_NONE. */
struct cp_str ask_text(struct api_call *, const char *member);
/* Absent: preset. */
int64_t ask_number(struct api_call *, const char *member, int64_t least, int64_t most,
                   int64_t preset);
/* Parameters are among "a|b|c"; each once. */
void ask_query(struct api_call *, const char *names);
struct cp_str ask_query_text(struct api_call *, const char *name); /* absent: STR_NONE */
/* "?name" or "?name=true"; absent, or false: false. */
bool ask_query_bool(struct api_call *, const char *name);
int64_t ask_query_number(struct api_call *, const char *name, int64_t least, int64_t most,
                         int64_t preset);

#endif
