/* SPDX-License-Identifier: MIT */
/*
 * text - growable bytes and the few ways the simulator writes JSON into them.
 *
 * The template of text_form() exists because a stream's events are mostly constant text with three
 * or four holes; spelled with the usual escapes they would be unreadable, and unreadable fixtures
 * are wrong fixtures.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *text_room(struct text *t, size_t n)
{
    if (t->cap - t->n < n) {
        size_t cap = t->cap ? t->cap * 2 : 512;
        if (cap < t->n + n)
            cap = t->n + n;
        t->at = realloc(t->at, cap);
        if (!t->at)
            abort();
        t->cap = cap;
    }
    return t->at + t->n;
}

void text_add(struct text *t, const char *p, size_t n)
{
    if (!n)
        return;
    memcpy(text_room(t, n), p, n);
    t->n += n;
}

void text_str(struct text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_num(struct text *t, int64_t v)
{
    char digits[24];
    int n = 0;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

    do
        digits[n++] = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        digits[n++] = '-';
    text_room(t, (size_t)n);
    while (n)
        t->at[t->n++] = digits[--n];
}

static void json_char(struct text *t, unsigned char ch)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    char code[6] = { '\\', 'u', '0', '0', hex[ch >> 4], hex[ch & 15] };

    for (size_t i = 0; i + 1 < sizeof named - 1; i += 2) {
        if (named[i] == (char)ch) {
            code[1] = named[i + 1];
            text_add(t, code, 2);
            return;
        }
    }
    text_add(t, code, 6);
}

/* How many bytes from p on need no escape; eight at a time, for texts of megabytes. */
static size_t plain_run(const char *p, size_t n)
{
    static const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t v, quote, slash;
        memcpy(&v, p + i, 8);
        quote = v ^ ones * '"';
        slash = v ^ ones * '\\';
        if ((((v - ones * 0x20) & ~v) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) &
            tops)
            break;
    }
    while (i < n && (unsigned char)p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

void text_json(struct text *t, const char *p, size_t n)
{
    while (n) {
        size_t run = plain_run(p, n);
        text_add(t, p, run);
        p += run;
        n -= run;
        if (n) {
            json_char(t, (unsigned char)*p++);
            n--;
        }
    }
}

void text_base64(struct text *t, const char *p, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *o = text_room(t, (n + 2) / 3 * 4);

    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)(unsigned char)p[i] << 16;
        if (i + 1 < n)
            v |= (uint32_t)(unsigned char)p[i + 1] << 8;
        if (i + 2 < n)
            v |= (unsigned char)p[i + 2];
        *o++ = digits[v >> 18];
        *o++ = digits[v >> 12 & 63];
        *o++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
        *o++ = i + 2 < n ? digits[v & 63] : '=';
    }
    t->n = (size_t)(o - t->at);
}

void text_free(struct text *t)
{
    free(t->at);
    *t = (struct text){ 0 };
}

static void form_hole(struct text *t, char kind, va_list *args)
{
    struct slice s = { 0 };

    if (kind == 'n') {
        text_num(t, va_arg(*args, int64_t));
        return;
    }
    if (kind == 'S' || kind == 'Q')
        s = *va_arg(*args, const struct slice *);
    else if (kind == 's' || kind == 'q')
        s = slice_of(va_arg(*args, const char *));
    else
        abort(); /* a template is a constant: a wrong one is a bug here */
    if (kind == 's' || kind == 'S') {
        text_add(t, s.at, s.n);
        return;
    }
    text_add(t, "\"", 1);
    text_json(t, s.at, s.n);
    text_add(t, "\"", 1);
}

void text_form(struct text *t, const char *form, ...)
{
    va_list args;

    va_start(args, form);
    while (*form) {
        size_t run = strcspn(form, "'%");
        text_add(t, form, run);
        form += run;
        if (*form == '\'') {
            text_add(t, "\"", 1);
            form++;
        } else if (*form == '%' && form[1] == '%') {
            text_add(t, "%", 1);
            form += 2;
        } else if (*form == '%') {
            form_hole(t, form[1], &args);
            form += 2;
        }
    }
    va_end(args);
}

struct slice slice_of(const char *s)
{
    return (struct slice){ s, s ? strlen(s) : 0 };
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.n && is_space(s.at[0])) {
        s.at++;
        s.n--;
    }
    while (s.n && is_space(s.at[s.n - 1]))
        s.n--;
    return s;
}

bool slice_is(struct slice s, const char *word)
{
    size_t n = strlen(word);

    return s.n == n && memcmp(s.at ? s.at : "", word, n) == 0;
}

bool slice_is_nocase(struct slice s, const char *word)
{
    size_t n = strlen(word);

    return s.n == n && strncasecmp(s.at ? s.at : "", word, n) == 0;
}

bool slice_has(struct slice s, struct slice part)
{
    return !part.n || (s.n && memmem(s.at, s.n, part.at, part.n));
}

bool slice_ends(struct slice s, const char *tail)
{
    size_t n = strlen(tail);

    return s.n >= n && memcmp(s.at + s.n - n, tail, n) == 0;
}

int64_t slice_number(struct slice s, int64_t otherwise)
{
    int64_t v = 0;
    size_t i = 0;
    bool minus = s.n && s.at[0] == '-';

    for (i = minus; i < s.n && s.at[i] >= '0' && s.at[i] <= '9'; i++) {
        if (v > INT64_MAX / 10 - 9)
            return otherwise;
        v = v * 10 + (s.at[i] - '0');
    }
    if (i == (size_t)minus)
        return otherwise;
    if (i < s.n && (s.n - i == 1 || (s.n - i == 2 && s.at[i + 1] == 'B'))) {
        const char *unit = strchr("KMG", s.at[i]);
        if (!unit || v > INT64_MAX >> 30)
            return otherwise;
        v <<= s.at[i] == 'K' ? 10 : s.at[i] == 'M' ? 20 : 30;
    } else if (i < s.n) {
        return otherwise;
    }
    return minus ? -v : v;
}

static size_t utf8_length(const unsigned char *p, size_t n)
{
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    if (!len || p[0] > 0xF4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    /* overlong forms, surrogates, and what lies above U+10FFFF */
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return len;
}

bool utf8_is_valid(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;

    for (size_t i = 0; i < n;) {
        size_t len = utf8_length(u + i, n - i);
        if (!len)
            return false;
        i += len;
    }
    return true;
}
