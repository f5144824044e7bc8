/* SPDX-License-Identifier: MIT */
/*
 * str - slices of text: compare, trim, split, read numbers.
 *
 * Case is ASCII's everywhere: header names, units and schemes know no other, and a locale must
 * not change what a configuration means.
 */
#include "base/str.h"

#include "base/err.h"

#include <stdint.h>

static char str_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool str_same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_lower(a[i]) != str_lower(b[i]))
            return false;
    return true;
}

struct cp_str str_of(const char *z)
{
    return z ? (struct cp_str){ z, strlen(z) } : STR_NONE;
}

struct cp_str str_n(const char *p, size_t n)
{
    return (struct cp_str){ p, n };
}

bool str_eq(struct cp_str a, struct cp_str b)
{
    if (!a.p || !b.p)
        return !a.p && !b.p;
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

bool str_is(struct cp_str a, const char *z)
{
    return str_eq(a, str_of(z));
}

bool str_is_nocase(struct cp_str a, const char *z)
{
    if (!a.p || !z)
        return !a.p && !z;
    /* most names that are not meant differ here already */
    if (a.n && (a.p[0] | 0x20) != (z[0] | 0x20))
        return false;
    return a.n == strlen(z) && str_same_nocase(a.p, z, a.n);
}

bool str_begins(struct cp_str a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.p && a.n >= n && memcmp(a.p, prefix, n) == 0;
}

bool str_begins_nocase(struct cp_str a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.p && a.n >= n && str_same_nocase(a.p, prefix, n);
}

bool str_ends(struct cp_str a, const char *suffix)
{
    size_t n = strlen(suffix);
    return a.p && a.n >= n && memcmp(a.p + (a.n - n), suffix, n) == 0;
}

ptrdiff_t str_find(struct cp_str hay, struct cp_str needle)
{
    if (!hay.p || !needle.p)
        return -1;
    const char *hit = memmem(hay.p, hay.n, needle.p, needle.n);
    return hit ? hit - hay.p : -1;
}

ptrdiff_t str_find_nocase(struct cp_str hay, const char *needle)
{
    size_t n = strlen(needle);
    if (!hay.p)
        return -1;
    for (size_t i = 0; i + n <= hay.n; i++)
        if (str_same_nocase(hay.p + i, needle, n))
            return (ptrdiff_t)i;
    return -1;
}

ptrdiff_t str_chr(struct cp_str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? hit - s.p : -1;
}

struct cp_str str_from(struct cp_str s, size_t at)
{
    if (!s.p)
        return s;
    at = at < s.n ? at : s.n;
    return (struct cp_str){ s.p + at, s.n - at };
}

struct cp_str str_cut(struct cp_str s, size_t n)
{
    return (struct cp_str){ s.p, n < s.n ? n : s.n };
}

static bool str_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct cp_str str_trim(struct cp_str s)
{
    while (s.n && str_is_blank(s.p[s.n - 1]))
        s.n--;
    while (s.n && str_is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    return s;
}

bool str_split(struct cp_str *rest, char sep, struct cp_str *part)
{
    if (!rest->p)
        return false;
    ptrdiff_t at = str_chr(*rest, sep);
    if (at < 0) {
        *part = *rest;
        *rest = STR_NONE;
        return true;
    }
    *part = str_cut(*rest, (size_t)at);
    *rest = str_from(*rest, (size_t)at + 1);
    return true;
}

/* Reads digits off the front of *s: E_SYNTAX if there are none, E_LIMIT past INT64_MAX. */
static int str_digits(struct cp_str *s, uint64_t *value)
{
    uint64_t sum = 0;
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(s->p[i] - '0');
        if (sum > ((uint64_t)INT64_MAX + 1 - digit) / 10)
            return E_LIMIT;
        sum = sum * 10 + digit;
    }
    if (i == 0)
        return E_SYNTAX;
    *s = str_from(*s, i);
    *value = sum;
    return 0;
}

int str_int(struct cp_str s, int64_t *value)
{
    bool minus = s.n && s.p[0] == '-';
    if (minus)
        s = str_from(s, 1);

    uint64_t sum;
    int rc = str_digits(&s, &sum);
    if (rc)
        return rc;
    if (s.n)
        return E_SYNTAX;
    if (!minus && sum > INT64_MAX)
        return E_LIMIT;
    *value = minus ? -(int64_t)(sum - (sum > 0)) - (sum > 0) : (int64_t)sum;
    return 0;
}

struct str_unit {
    const char *name;
    int64_t factor;
};

/* Takes "12 KB" apart: the number, blanks, the word that follows, looked up in units. */
static int str_measure(struct cp_str *s, const struct str_unit *units, int64_t *value)
{
    uint64_t sum;
    int rc = str_digits(s, &sum);
    if (rc)
        return rc;
    if (sum > INT64_MAX)
        return E_LIMIT;

    *s = str_trim(*s);
    size_t n = 0;
    while (n < s->n && (s->p[n] < '0' || s->p[n] > '9') && !str_is_blank(s->p[n]))
        n++;
    struct cp_str word = str_cut(*s, n);
    *s = str_from(*s, n);
    for (; units->name; units++) {
        if (!str_is_nocase(word, units->name))
            continue;
        if (__builtin_mul_overflow((int64_t)sum, units->factor, value))
            return E_LIMIT;
        return 0;
    }
    return E_SYNTAX;
}

int str_bytes(struct cp_str s, int64_t *bytes)
{
    static const int64_t ki = 1024, mi = 1024 * ki, gi = 1024 * mi, ti = 1024 * gi;
    const struct str_unit units[] = {
        { "", 1 },     { "b", 1 },   { "k", ki },   { "kb", ki },  { "kib", ki },
        { "m", mi },   { "mb", mi }, { "mib", mi }, { "g", gi },   { "gb", gi },
        { "gib", gi }, { "t", ti },  { "tb", ti },  { "tib", ti }, { NULL, 0 },
    };
    int64_t value;
    s = str_trim(s);
    int rc = str_measure(&s, units, &value);
    if (rc)
        return rc;
    if (s.n)
        return E_SYNTAX;
    *bytes = value;
    return 0;
}

int str_duration(struct cp_str s, int64_t *ms)
{
    static const struct str_unit units[] = {
        { "ms", 1 },      { "s", 1000 },     { "m", 60000 }, { "min", 60000 },
        { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
    };
    int64_t sum = 0;
    s = str_trim(s);
    if (str_is(s, "0")) {
        *ms = 0;
        return 0;
    }
    do {
        int64_t value;
        int rc = str_measure(&s, units, &value);
        if (rc)
            return rc;
        if (__builtin_add_overflow(sum, value, &sum))
            return E_LIMIT;
        s = str_trim(s);
    } while (s.n);
    *ms = sum;
    return 0;
}

/* source: RFC 9110 5.6.2 */
bool str_is_token(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = str_lower(s.p[i]);
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.n > 0;
}

bool str_is_field_value(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}
