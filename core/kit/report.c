/* SPDX-License-Identifier: MIT */
/*
 * report - what the checks of the kit for authors found, as TAP.
 */
#include "kit/report.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

enum { NOTE_BYTES = 4096 };

bool report_tell(struct report *r, bool is_good, const char *fmt, ...)
{
    va_list args;

    r->checks++;
    r->failed += !is_good;
    printf("%sok %d - ", is_good ? "" : "not ", r->checks);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    return is_good;
}

void report_skip(struct report *r, const char *what, const char *why)
{
    r->checks++;
    r->skipped++;
    printf("ok %d - %s # skip %s\n", r->checks, what, why);
    fflush(stdout);
}

void report_note(const char *fmt, ...)
{
    char text[NOTE_BYTES];
    struct cp_str rest, line;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    rest = str_of(text);
    while (str_split(&rest, '\n', &line))
        printf("# %.*s\n", STR_FMT(line));
}

int report_end(const struct report *r)
{
    printf("1..%d\n", r->checks);
    return r->failed != 0;
}
