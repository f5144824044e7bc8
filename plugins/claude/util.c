/* SPDX-License-Identifier: MIT */
/*
 * util - words, numbers and the small change of this plugin.
 */
#include "claude.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int claude_is(struct cp_str s, const char *z)
{
    size_t n = strlen(z);

    return s.p && s.n == n && memcmp(s.p, z, n) == 0;
}

int claude_equal(struct cp_str a, struct cp_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int claude_begins(struct cp_str s, const char *z)
{
    size_t n = strlen(z);

    return s.p && s.n >= n && memcmp(s.p, z, n) == 0;
}

int claude_ends(struct cp_str s, const char *z)
{
    size_t n = strlen(z);

    return s.p && s.n >= n && memcmp(s.p + s.n - n, z, n) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int claude_has(struct cp_str s, const char *z)
{
    size_t n = strlen(z);

    for (size_t i = 0; s.p && i + n <= s.n; i++) {
        size_t k = 0;
        while (k < n && lower(s.p[i + k]) == lower(z[k]))
            k++;
        if (k == n)
            return 1;
    }
    return 0;
}

int claude_is_blank(struct cp_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr(" \t\r\n\f\v", s.p[i]) || s.p[i] == '\0')
            return 0;
    return 1;
}

struct cp_str claude_format(struct cp_call *call, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : host->alloc(call, (size_t)n + 1);
    if (!p)
        return NOTHING;
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (struct cp_str){ p, (size_t)n };
}

char *claude_cstr(struct cp_call *call, struct cp_str s)
{
    char *p = host->alloc(call, s.n + 1);

    if (p && s.n)
        memcpy(p, s.p, s.n);
    return p;
}

int claude_afford(struct cp_call *call)
{
    return host->alloc(call, 4096) ? CP_OK
                                   : host->fail(call, CP_E_LIMIT, "too many parts in one body");
}

struct cp_str claude_keep(struct cp_call *call, struct cp_str s)
{
    char *p = s.p ? claude_cstr(call, s) : NULL;

    return (struct cp_str){ p, p ? s.n : 0 };
}

struct cp_str claude_escape(struct cp_call *call, struct cp_str s)
{
    static const char hex[] = "0123456789abcdef";
    char *p = host->alloc(call, s.n * 6 + 1);
    size_t n = 0;

    for (size_t i = 0; p && i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            p[n++] = '\\';
            p[n++] = (char)c;
        } else if (c == '\n') {
            p[n++] = '\\';
            p[n++] = 'n';
        } else if (c < 0x20) {
            memcpy(p + n, "\\u00", 4);
            p[n + 4] = hex[c >> 4];
            p[n + 5] = hex[c & 15];
            n += 6;
        } else {
            p[n++] = (char)c;
        }
    }
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

struct cp_str claude_unbase64(struct cp_call *call, struct cp_str s)
{
    char *p = host->alloc(call, s.n / 4 * 3 + 4);
    size_t n = 0;
    unsigned bits = 0, have = 0;

    for (size_t i = 0; p && i < s.n; i++) {
        int v = base64_value(s.p[i]);
        if (v < 0)
            continue;
        bits = bits << 6 | (unsigned)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (char)(bits >> have & 255);
        }
    }
    return (struct cp_str){ p, n };
}

struct cp_str claude_json_or_null(struct cp_call *call, struct cp_str v)
{
    return v.n && json->check(call, v) == CP_OK ? v : S("null");
}

int64_t claude_int(struct cp_str v, int64_t otherwise)
{
    int64_t n;

    if (json->kind(v) != '0' || json->integer(v, &n) != CP_OK)
        return otherwise;
    return n;
}

struct cp_str claude_word(struct cp_call *call, struct cp_str object, const char *key)
{
    struct cp_str s = json->text(call, json->get(object, key));

    return s.n ? s : NOTHING;
}

size_t claude_hash(const void *seed, struct cp_str s)
{
    uint64_t h = 14695981039346656037u ^ (uint64_t)(uintptr_t)seed;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static int is_legal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-';
}

struct cp_str claude_legal_id(struct cp_call *call, struct cp_str id, struct cp_str seed)
{
    size_t i = 0;

    if (id.n == 0) {
        struct cp_str hash = host->digest(call, seed);
        return claude_format(call, "toolu_gw%.*s", hash.n < 16 ? (int)hash.n : 16,
                             hash.p ? hash.p : "");
    }
    while (i < id.n && is_legal(id.p[i]))
        i++;
    if (i == id.n)
        return id;
    char *p = claude_cstr(call, id);
    for (; p && i < id.n; i++)
        if (!is_legal(p[i]))
            p[i] = '_';
    struct cp_str hash = host->digest(call, id); /* "a b" and "a_b" are two */
    return claude_format(call, "%s_%.*s", p ? p : "", hash.n < 8 ? (int)hash.n : 8,
                         hash.n ? hash.p : "");
}

struct cp_str claude_tool_name(struct cp_call *call, struct cp_str space, struct cp_str name)
{
    if (space.n)
        name = claude_format(call, "%.*s__%.*s", (int)space.n, space.p, (int)name.n,
                             name.n ? name.p : "");
    return host->rename(call, name, 128, 0);
}

void claude_note(struct cp_call *call, int deed, const char *path, const char *why)
{
    host->note(call, deed, (struct cp_str){ path, strlen(path) }, why);
}

void claude_note_node(struct cp_call *call, int deed, const struct node *node, const char *why)
{
    if (node->head)
        host->note_item(call, deed, node->head, why);
    else
        claude_note(call, deed, "messages", why);
}

void claude_put_text(struct cp_out *out, const char *key, struct cp_str text)
{
    json->key(out, key);
    json->string(out, text);
}

void claude_put_raw(struct cp_out *out, const char *key, struct cp_str value)
{
    json->key(out, key);
    json->raw(out, value);
}

void claude_put_int(struct cp_out *out, const char *key, int64_t value)
{
    json->key(out, key);
    json->number(out, value);
}

void claude_put_key(struct cp_call *call, struct cp_out *out, struct cp_str spelled)
{
    struct cp_str name = spelled;

    if (spelled.n && memchr(spelled.p, '\\', spelled.n)) /* its quotes are around it */
        name = json->text(call, (struct cp_str){ spelled.p - 1, spelled.n + 2 });
    char *z = name.p ? claude_cstr(call, name) : NULL;
    json->key(out, z ? z : "");
}
