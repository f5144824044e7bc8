/* SPDX-License-Identifier: MIT */
/*
 * tape - walking over tapes: where blocks and enclosures end, what their pieces say, parameters.
 */
#include "ollama.h"

static int encloses(const struct cp_item *it)
{
    return it->kind == CP_MESSAGE || it->kind == CP_TOOL_RESULT ||
           (it->kind == CP_MEDIA && it->num == CP_FROM_PARTS);
}

static uint32_t enclosure_end(const struct cp_tape *tape, uint32_t at)
{
    uint32_t kind = H->item(tape, at)->kind;
    const struct cp_item *it;

    for (at++; (it = H->item(tape, at)) != NULL; at++)
        if (it->kind == kind && (it->flags & CP_WHOLE) == CP_CLOSE)
            return at + 1;
    return at;
}

uint32_t block_end(const struct cp_tape *tape, uint32_t at)
{
    const struct cp_item *first = H->item(tape, at), *it;

    if (encloses(first))
        return enclosure_end(tape, at);
    for (; (it = H->item(tape, at)) != NULL; at++)
        if (it->kind == first->kind && it->index == first->index && (it->flags & CP_CLOSE) != 0)
            return at + 1;
    return at;
}

struct cp_str block_text(struct cp_call *call, const struct cp_tape *tape, uint32_t at)
{
    const struct cp_item *first = H->item(tape, at), *it;
    uint32_t end = block_end(tape, at);
    struct pile pile = { 0 };

    if ((first->flags & CP_CLOSE) != 0)
        return first->text;
    for (uint32_t i = at; i < end; i++) {
        it = H->item(tape, i);
        if (it->kind != first->kind || it->index != first->index)
            continue;
        if (i > at && (it->flags & CP_SEGMENT) != 0)
            pile_add(call, &pile, S("\n\n"));
        pile_add(call, &pile, it->text);
    }
    return pile_str(&pile);
}

const struct cp_item *param_item(const struct cp_tape *tape, const char *name)
{
    const struct cp_item *it;

    for (uint32_t i = 0; (it = H->item(tape, i)) != NULL && it->kind != CP_MESSAGE; i++)
        if (it->kind == CP_PARAM && text_is(it->name, name) && !json_is_null(it->text))
            return it;
    return NULL;
}

struct cp_str param_of(const struct cp_tape *tape, const char *name)
{
    const struct cp_item *it = param_item(tape, name);

    return it == NULL ? NOTHING : it->text;
}
