/* SPDX-License-Identifier: MIT */
/*
 * pack - bytes made small: a letter, the length, what zlib made of them.
 *
 *     'r' bytes                      as they are: short, or not worth it
 *     'z' length (4, little) bytes   zlib
 */
#include "sqlite.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SHORT = 256, LONGEST = 256 << 20, HEAD = 5 };
/* What is packed is a few kilobytes: zlib's usual window costs more to set up than to use (256 KiB to clear each time). */
enum { WINDOW_BITS = 12, MEMORY_LEVEL = 5 };

/* Returns how many bytes it made, or 0: it did not work out. */
static size_t squeeze(unsigned char *to, size_t room, struct cp_str bytes)
{
    z_stream z = { .next_out = to, .avail_out = (uInt)room, .avail_in = (uInt)bytes.n };

    z.next_in = (Bytef *)(uintptr_t)bytes.p;
    if (deflateInit2(&z, 6, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    size_t made = deflate(&z, Z_FINISH) == Z_STREAM_END ? z.total_out : 0;
    deflateEnd(&z);
    return made;
}

int pack(struct cp_str bytes, struct cp_str *packed)
{
    unsigned char *p = malloc(HEAD + bytes.n + 1);

    if (!p)
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    size_t n =
        bytes.n > SHORT && bytes.n < LONGEST ? squeeze(p + HEAD, bytes.n - HEAD, bytes) : 0;
    p[0] = n ? 'z' : 'r';
    for (int i = 0; n && i < 4; i++)
        p[1 + i] = (unsigned char)(bytes.n >> 8 * i);
    if (!n && bytes.n)
        memcpy(p + 1, bytes.p, bytes.n);
    *packed = (struct cp_str){ (char *)p, n ? HEAD + n : 1 + bytes.n };
    return CP_OK;
}

int unpack(struct cp_str packed, struct cp_str *bytes)
{
    const unsigned char *p = (const unsigned char *)packed.p;
    uLongf n = 0;

    *bytes = (struct cp_str){ NULL, 0 };
    if (packed.n < 1 || (p[0] != 'r' && p[0] != 'z') || (p[0] == 'z' && packed.n < HEAD))
        return sqlite_host->fail(NULL, CP_E_SYNTAX, "something packed is damaged");
    for (int i = 3; p[0] == 'z' && i >= 0; i--)
        n = n << 8 | p[1 + i];
    if (p[0] == 'r')
        n = packed.n - 1;
    char *out = n < LONGEST ? malloc(n + 1) : NULL;
    if (!out)
        return sqlite_host->fail(NULL, CP_E_NOMEM, "out of memory");
    bool is_good = true;
    if (p[0] == 'r')
        memcpy(out, p + 1, n);
    else
        is_good = uncompress((Bytef *)out, &n, p + HEAD, packed.n - HEAD) == Z_OK;
    *bytes = (struct cp_str){ out, n };
    if (is_good)
        return CP_OK;
    pack_free(*bytes);
    *bytes = (struct cp_str){ NULL, 0 };
    return sqlite_host->fail(NULL, CP_E_SYNTAX, "something packed is damaged");
}

void pack_free(struct cp_str s)
{
    free((void *)(uintptr_t)s.p);
}
