/* SPDX-License-Identifier: MIT */
/*
 * scan - reads JSON where it lies: a value is the slice of text that spells it.
 *
 * Two passes on purpose. scan_check() is strict, because an upstream that accepts broken JSON would
 * hide a gateway that writes it; after it the walk may be lax and quick. Nothing here is shared
 * with the gateway's own scanner.
 */
#include "scan.h"

#include <string.h>

enum { DEPTH_MAX = 512 };

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* p is behind the opening quote; returns behind the closing one, or NULL. */
static const char *check_string(const char *p, const char *end)
{
    while (p < end) {
        unsigned char c = (unsigned char)*p++;
        if (c == '"')
            return p;
        if (c < 0x20)
            return NULL;
        if (c != '\\')
            continue;
        if (p >= end || !strchr("\"\\/bfnrtu", *p))
            return NULL;
        if (*p++ != 'u')
            continue;
        for (int i = 0; i < 4; i++)
            if (p >= end || !is_hex(*p++))
                return NULL;
    }
    return NULL;
}

static const char *check_digits(const char *p, const char *end)
{
    const char *from = p;

    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p > from ? p : NULL;
}

static const char *check_number(const char *p, const char *end)
{
    if (p < end && *p == '-')
        p++;
    if (p < end && *p == '0')
        p++;
    else
        p = check_digits(p, end);
    if (p && p < end && *p == '.')
        p = check_digits(p + 1, end);
    if (p && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        p = check_digits(p, end);
    }
    return p;
}

static const char *check_scalar(const char *p, const char *end)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0)
            return p + n;
    }
    return *p == '"' ? check_string(p + 1, end) : check_number(p, end);
}

/* A member's name and colon; returns the first byte of its value. */
static const char *check_name(const char *p, const char *end)
{
    p = skip_blank(p, end);
    if (p >= end || *p != '"')
        return NULL;
    p = check_string(p + 1, end);
    if (!p)
        return NULL;
    p = skip_blank(p, end);
    return p < end && *p == ':' ? p + 1 : NULL;
}

/* After a value: closes what ends here, steps over a comma; NULL on error, depth 0 at the end. */
static const char *check_after(const char *p, const char *end, char *stack, int *depth)
{
    while (*depth) {
        p = skip_blank(p, end);
        if (p >= end)
            return NULL;
        if (*p == ',') {
            p++;
            return stack[*depth - 1] == '}' ? check_name(p, end) : p;
        }
        if (*p++ != stack[--*depth])
            return NULL;
    }
    return p;
}

bool scan_check(struct slice text)
{
    char stack[DEPTH_MAX];
    int depth = 0;
    const char *p = text.at, *end = text.at + text.n;

    if (!text.n)
        return false;
    for (;;) {
        p = skip_blank(p, end);
        if (p >= end)
            return false;
        if (*p == '{' || *p == '[') {
            char closer = *p == '{' ? '}' : ']';
            if (depth == DEPTH_MAX)
                return false;
            stack[depth++] = closer;
            const char *inner = skip_blank(p + 1, end);
            if (inner < end && *inner == closer) {
                depth--;
                p = inner + 1;
            } else {
                p = closer == '}' ? check_name(inner, end) : inner;
                if (!p)
                    return false;
                continue;
            }
        } else {
            p = check_scalar(p, end);
        }
        p = p ? check_after(p, end, stack, &depth) : NULL;
        if (!p)
            return false;
        if (!depth)
            return skip_blank(p, end) == end;
    }
}

static const char *skip_string(const char *p, const char *end)
{
    const char *from = p;

    while ((p = memchr(p, '"', (size_t)(end - p)))) {
        const char *q = p++;
        while (q > from && q[-1] == '\\')
            q--;
        if ((p - 1 - q) % 2 == 0)
            return p;
    }
    return end;
}

static const char *skip_value(const char *p, const char *end)
{
    int depth = 0;

    do {
        if (*p == '"') {
            p = skip_string(p + 1, end);
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (*p == '}' || *p == ']') {
            depth--;
            p++;
        } else if (depth) {
            p++;
        } else {
            while (p < end && !strchr(",]} \t\r\n", *p))
                p++;
        }
    } while (depth && p < end);
    return p;
}

struct scan scan_open(struct slice value)
{
    struct scan walk = { 0 };

    if (value.n >= 2 && (value.at[0] == '{' || value.at[0] == '[')) {
        walk.p = value.at + 1;
        walk.end = value.at + value.n;
        walk.closer = value.at[0] == '{' ? '}' : ']';
    }
    return walk;
}

bool scan_next(struct scan *walk, struct slice *name, struct slice *value)
{
    const char *p = walk->p, *end = walk->end;

    if (!walk->closer)
        return false;
    p = skip_blank(p, end);
    if (p < end && *p == ',')
        p = skip_blank(p + 1, end);
    if (p >= end || *p == walk->closer)
        return false;
    if (walk->closer == '}') {
        const char *from = p;
        p = skip_string(p + 1, end);
        if (name)
            *name = (struct slice){ from, (size_t)(p - from) };
        p = skip_blank(p, end);
        p = skip_blank(p < end ? p + 1 : p, end);
        if (p >= end)
            return false;
    }
    walk->p = skip_value(p, end);
    *value = (struct slice){ p, (size_t)(walk->p - p) };
    return true;
}

struct slice scan_member(struct slice object, const char *name)
{
    struct scan walk = scan_open(object);
    struct slice key, value, found = { 0 };

    if (walk.closer == '}')
        while (scan_next(&walk, &key, &value))
            if (scan_is(key, name))
                found = value; /* the last of equal names wins, as in most readers */
    return found;
}

bool scan_is_string(struct slice value)
{
    return value.n >= 2 && value.at[0] == '"';
}

bool scan_is(struct slice value, const char *word)
{
    size_t n = strlen(word);

    return value.n == n + 2 && value.at[0] == '"' && memcmp(value.at + 1, word, n) == 0;
}

static unsigned hex4(const char *p)
{
    unsigned v = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];
        v = v << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return v;
}

static void put_code(struct text *out, unsigned code)
{
    char b[4];
    size_t n = 1;

    if (code < 0x80) {
        b[0] = (char)code;
    } else if (code < 0x800) {
        b[0] = (char)(0xC0 | code >> 6);
        n = 2;
    } else if (code < 0x10000) {
        b[0] = (char)(0xE0 | code >> 12);
        n = 3;
    } else {
        b[0] = (char)(0xF0 | code >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        b[i] = (char)(0x80 | (code >> 6 * (n - 1 - i) & 63));
    text_add(out, b, n);
}

/* p is at the u of an escape; returns behind it. Halves of a pair become U+FFFD when alone. */
static const char *put_unicode(struct text *out, const char *p, const char *end)
{
    unsigned code, low;

    if (end - p < 5)
        return end;
    code = hex4(p + 1);
    p += 5;
    if (code >= 0xD800 && code < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        low = hex4(p + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
    }
    put_code(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return p;
}

void scan_text(struct slice value, struct text *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p, *end;

    if (!scan_is_string(value))
        return;
    p = value.at + 1;
    end = value.at + value.n - 1;
    while (p < end) {
        const char *esc = memchr(p, '\\', (size_t)(end - p));
        text_add(out, p, (size_t)((esc ? esc : end) - p));
        if (!esc || esc + 1 >= end)
            return;
        p = esc + 1;
        const char *hit = memchr(from, *p, 5);
        if (*p == 'u') {
            p = put_unicode(out, p, end);
        } else {
            text_add(out, hit ? to + (hit - from) : p, 1);
            p++;
        }
    }
}
