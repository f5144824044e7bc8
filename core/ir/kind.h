/* SPDX-License-Identifier: MIT */
/*
 * kind - the words of the tape: names of kinds and of what `sub` may say.
 */
#ifndef IR_KIND_H
#define IR_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

enum { KIND_MOST = CP_END }; /* kinds are 1..KIND_MOST */

const char *kind_name(uint32_t kind); /* "TOOL_CALL"; "?" */
int kind_by_name(struct cp_str name); /* 0: none */

/* The largest sub of a kind; 0: it has none. */
uint32_t kind_sub_most(uint32_t kind);
const char *kind_sub_name(uint32_t kind, uint32_t sub);       /* "user"; NULL: none */
uint32_t kind_sub_by_name(uint32_t kind, struct cp_str name); /* 0: none */

/* Is the text of this kind a JSON value? */
bool kind_is_json(uint32_t kind);

#endif
