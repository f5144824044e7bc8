/* SPDX-License-Identifier: MIT */
/*
 * text - strings in request memory, and the marks that ride on the rename table.
 *
 * Everything here allocates from the host, so nothing is ever freed.  When the request is
 * over its budget a function answers with what it has (an absent or the old string); the host
 * remembers the refusal and the tape or output fails for it.
 */
#include "openai.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MARK_BYTES = 200 };

int openai_text_is(struct cp_str a, const char *b)
{
    return a.p != NULL && a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

int openai_text_same(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int openai_text_begins(struct cp_str a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

size_t openai_text_find(struct cp_str hay, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t i = 0; i + n <= hay.n; i++) {
        size_t k = 0;
        while (k < n && lower(hay.p[i + k]) == needle[k])
            k++;
        if (k == n)
            return i + n;
    }
    return 0;
}

struct cp_str openai_text_join(struct cp_call *call, const struct cp_str *parts, size_t n)
{
    size_t bytes = 0;
    char *p;

    for (size_t i = 0; i < n; i++)
        bytes += parts[i].n;
    p = H->alloc(call, bytes + 1);
    if (p == NULL)
        return (struct cp_str){ NULL, 0 };
    bytes = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0)
            memcpy(p + bytes, parts[i].p, parts[i].n);
        bytes += parts[i].n;
    }
    return (struct cp_str){ p, bytes };
}

struct cp_str openai_text_copy(struct cp_call *call, struct cp_str s)
{
    return s.p == NULL ? s : openai_text_join(call, &s, 1);
}

struct cp_str openai_text_format(struct cp_call *call, const char *fmt, ...)
{
    va_list args;
    int n;
    char *p;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    p = n < 0 ? NULL : H->alloc(call, (size_t)n + 1);
    if (p == NULL)
        return (struct cp_str){ NULL, 0 };
    va_start(args, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, args); /* measured above */
    va_end(args);
    return (struct cp_str){ p, (size_t)n };
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

struct cp_str openai_text_quote(struct cp_call *call, struct cp_str text)
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

struct cp_str openai_text_trim(struct cp_str s)
{
    while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL && s.p[0] != '\0') {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL && s.p[s.n - 1] != '\0')
        s.n--;
    return s;
}

int openai_text_listed(struct cp_str list, const char *name)
{
    while (list.n > 0) {
        const char *comma = memchr(list.p, ',', list.n);
        size_t n = comma == NULL ? list.n : (size_t)(comma - list.p);
        if (openai_text_is(openai_text_trim((struct cp_str){ list.p, n }), name))
            return 1;
        n = comma == NULL ? n : n + 1;
        list.p += n;
        list.n -= n;
    }
    return 0;
}

struct cp_str openai_json_string(struct cp_call *call, struct cp_str object, const char *key)
{
    struct cp_str v = { NULL, 0 };

    if (J->kind(object) == '{')
        v = J->get(object, key);
    return J->kind(v) == '"' ? J->text(call, v) : (struct cp_str){ NULL, 0 };
}

static int is_named(struct cp_str key, struct cp_str name)
{
    if (key.n == name.n)
        return memcmp(key.p, name.p, name.n) == 0;
    return key.n > name.n && memchr(key.p, '\\', key.n) != NULL && J->is(key, name.p);
}

uint32_t openai_json_pick(struct cp_str object, const struct cp_str *names, size_t n,
                          struct cp_str *out)
{
    struct cp_str key, v;
    uint32_t others = 0;
    size_t at = 0;

    memset(out, 0, n * sizeof(*out));
    while (J->kind(object) == '{' && J->each(object, &at, &key, &v)) {
        size_t i = 0;
        while (i < n && !is_named(key, names[i]))
            i++;
        if (i < n)
            out[i] = v;
        else
            others++;
    }
    return others;
}

int openai_json_null(struct cp_str v)
{
    char kind = J->kind(v);

    return kind == 0 || kind == 'n';
}

/* The name that a mark renames: no tool can have it, a tool's name holds no colon and blank. */
static struct cp_str mark_name(struct cp_call *call, const char *what, struct cp_str detail)
{
    struct cp_str parts[3] = { S("mark of chat: "), { what, strlen(what) }, detail };

    return openai_text_join(call, parts, 3);
}

void openai_mark_set(struct cp_call *call, const char *what, struct cp_str detail)
{
    struct cp_str name = mark_name(call, what, detail);

    if (name.p != NULL)
        (void)H->rename(call, name, MARK_BYTES, 0); /* only its memory is wanted */
}

int openai_mark_seen(struct cp_call *call, const char *what, struct cp_str detail)
{
    struct cp_str name = mark_name(call, what, detail);
    char spelled[MARK_BYTES];
    struct cp_str found;

    /* A name that rename() would have to shorten is looked up by renaming it again: pure. */
    if (name.p == NULL || name.n > sizeof(spelled))
        return 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        int is_word = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
                      c == '_' || c == '-';
        spelled[i] = is_word ? c : '_';
    }
    found = H->original(call, (struct cp_str){ spelled, name.n });
    return openai_text_same(found, name);
}
