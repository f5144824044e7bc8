/* SPDX-License-Identifier: MIT */
/*
 * input - the file that a command is given, as a whole; "-" is standard input.
 */
#include "main/input.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool input_read(const char *command, const char *name, struct buf *out)
{
    char piece[16384];
    FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rbe");
    size_t n;

    while (f && (n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_add(out, piece, n);
    bool is_good = f && !ferror(f) && !buf_failed(out);
    if (!is_good)
        fprintf(stderr, "claude-proxy %s: %s: %s\n", command, name,
                buf_failed(out) ? "too large" : strerror(errno));
    if (f && f != stdin)
        (void)fclose(f); /* only read */
    return is_good;
}
