/* SPDX-License-Identifier: MIT */
/*
 * ask - what a request asks for, whatever its dialect.
 */
#ifndef SIM_ASK_H
#define SIM_ASK_H

#include "text.h"

enum dialect { CLAUDE, CHAT, RESPONSES, GEMINI, DIALECTS_N };
enum op {
    OP_GENERATE,
    OP_COUNT,
    OP_COMPACT,
    OP_MODELS,
    OP_MODEL,
    OP_HELLO,
    OP_CONTROL,
    OP_NONE,
    OP_STORED_GET,
    OP_STORED_DELETE,
    OP_STORED_ITEMS,
    OP_STORED_CANCEL,
    OPS_N
};

extern const char *const dialect_names[DIALECTS_N];

struct head; /* http.h */

struct ask {
    enum dialect dialect;
    enum op op;
    bool is_stream, has_array_form, wants_usage, is_broken, ends_in_result;
    bool wants_compaction, is_kept; /* Responses: a trigger at the end; store is not false */
    struct slice key;               /* lent by the head */
    struct slice model;             /* decoded text, in model_text or the head's target */
    struct slice tools;             /* raw JSON array */
    struct slice body;              /* raw */
    struct slice stored;            /* the id of a kept answer: in the path */
    struct slice previous;          /* raw JSON string: the answer that this one follows */
    int turn;                       /* groups of tool results since the last prompt */
    struct text prompt, result;     /* last user prompt; text of the last tool result */
    struct text directives;         /* what stood in [[sim: ...]] of the last prompt */
    struct text model_text;
    struct text chain; /* what was said before, as it is kept: the inside of an array */
};

void ask_route(struct ask *ask, const struct head *head); /* dialect, op, key; no body needed */
void ask_read(struct ask *ask, struct slice body);        /* the rest */
void ask_fini(struct ask *ask);

/* The name of a tool that the prompt asks to use ("use NAME"), and the schema of its input. */
bool ask_wanted_tool(const struct ask *ask, struct text *name, struct slice *schema);

/* Is it a custom tool, that takes free text? And the namespace it is in, a raw string or n == 0. */
bool ask_tool_is_custom(const struct ask *ask, struct slice name, struct slice *space);

/* The least arguments that satisfy a schema: required properties only. */
void ask_least_args(struct slice schema, struct text *out);

#endif
