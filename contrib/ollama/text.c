/* SPDX-License-Identifier: MIT */
/*
 * text - strings in the request's memory, members of JSON, moments.
 *
 * What is allocated here nobody frees.  Over the request's budget a function answers with nothing; the host remembers
 * the refusal.
 */
#include "ollama.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int text_is(struct cp_str a, const char *b)
{
    return a.p != NULL && a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

int text_same(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int text_begins(struct cp_str a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

int text_has(struct cp_str hay, const char *words)
{
    size_t n = strlen(words);

    for (size_t i = 0; i + n <= hay.n; i++) {
        size_t k = 0;
        while (k < n && lower(hay.p[i + k]) == words[k])
            k++;
        if (k == n)
            return 1;
    }
    return 0;
}

struct cp_str text_of(const char *z)
{
    return (struct cp_str){ z, strlen(z) };
}

struct cp_str text_join(struct cp_call *call, const struct cp_str *parts, size_t n)
{
    struct pile pile = { 0 };

    pile_add(call, &pile, S(""));
    for (size_t i = 0; i < n; i++)
        pile_add(call, &pile, parts[i]);
    return pile_str(&pile);
}

struct cp_str text_format(struct cp_call *call, const char *fmt, ...)
{
    va_list args;
    int n;
    char *p;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    p = n < 0 ? NULL : H->alloc(call, (size_t)n + 1);
    if (p == NULL)
        return NOTHING;
    va_start(args, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, args); /* measured above */
    va_end(args);
    return (struct cp_str){ p, (size_t)n };
}

const char *text_z(struct cp_call *call, struct cp_str s)
{
    struct cp_str z = text_join(call, (struct cp_str[]){ s, { "", 1 } }, 2);

    return z.p == NULL ? "" : z.p;
}

void pile_add(struct cp_call *call, struct pile *pile, struct cp_str s)
{
    size_t cap = pile->cap < 64 ? 64 : pile->cap;
    char *p;

    while (cap < pile->n + s.n)
        cap *= 2;
    if (cap > pile->cap) {
        p = H->alloc(call, cap);
        if (p == NULL)
            return;
        if (pile->n > 0)
            memcpy(p, pile->p, pile->n);
        pile->p = p;
        pile->cap = cap;
    }
    if (s.n > 0)
        memcpy(pile->p + pile->n, s.p, s.n);
    pile->n += s.n;
}

struct cp_str pile_str(const struct pile *pile)
{
    return (struct cp_str){ pile->p, pile->n };
}

struct cp_str json_text(struct cp_call *call, struct cp_str object, const char *key)
{
    struct cp_str v = J->kind(object) == '{' ? J->get(object, key) : NOTHING;

    return J->kind(v) == '"' ? J->text(call, v) : NOTHING;
}

int json_is_null(struct cp_str v)
{
    return v.p == NULL || J->kind(v) == 'n';
}

int64_t json_count(struct cp_str object, const char *key)
{
    struct cp_str v = J->get(object, key);
    int64_t n = -1;

    if (J->kind(v) != '0' || J->integer(v, &n) != CP_OK || n > INT64_MAX / 8)
        return -1;
    return n < 0 ? -1 : n;
}

void put_text(struct cp_out *out, const char *key, struct cp_str text)
{
    (void)J->key(out, key);
    (void)J->string(out, text.p == NULL ? S("") : text);
}

void put_raw(struct cp_out *out, const char *key, struct cp_str json)
{
    (void)J->key(out, key);
    (void)J->raw(out, json);
}

void put_number(struct cp_out *out, const char *key, int64_t n)
{
    (void)J->key(out, key);
    (void)J->number(out, n);
}

/* ---- moments; source: Howard Hinnant, "chrono-compatible low-level date algorithms" ---- */

struct cp_str stamp_write(struct cp_call *call, int64_t ms)
{
    int64_t s = ms / 1000, z = s / 86400 + 719468, day_s = s % 86400;
    int64_t era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);

    if (ms < 0)
        return S("1970-01-01T00:00:00Z");
    return text_format(call, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year, (int)month,
                       (int)(doy - (153 * mp + 2) / 5 + 1), (int)(day_s / 3600),
                       (int)(day_s / 60 % 60), (int)(day_s % 60), (int)(ms % 1000));
}

/* n digits at p as a number; -1: they are none. */
static int digits(const char *p, int n)
{
    int v = 0;

    for (; n > 0; n--, p++) {
        if (*p < '0' || *p > '9')
            return -1;
        v = v * 10 + (*p - '0');
    }
    return v;
}

static int64_t zone_of(struct cp_str s)
{
    for (size_t i = 19; i + 6 <= s.n; i++)
        if ((s.p[i] == '+' || s.p[i] == '-') && s.p[i + 3] == ':' &&
            digits(s.p + i + 1, 2) >= 0 && digits(s.p + i + 4, 2) >= 0)
            return (s.p[i] == '-' ? -60 : 60) *
                   (digits(s.p + i + 1, 2) * 60 + digits(s.p + i + 4, 2));
    return 0;
}

int64_t stamp_read(struct cp_str s)
{
    int64_t year, month, day, era, yoe, doy;

    if (s.n < 19 || s.p[4] != '-' || s.p[7] != '-' || s.p[13] != ':' || s.p[16] != ':')
        return 0;
    year = digits(s.p, 4);
    month = digits(s.p + 5, 2);
    day = digits(s.p + 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || digits(s.p + 11, 2) < 0 ||
        digits(s.p + 14, 2) < 0 || digits(s.p + 17, 2) < 0)
        return 0;
    year -= month <= 2;
    era = year / 400;
    yoe = year % 400;
    doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468) * 86400 +
           digits(s.p + 11, 2) * 3600 + digits(s.p + 14, 2) * 60 + digits(s.p + 17, 2) -
           zone_of(s);
}
