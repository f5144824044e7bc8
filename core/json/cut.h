/* SPDX-License-Identifier: MIT */
/*
 * cut - a JSON text without some of its members, and every other byte as it was.
 */
#ifndef JSON_CUT_H
#define JSON_CUT_H

#include <stddef.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;

enum { JSON_CUT_STEPS = 16 }; /* deepest path */

/* One step of a path: a member by its name, or an element by its place. */
struct json_step {
    struct cp_str name; /* as spelled in the text, a slice of the path; absent: an element */
    int64_t index;      /* -1: all */
};

/* The steps of "a", "a.b", "tools[2].x", "tools[*].x" (of all tools), ["a.b"] for a name that is no plain word; 0: it is no
 * path, or too deep. */
size_t json_steps(struct cp_str path, struct json_step steps[JSON_CUT_STEPS]);

/*
 * Takes out the member that path names: its last step must be a name.  One that is there twice goes twice.
 *
 * text     passed by json_check(); on other bytes the result is harmless, and nothing else
 * out      text itself if there was nothing to take out, else a copy in the arena; NULL: it is only counted
 * returns  how many members went; 0 also for what is no path
 */
size_t json_cut(struct arena *, struct cp_str text, struct cp_str path, struct cp_str *out);
/* The same in the caller's own memory: *n is less afterwards. */
size_t json_cut_own(struct arena *, char *text, size_t *n, struct cp_str path);

#endif
