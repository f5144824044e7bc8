/* SPDX-License-Identifier: MIT */
/*
 * cut - a JSON text without some of its members, and every other byte as it was.
 */
#ifndef JSON_CUT_H
#define JSON_CUT_H

#include <claude-proxy/plugin.h>

struct arena;

enum { JSON_CUT_STEPS = 16 }; /* deepest path */

/*
 * Takes out the member that path names: "a", "a.b", "tools[2].x", "tools[*].x" (of all tools), ["a.b"] for a name that is no
 * plain word, as it is spelled in the text.  The path's end is a member of an object; one that is there twice goes twice.
 *
 * text     passed by json_check(); on other bytes the result is harmless, and nothing else
 * out      text itself if there was nothing to take out, else a copy in the arena
 * returns  how many members went; 0 also for what is no path
 */
size_t json_cut(struct arena *, struct cp_str text, struct cp_str path, struct cp_str *out);

#endif
