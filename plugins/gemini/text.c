/* SPDX-License-Identifier: MIT */
/*
 * text - strings in request memory, members in either spelling, base64 in either alphabet.
 *
 * Everything here allocates from the host, so nothing is ever freed.  When the request is
 * over its budget a function answers with what it has (an absent or the old string); the host
 * remembers the refusal and the tape or output fails for it.
 *
 * Google's services read the JSON of Protocol Buffers: a name may be camelCase or snake_case,
 * null is the same as not said, a 64-bit number may be a string, and bytes may be in either
 * base64 alphabet, padded or not.  Programs in the field use all of it.
 */
#include "gemini.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ABSENT ((struct cp_str){ NULL, 0 })

int gemini_text_is(struct cp_str a, const char *b)
{
    return a.p != NULL && a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

int gemini_text_same(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int gemini_text_begins(struct cp_str a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

struct cp_str gemini_text_format(struct cp_call *call, const char *fmt, ...)
{
    va_list args;
    int n;
    char *p;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    p = n < 0 ? NULL : H->alloc(call, (size_t)n + 1);
    if (p == NULL)
        return ABSENT;
    va_start(args, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, args); /* measured above */
    va_end(args);
    return (struct cp_str){ p, (size_t)n };
}

struct cp_str gemini_text_join(struct cp_call *call, const struct cp_str *parts, size_t n)
{
    size_t bytes = 0;
    char *p;

    for (size_t i = 0; i < n; i++)
        bytes += parts[i].n;
    p = H->alloc(call, bytes + 1);
    if (p == NULL)
        return ABSENT;
    bytes = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0)
            memcpy(p + bytes, parts[i].p, parts[i].n);
        bytes += parts[i].n;
    }
    return (struct cp_str){ p, bytes };
}

static size_t quoted_byte(char *to, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char plain[] = "\"\"\\\\\nn\rr\tt\bb\ff";

    for (const char *e = plain; *e != '\0'; e += 2) {
        if (c != e[0])
            continue;
        to[0] = '\\';
        to[1] = e[1];
        return 2;
    }
    if ((unsigned char)c >= 0x20) {
        to[0] = c;
        return 1;
    }
    memcpy(to, "\\u00", 4);
    to[4] = hex[(unsigned char)c >> 4];
    to[5] = hex[c & 15];
    return 6;
}

struct cp_str gemini_text_quote(struct cp_call *call, struct cp_str text)
{
    size_t n = 0;
    char *p = H->alloc(call, text.n * 6 + 2);

    if (p == NULL)
        return S("\"\"");
    p[n++] = '"';
    for (size_t i = 0; i < text.n; i++)
        n += quoted_byte(p + n, text.p[i]);
    p[n++] = '"';
    return (struct cp_str){ p, n };
}

/* ---- members ----------------------------------------------------------------------------- */

static int is_snake_of(struct cp_str key, const char *camel)
{
    size_t i = 0;

    for (; *camel != '\0'; camel++) {
        int is_upper = *camel >= 'A' && *camel <= 'Z';
        if (is_upper && (i >= key.n || key.p[i++] != '_'))
            return 0;
        if (i >= key.n || key.p[i++] != (is_upper ? (char)(*camel + 32) : *camel))
            return 0;
    }
    return i == key.n;
}

int gemini_key_is(struct cp_str key, const char *camel)
{
    size_t n = strlen(camel);

    if (key.n == n && memcmp(key.p, camel, n) == 0)
        return 1;
    if (key.n > n && memchr(key.p, '\\', key.n) != NULL)
        return J->is(key, camel);
    return is_snake_of(key, camel);
}

struct cp_str gemini_member(struct cp_str object, const char *camel)
{
    struct cp_str key, v, found = ABSENT;
    size_t at = 0;

    while (J->kind(object) == '{' && J->each(object, &at, &key, &v))
        if (gemini_key_is(key, camel) && J->kind(v) != 'n')
            found = v;
    return found;
}

struct cp_str gemini_member_text(struct cp_call *call, struct cp_str object, const char *camel)
{
    struct cp_str v = gemini_member(object, camel);

    return J->kind(v) == '"' ? J->text(call, v) : ABSENT;
}

int64_t gemini_int(struct cp_str v, int64_t otherwise)
{
    int64_t value;

    if (J->kind(v) == '"' && v.n > 2)
        v = (struct cp_str){ v.p + 1, v.n - 2 };
    if (J->kind(v) != '0' || J->integer(v, &value) != CP_OK)
        return otherwise;
    return value;
}

/* ---- base64 ------------------------------------------------------------------------------ */

static int is_blank(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

static int is_standard(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '-' || s.p[i] == '_' || is_blank(s.p[i]))
            return 0;
    return s.n % 4 == 0;
}

struct cp_str gemini_base64(struct cp_call *call, struct cp_str s)
{
    size_t n = 0;
    char *p;

    if (s.p == NULL || is_standard(s))
        return s;
    p = H->alloc(call, s.n + 4);
    if (p == NULL)
        return s;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!is_blank(c) && c != '=')
            p[n++] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    while (n % 4 != 0 && n % 4 != 1) /* one lone digit is no byte: nothing completes it */
        p[n++] = '=';
    return (struct cp_str){ p, n };
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

struct cp_str gemini_base64_read(struct cp_call *call, struct cp_str s)
{
    char *p = H->alloc(call, s.n / 4 * 3 + 4);
    uint32_t bits = 0, have = 0;
    size_t n = 0;

    if (p == NULL)
        return ABSENT;
    for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
        int value = base64_value(s.p[i]);
        if (value < 0)
            return ABSENT;
        bits = (bits << 6 | (uint32_t)value) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (char)(bits >> have & 0xFF);
        }
    }
    return (struct cp_str){ p, n };
}

struct cp_str gemini_base64_of(struct cp_call *call, struct cp_str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *p = H->alloc(call, (s.n + 2) / 3 * 4 + 1);
    size_t n = 0;

    if (p == NULL)
        return ABSENT;
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i;
        uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;
        if (left > 1)
            v |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)s.p[i + 2];
        p[n++] = digits[v >> 18];
        p[n++] = digits[v >> 12 & 63];
        p[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
        p[n++] = left > 2 ? digits[v & 63] : '=';
    }
    return (struct cp_str){ p, n };
}
