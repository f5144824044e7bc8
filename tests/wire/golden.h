/* SPDX-License-Identifier: MIT */
/*
 * golden - files and texts of the wire tests: read, write, compare, show where they part.
 */
#ifndef TESTS_WIRE_GOLDEN_H
#define TESTS_WIRE_GOLDEN_H

#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES = 16 << 20 };

/* Shows where two texts part, as TAP comments. */
static inline void show_difference(struct cp_str wanted, struct cp_str got)
{
    struct cp_str a = STR(""), b = STR("");
    for (int line = 1; wanted.p || got.p; line++) {
        a = b = STR("(nothing)");
        (void)str_split(&wanted, '\n', &a); /* at the end there is nothing */
        (void)str_split(&got, '\n', &b);
        if (str_eq(a, b))
            continue;
        printf("# line %d\n#   wanted  %.*s\n#   got     %.*s\n", line,
               STR_FMT(str_cut(a, 600)), STR_FMT(str_cut(b, 600)));
        return;
    }
}

static inline bool same(struct cp_str wanted, struct cp_str got)
{
    wanted = str_trim(wanted);
    got = str_trim(got);
    if (str_eq(wanted, got))
        return true;
    show_difference(wanted, got);
    return false;
}

static inline bool file_read(const char *path, struct buf *out)
{
    char piece[16384];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_add(out, piece, n);
    fclose(f);
    return true;
}

static inline void file_write(const char *path, struct cp_str text)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f)) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
    printf("# wrote %s\n", path);
}

#endif
