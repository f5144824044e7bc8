/* SPDX-License-Identifier: MIT */
/*
 * names - which name stands for which number: a table that is made once and never shrinks.
 *
 * The hash is seeded by where the table lies, so nobody outside can make all names collide; what
 * is in the table never decides an order, only whether it is there.
 */
#include "request.h"

int names_init(struct cp_call *call, struct names *t, size_t most)
{
    size_t room = 8;

    while (room < most * 2)
        room *= 2;
    t->slots = H->alloc(call, room * sizeof(*t->slots));
    t->mask = room - 1;
    return t->slots != NULL;
}

uint32_t *names_at(const struct names *t, struct cp_str name)
{
    size_t h = 5381 + (size_t)(uintptr_t)t->slots;

    for (size_t i = 0; i < name.n; i++)
        h = h * 33 ^ (unsigned char)name.p[i];
    h &= t->mask;
    while (t->slots[h].name.p != NULL && !gemini_text_same(t->slots[h].name, name))
        h = (h + 1) & t->mask;
    t->slots[h].name = name.p == NULL ? S("") : name;
    return &t->slots[h].value;
}
