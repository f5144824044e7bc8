/* SPDX-License-Identifier: MIT */
/*
 * builder - text that grows in request memory.
 *
 * For JSON that must be at hand before it can be written: a schema that becomes an item of the
 * tape.  Memory is asked for in doubling pieces; what is outgrown stays until the request ends.
 */
#include "request.h"

#include <string.h>

static char *builder_need(struct builder *b, size_t more)
{
    size_t room = b->room == 0 ? 512 : b->room;
    char *p;

    if (b->is_failed)
        return NULL;
    if (b->n + more <= b->room)
        return b->p + b->n;
    while (room < b->n + more)
        room *= 2;
    p = H->alloc(b->call, room);
    if (p == NULL) {
        b->is_failed = 1;
        return NULL;
    }
    if (b->n > 0)
        memcpy(p, b->p, b->n);
    b->p = p;
    b->room = room;
    return p + b->n;
}

void builder_add(struct builder *b, struct cp_str s)
{
    char *to = s.n > 0 ? builder_need(b, s.n) : NULL;

    if (to == NULL)
        return;
    memcpy(to, s.p, s.n);
    b->n += s.n;
}

void builder_quote(struct builder *b, struct cp_str text)
{
    builder_add(b, gemini_text_quote(b->call, text));
}

void builder_comma(struct builder *b)
{
    char last = b->n > 0 ? b->p[b->n - 1] : '{';

    if (last != '{' && last != '[' && last != ':')
        builder_add(b, S(","));
}

void builder_key(struct builder *b, const char *name)
{
    builder_comma(b);
    builder_add(b, S("\""));
    builder_add(b, (struct cp_str){ name, strlen(name) });
    builder_add(b, S("\":"));
}

struct cp_str builder_text(const struct builder *b)
{
    if (b->is_failed)
        return NOTHING;
    return b->n == 0 ? S("") : (struct cp_str){ b->p, b->n };
}
