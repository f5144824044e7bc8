/* SPDX-License-Identifier: MIT */
/*
 * parcel - what goes out: the header lines, and a body small enough to go with them, in one block.
 *
 * Block: list | joined body | lines.
 */
#include "loop/parcel.h"

#include "base/mem.h"
#include "base/str.h"
#include "loop/transfer.h"

#include <stdlib.h>
#include <string.h>

/* One send() for head and body is worth a copy of this much. */
enum { SMALL_BODY = 16 * 1024 };

/* libcurl would add these by itself. */
static const char *const silenced[] = { "Accept", "Content-Type", "Expect" };
enum { SILENCED = sizeof silenced / sizeof *silenced, SILENCED_BYTES = 16 };

static bool says(const struct transfer_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->headers_n; i++)
        if (str_is_nocase(spec->headers[i].name, name))
            return true;
    return false;
}

static char *put(char *to, struct parcel_line *line, struct cp_str name, struct cp_str value)
{
    line->text = to;
    line->next = line + 1;
    memcpy(to, name.p, name.n);
    to += name.n;
    if (value.n == 0) {
        *to = value.p ? ';' : ':';
        return to + 2;
    }
    memcpy(to, ": ", 2);
    memcpy(to + 2, value.p, value.n);
    return to + 2 + value.n + 1;
}

static size_t lines_max(const struct transfer *t)
{
    return t->spec.headers_n + SILENCED;
}

void parcel_build(struct transfer *t)
{
    const struct transfer_spec *spec = &t->spec;
    size_t small = t->body.total <= SMALL_BODY ? (size_t)t->body.total : 0;
    t->block_bytes =
        lines_max(t) * sizeof(struct parcel_line) + small + (size_t)SILENCED * SILENCED_BYTES;
    for (size_t i = 0; i < spec->headers_n; i++)
        t->block_bytes += spec->headers[i].name.n + spec->headers[i].value.n + 3;
    struct parcel_line *line = t->block = mem_new(1, t->block_bytes);
    char *at = (char *)(line + lines_max(t));
    at += pieces_read(&t->body, at, small);
    for (size_t i = 0; i < spec->headers_n; i++) {
        struct cp_str value = spec->headers[i].value;
        at = put(at, line++, spec->headers[i].name, value.n ? value : STR(""));
    }
    for (size_t i = 0; i < SILENCED; i++)
        if (!says(spec, silenced[i]))
            at = put(at, line++, str_of(silenced[i]), STR_NONE);
    line[-1].next = NULL; /* there are always SILENCED lines or more */
}

char *parcel_small_body(const struct transfer *t)
{
    return t->body.total <= SMALL_BODY ? (char *)((struct parcel_line *)t->block + lines_max(t))
                                       : NULL;
}

void parcel_wipe(struct transfer *t)
{
    if (t->block)
        explicit_bzero(t->block, t->block_bytes);
    free(t->block);
    t->block = NULL;
}
