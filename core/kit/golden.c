/* SPDX-License-Identifier: MIT */
/*
 * golden - files and texts of golden tests: read, write, compare, show where they part.
 */
#include "kit/golden.h"

#include "base/str.h"
#include "kit/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SHOWN = 600 };

static void note_difference(struct cp_str wanted, struct cp_str got)
{
    for (int line = 1; wanted.p || got.p; line++) {
        struct cp_str a = STR("(nothing)"), b = STR("(nothing)");
        (void)str_split(&wanted, '\n', &a); /* at the end there is nothing */
        (void)str_split(&got, '\n', &b);
        if (str_eq(a, b))
            continue;
        report_note("line %d\n  wanted  %.*s\n  got     %.*s", line,
                    STR_FMT(str_cut(a, LINE_SHOWN)), STR_FMT(str_cut(b, LINE_SHOWN)));
        return;
    }
}

bool golden_same(struct cp_str wanted, struct cp_str got)
{
    wanted = str_trim(wanted);
    got = str_trim(got);
    if (str_eq(wanted, got))
        return true;
    note_difference(wanted, got);
    return false;
}

bool golden_read(const char *path, struct buf *out)
{
    char piece[16384];
    size_t n;
    FILE *f = fopen(path, "rb");
    bool is_whole = f;

    while (is_whole && (n = fread(piece, 1, sizeof(piece), f)) > 0)
        is_whole = out->n + n <= GOLDEN_BYTES && !buf_add(out, piece, n);
    if (f)
        fclose(f);
    return is_whole;
}

bool golden_write(const char *path, struct cp_str text)
{
    FILE *f = fopen(path, "wb");
    bool is_good = f && fwrite(text.p ? text.p : "", 1, text.n, f) == text.n;

    if (f && fclose(f))
        is_good = false;
    if (is_good)
        report_note("wrote %s", path);
    else
        report_note("cannot write %s: %s", path, strerror(errno));
    return is_good;
}
