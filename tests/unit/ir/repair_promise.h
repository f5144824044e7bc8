/* SPDX-License-Identifier: MIT */
/*
 * repair_promise - does a request's tape keep what plugin.h promises to encoders?
 *
 * Written against the words of plugin.h, not against the code: it walks the tape once and knows
 * nothing of trees.  NULL, or which promise is broken.
 */
#ifndef TESTS_REPAIR_PROMISE_H
#define TESTS_REPAIR_PROMISE_H

#include "base/map.h"
#include "base/str.h"
#include "ir/tape.h"

enum { PROMISE_CALLS = 4096 };

struct promise {
    struct cp_str client, upstream;
    const struct cp_tape *tape;
    struct map *ids;                    /* of all calls */
    struct cp_str calls[PROMISE_CALLS]; /* of the message before, still to be answered */
    uint32_t calls_n, answered;
    uint32_t role, last_role; /* of this message and the one right before */
    uint32_t content;         /* things in this message */
    bool is_answering;        /* nothing but results so far */
    bool is_message;          /* inside one */
};

static inline const char *promise_call(struct promise *p, const struct cp_item *it)
{
    if (p->role != CP_ASSISTANT)
        return "a call in a message that is not the assistant's";
    if (!it->id.n)
        return "a call without an id";
    if (map_get(p->ids, it->id))
        return "two calls of one id";
    map_set(p->ids, it->id, p);
    if (it->sub != CP_TOOL_HOSTED && p->calls_n < PROMISE_CALLS)
        p->calls[p->calls_n++] = it->id;
    return NULL;
}

static inline const char *promise_result(struct promise *p, const struct cp_item *it)
{
    if (p->role != CP_USER)
        return "a result in a message that is not the user's";
    if (!p->is_answering)
        return "a result behind other content";
    if (it->sub == CP_TOOL_HOSTED)
        return NULL;
    if (p->answered == p->calls_n || !str_eq(p->calls[p->answered], it->id))
        return "a result out of order, or of no call";
    p->answered++;
    return NULL;
}

static inline const char *promise_open(struct promise *p, const struct cp_item *it)
{
    if (p->last_role == it->sub)
        return "two messages of one role";
    if (p->calls_n && it->sub != CP_USER)
        return "calls are not followed by a user's message";
    p->role = it->sub;
    p->content = 0;
    p->is_answering = p->is_message = true;
    return NULL;
}

static inline const char *promise_close(struct promise *p)
{
    if (p->role != CP_ASSISTANT && p->answered != p->calls_n)
        return "a call without a result";
    if (p->role != CP_ASSISTANT)
        p->calls_n = p->answered = 0;
    if (!p->content)
        return "an empty message";
    p->last_role = p->role;
    p->is_message = false;
    return NULL;
}

static inline bool promise_is_upstreams(const struct promise *p, struct cp_str maker)
{
    return str_eq(maker.n ? maker : p->client, p->upstream);
}

static inline const char *promise_maker(const struct promise *p, const struct cp_item *it)
{
    switch (it->kind) {
    case CP_AUX:
        return "AUX is left";
    case CP_NATIVE:
    case CP_CONTROL:
    case CP_STATE:
        return promise_is_upstreams(p, it->id) ? NULL : "another maker's item is left";
    case CP_CITE:
        return str_eq(it->id, p->upstream) ? NULL : "another maker's citation is left";
    case CP_SERVER_RESULT:
        return promise_is_upstreams(p, it->meta) ? NULL : "another maker's server tool is left";
    case CP_REFERENCE:
        return promise_is_upstreams(p, STR_NONE) ? NULL : "another maker's reference is left";
    default:
        return NULL;
    }
}

static inline const char *promise_block(struct promise *p, size_t i)
{
    const struct cp_item *it = tape_item(p->tape, i), *next = tape_item(p->tape, i + 1);
    bool is_state = next && (next->kind == CP_STATE || next->kind == CP_CITE);
    bool is_words = it->kind == CP_TEXT || it->kind == CP_REFUSAL || it->kind == CP_REASONING;

    if (!(it->flags & CP_CLOSE) && !is_state && !(next && next->flags & CP_SEGMENT))
        return "a block that is not whole";
    if (is_words && !it->text.n && (it->flags & CP_WHOLE) == CP_WHOLE)
        return "an empty block";
    p->content++;
    if (it->kind == CP_TOOL_CALL)
        return promise_call(p, it);
    return NULL;
}

static inline bool promise_is_thing(const struct cp_item *it)
{
    return it->kind == CP_CONTROL || (it->kind == CP_NATIVE && str_ends(it->name, "]"));
}

static inline const char *promise_item(struct promise *p, size_t i, uint32_t *depth)
{
    const struct cp_item *it = tape_item(p->tape, i);
    const char *why = promise_maker(p, it);
    bool is_parts = it->kind == CP_MEDIA && it->num == CP_FROM_PARTS;

    if (why)
        return why;
    if (it->kind == CP_MESSAGE)
        return it->flags & CP_OPEN ? promise_open(p, it) : promise_close(p);
    if (!p->is_message) { /* what stands between messages keeps them apart */
        if (promise_is_thing(it) || it->kind == CP_COMPACTION || it->kind == CP_REFERENCE)
            p->last_role = 0;
        return NULL;
    }
    if (it->kind == CP_TOOL_RESULT && it->flags & CP_OPEN)
        why = promise_result(p, it);
    if (it->kind == CP_TOOL_RESULT || is_parts ||
        (it->kind == CP_MEDIA && it->flags == CP_CLOSE)) {
        *depth += it->flags & CP_OPEN ? 1 : 0;
        *depth -= it->flags == CP_CLOSE ? 1 : 0;
        p->content++;
        if (it->kind == CP_MEDIA && *depth == 0)
            p->is_answering = false;
        return why;
    }
    bool is_begin = grammar_is_block(it->kind) && it->flags & CP_OPEN;
    if ((is_begin || promise_is_thing(it)) && *depth == 0)
        p->is_answering = false;
    p->content += promise_is_thing(it);
    return is_begin ? promise_block(p, i) : NULL;
}

/* The tape is what tape_repair() gave between these two. */
static inline const char *promise_broken(const struct cp_tape *tape, struct cp_str client,
                                         struct cp_str upstream)
{
    static struct promise p;
    uint32_t depth = 0;
    const char *why = NULL;

    p = (struct promise){ .client = client, .upstream = upstream, .tape = tape };
    p.ids = map_new();
    for (size_t i = 0; !why && i < tape->n; i++)
        why = promise_item(&p, i, &depth);
    map_free(p.ids);
    return why ? why : p.calls_n ? "the last calls have no results" : NULL;
}

#endif
