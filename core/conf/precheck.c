/* SPDX-License-Identifier: MIT */
/*
 * precheck - what the configuration's parser would let through, seen before it reads.
 *
 * libconfig 1.5 (Debian 12; measured 2026-08) turns 5000000000 into 705032704 and 010 into 10
 * without a word, ends at a NUL byte, opens what @include names, be it a pipe, and loses the
 * memory of a string that is not closed.  So we walk over the text once, with its rules for comments
 * and strings, and look at those only.
 */
#include "conf/precheck.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/node.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct precheck {
    struct cp_str file;
    const char *begin, *p, *end;
    unsigned line;
    int depth;
    bool is_fatal;
    struct conf_report *report;
};

static void precheck_complain(struct precheck *c, const char *what)
{
    char where[4096];
    snprintf(where, sizeof(where), "%.*s:%u", STR_FMT(c->file), c->line);
    conf_complain(c->report, true, str_of(where), "%s", what);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' ||
           c == '-' || c == '*';
}

static bool precheck_sees(const struct precheck *c, const char *what)
{
    return str_begins(str_n(c->p, (size_t)(c->end - c->p)), what);
}

static void precheck_comment(struct precheck *c, const char *until)
{
    while (c->p < c->end && !precheck_sees(c, until)) {
        c->line += *c->p == '\n';
        c->p++;
    }
}

static void precheck_string(struct precheck *c)
{
    unsigned first = c->line;
    for (c->p++; c->p < c->end && *c->p != '"'; c->p++) {
        c->line += *c->p == '\n';
        if (*c->p == '\\' && c->p + 1 < c->end)
            c->p++;
    }
    if (c->p < c->end) {
        c->p++;
        return;
    }
    c->line = first;
    c->is_fatal = true;
    precheck_complain(c, "a string is not closed");
}

static bool precheck_fits(const char *number, bool is_hex, bool is_long)
{
    errno = 0;
    if (is_hex) {
        uintmax_t u = strtoumax(number, NULL, 16);
        return !errno && u <= (is_long ? (uintmax_t)INT64_MAX : INT32_MAX);
    }
    intmax_t i = strtoimax(number, NULL, 10);
    return !errno && (is_long || (i >= INT32_MIN && i <= INT32_MAX));
}

/* At a digit; c->p[-1] may be its sign. */
static void precheck_number(struct precheck *c, bool is_minus)
{
    char number[64] = { 0 };
    size_t n = 0;
    const char *p = c->p;
    bool is_hex = p + 1 < c->end && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'),
         is_float = false;
    if (is_minus)
        number[n++] = '-';
    for (; p < c->end && (is_name(*p) || *p == '.' || *p == '+'); p++) {
        is_float |= !is_hex && (*p == '.' || *p == 'e' || *p == 'E');
        if (*p != 'L' && n < sizeof(number) - 1)
            number[n++] = *p;
    }
    bool is_long = p > c->p && p[-1] == 'L';
    const char *digits = c->p;
    c->p = p;
    if (is_float)
        return;
    if (!is_hex && digits[0] == '0' && p - digits > 1 && is_digit(digits[1]))
        precheck_complain(c, "a number with a leading zero: is it octal or decimal?");
    else if (!precheck_fits(number, is_hex, is_long))
        precheck_complain(c, "this integer does not fit; sizes and times are strings with a "
                             "unit (\"50MB\", \"300s\")");
}

static void precheck_bracket(struct precheck *c)
{
    bool opens = *c->p == '{' || *c->p == '(' || *c->p == '[';
    c->depth += opens ? 1 : -1;
    c->p++;
    if (c->depth == NODE_DEPTH + 1 && opens) {
        precheck_complain(c, "too many brackets inside each other");
        c->is_fatal = true;
    }
}

static void precheck_next(struct precheck *c)
{
    char ch = *c->p;
    if (ch == '\n') {
        c->line++;
        c->p++;
    } else if (ch == '#' || precheck_sees(c, "//")) {
        precheck_comment(c, "\n");
    } else if (precheck_sees(c, "/*")) {
        c->p += 2;
        precheck_comment(c, "*/");
        c->p += c->p < c->end ? 2 : 0;
    } else if (ch == '"') {
        precheck_string(c);
    } else if (precheck_sees(c, "@include")) {
        precheck_complain(c,
                          "@include is not followed: put the file into conf.d beside the main "
                          "file");
        c->is_fatal = true;
        c->p += 8;
    } else if (is_digit(ch)) {
        precheck_number(c, c->p > c->begin && c->p[-1] == '-');
    } else if (is_name(ch) && ch != '-') {
        while (c->p < c->end && is_name(*c->p))
            c->p++;
    } else if (strchr("{}()[]", ch)) {
        precheck_bracket(c);
    } else {
        c->p++;
    }
}

bool precheck_text(struct cp_str file, struct cp_str *text, struct conf_report *report)
{
    if (str_begins(*text, "\xEF\xBB\xBF"))
        *text = str_from(*text, 3);
    struct precheck c = { .file = file, .line = 1, .report = report };
    c.begin = c.p = text->p;
    c.end = text->p + text->n;
    const char *nul = text->n ? memchr(text->p, '\0', text->n) : NULL;
    if (nul) {
        for (const char *p = text->p; p < nul; p++)
            c.line += *p == '\n';
        precheck_complain(&c, "a NUL byte: this is no text file");
        return false;
    }
    while (c.p < c.end && !c.is_fatal)
        precheck_next(&c);
    return !c.is_fatal;
}
