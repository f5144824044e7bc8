/* SPDX-License-Identifier: MIT */
/*
 * chat_stream_tap - a glance at a chunk that is relayed: can it matter to the account?
 *
 * Once a stream has shown content, nearly every chunk is one more word: it has choices, a
 * finish_reason of null, no usage and no error.  One pass over its quotation marks says so
 * without checking or walking the JSON.  A text that speaks of usage has backslashes before its
 * quotation marks; whatever is mistaken for a member is only looked at more closely.
 */
#include "chat_stream.h"

#include <string.h>

struct word { /* a member to look for */
    const char *name;
    size_t n;
    int is_expected; /* every chunk has it: that it is there says nothing */
};

static const struct word words[] = {
    { "choices\"", 8, 1 }, { "usage\"", 6, 0 },       { "finish_reason\"", 14, 0 },
    { "error\"", 6, 0 },   { "tool_calls\"", 11, 0 }, { "function_call\"", 14, 0 },
};

/* The word that begins at p. */
static const struct word *word_at(const char *p, const char *end)
{
    if (p == end || memchr("cufet", *p, 5) == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if ((size_t)(end - p) >= words[i].n && memcmp(p, words[i].name, words[i].n) == 0)
            return &words[i];
    return NULL;
}

/* p is behind a member's name: is its value null? */
static int is_null_behind(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == ':'))
        p++;
    return end - p >= 4 && memcmp(p, "null", 4) == 0;
}

int chat_tap_may_skip(const struct rx *rx, const struct cp_frame *frame, struct cp_str data)
{
    const char *p = data.p, *end = data.p + data.n;
    int has_choices = 0;

    if (!rx->is_started || rx->choices == NULL || rx->choices->next != NULL ||
        !rx->choices->has_words || frame->event.n > 0 || data.n == 0 || data.p[0] != '{')
        return 0;
    while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
        const struct word *w = word_at(++p, end);
        if (w == NULL)
            continue;
        has_choices |= w->is_expected;
        if (!w->is_expected && !is_null_behind(p + w->n, end))
            return 0;
        p += w->n;
    }
    return has_choices;
}
