/* SPDX-License-Identifier: MIT */
/*
 * pieces - several slices read as one body, without joining them.
 */
#include "loop/pieces.h"

#include <string.h>

#include "base/err.h"

void pieces_init(struct pieces *b, const struct cp_str *at, size_t n)
{
    *b = (struct pieces){ .at = at, .n = n };
    for (size_t i = 0; i < n; i++)
        b->total += at[i].n;
}

size_t pieces_read(struct pieces *b, char *to, size_t room)
{
    size_t done = 0;
    while (done < room && b->i < b->n) {
        const struct cp_str *piece = &b->at[b->i];
        size_t take = piece->n - b->offset;
        if (take > room - done)
            take = room - done;
        if (take)
            memcpy(to + done, piece->p + b->offset, take);
        done += take;
        b->offset += take;
        if (b->offset == piece->n) {
            b->i++;
            b->offset = 0;
        }
    }
    return done;
}

int pieces_seek(struct pieces *b, uint64_t from_start)
{
    if (from_start > b->total)
        return E_LIMIT;
    b->i = 0;
    while (b->i < b->n && from_start >= b->at[b->i].n)
        from_start -= b->at[b->i++].n;
    b->offset = (size_t)from_start;
    return 0;
}
