/* SPDX-License-Identifier: MIT */
/*
 * slice - a JSON value is the slice of text that spells it: get, each, text.
 *
 * Stepping over a value is all there is to do here.  Strings, the bulk of every request, are left
 * to memchr(), which looks for the next quote; the backslashes before it tell whether it counts.
 * Nothing here trusts the text: each loop ends at the end of its slice, and json_each() stops where
 * it cannot go on.
 */
#include "json/slice.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"
#include "json/bytes.h"

enum { NEAR_BYTES = 32 };

/* p is after the opening quote; gives the closing one, or end. */
static const char *string_end(const char *p, const char *end)
{
    const char *from = p;
    /* names and words end soon: a call would cost more than it finds */
    while (end - p >= BYTES_WORD && p - from < NEAR_BYTES) {
        uint64_t w = bytes_load(p);
        uint64_t mask = bytes_zero(w ^ BYTES_ALL('"')) | bytes_zero(w ^ BYTES_ALL('\\'));
        if (mask) {
            p += bytes_first(mask);
            if (*p == '"')
                return p;
            break;
        }
        p += BYTES_WORD;
    }
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        if (!quote)
            return end;
        const char *slash = quote;
        while (slash > from && slash[-1] == '\\')
            slash--;
        if ((quote - slash) % 2 == 0)
            return quote;
        p = quote + 1;
    }
    return end;
}

/* p is after the opening quote; gives what follows the closing one. */
static const char *skip_string(const char *p, const char *end)
{
    p = string_end(p, end);
    return p < end ? p + 1 : end;
}

static const char *skip_container(const char *p, const char *end)
{
    size_t depth = 0;
    while (p < end) {
        switch (*p++) {
        case '"':
            p = skip_string(p, end);
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0)
                return p;
            break;
        default:
            break;
        }
    }
    return end;
}

static const char *skip_value(const char *p, const char *end)
{
    if (p == end)
        return end;
    if (*p == '"')
        return skip_string(p + 1, end);
    if (*p == '{' || *p == '[')
        return skip_container(p, end);
    while (p < end && *p != ',' && *p != ']' && *p != '}' && !bytes_is_space(*p))
        p++;
    return p;
}

char json_kind(struct cp_str v)
{
    const char *p = v.p ? bytes_skip_space(v.p, v.p + v.n) : NULL;
    if (!p || p == v.p + v.n)
        return 0;
    switch (*p) {
    case '{':
    case '[':
    case '"':
    case 't':
    case 'f':
    case 'n':
        return *p;
    default:
        return *p == '-' || (*p >= '0' && *p <= '9') ? '0' : 0;
    }
}

/* p is after the opening quote of a name; gives the closing one, or end. */
static inline const char *name_end(const char *p, const char *end)
{
    if (end - p >= BYTES_WORD) { /* most names are found with one look */
        uint64_t w = bytes_load(p);
        uint64_t mask = bytes_zero(w ^ BYTES_ALL('"')) | bytes_zero(w ^ BYTES_ALL('\\'));
        if (mask && p[bytes_first(mask)] == '"')
            return p + bytes_first(mask);
    }
    return string_end(p, end);
}

/* White space is rare where machines write: one look, and no loop, when there is none. */
static inline const char *past_space(const char *p, const char *end)
{
    return p < end && (unsigned char)*p <= ' ' ? bytes_skip_space(p, end) : p;
}

/* *p is where a key may begin; gives the key's slice and moves to its value. */
static inline bool step_key(const char **p, const char *end, struct cp_str *key)
{
    if (*p == end || **p != '"')
        return false;
    const char *from = *p + 1;
    const char *quote = name_end(from, end);
    if (quote == end)
        return false;
    *key = (struct cp_str){ from, (size_t)(quote - from) };
    *p = past_space(quote + 1, end);
    if (*p == end || **p != ':')
        return false;
    *p = past_space(*p + 1, end);
    return true;
}

/* p is after the bracket or after a member; gives the next one and what follows it, or NULL. */
static inline const char *step(const char *p, const char *end, char open, bool is_first,
                               struct cp_str *key, struct cp_str *v)
{
    p = past_space(p, end);
    if (!is_first) {
        if (p == end || *p != ',')
            return NULL;
        p = past_space(p + 1, end);
    }
    *key = STR_NONE;
    if (open == '{' && !step_key(&p, end, key))
        return NULL;
    const char *after = skip_value(p, end);
    if (after == p)
        return NULL;
    *v = (struct cp_str){ p, (size_t)(after - p) };
    return after;
}

int json_each(struct cp_str list, size_t *at, struct cp_str *key, struct cp_str *v)
{
    if (!list.p || *at >= list.n)
        return 0;
    const char *end = list.p + list.n;
    const char *open = past_space(list.p, end);
    struct cp_str name, value;
    bool is_first = *at == 0;
    const char *from = list.p + *at;
    *at = list.n;
    if (open == end || (*open != '{' && *open != '['))
        return 0;
    if (is_first)
        from = open + 1;
    const char *after = step(from, end, *open, is_first, &name, &value);
    if (!after)
        return 0;
    if (key)
        *key = name;
    *v = value;
    *at = (size_t)(after - list.p);
    return 1;
}

/* The four digits after \u. */
static bool hex_four(const char *p, const char *end, uint32_t *code)
{
    uint32_t sum = 0;
    for (int i = 0; i < 4; i++) {
        int digit = end - p > i ? bytes_hex(p[i]) : -1;
        if (digit < 0)
            return false;
        sum = sum * 16 + (uint32_t)digit;
    }
    *code = sum;
    return true;
}

/* Reads the escape at *p (a backslash) and moves past it; gives 1 to 4 bytes, never more than it
 * read.  What is no escape stands for itself. */
static size_t unescape(const char **p, const char *end, char out[4])
{
    const char *at = *p + 1;
    uint32_t code, low;
    if (at == end) {
        *p = end;
        out[0] = '\\';
        return 1;
    }
    if (*at != 'u' || !hex_four(at + 1, end, &code)) {
        char known = bytes_escaped(*at);
        out[0] = known ? known : *at;
        *p = at + 1;
        return 1;
    }
    *p = at = at + 5;
    if (code >= 0xD800 && code <= 0xDBFF && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
        hex_four(at + 2, end, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        *p = at + 6;
    }
    return utf8_put(code, out); /* half a pair becomes U+FFFD there */
}

static bool is_quoted(struct cp_str v)
{
    return v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"';
}

/* Copies up to the next backslash, eight bytes at a time: out never gets ahead of p, so what is
 * stored too far is overwritten and stays inside. */
static size_t copy_plain(const char **from, const char *end, char *out)
{
    const char *p = *from;
    while (end - p >= BYTES_WORD) {
        uint64_t mask = bytes_zero(bytes_load(p) ^ BYTES_ALL('\\'));
        memcpy(out + (p - *from), p, BYTES_WORD);
        p += mask ? bytes_first(mask) : BYTES_WORD;
        if (mask)
            break;
    }
    for (; p < end && *p != '\\'; p++)
        out[p - *from] = *p;
    size_t n = (size_t)(p - *from);
    *from = p;
    return n;
}

struct cp_str json_key_text(struct arena *arena, struct cp_str key)
{
    if (!key.n || !memchr(key.p, '\\', key.n))
        return key;
    /* no escape is shorter than what it stands for */
    char *out = arena_raw(arena, key.n);
    if (!out)
        return STR_NONE;

    const char *p = key.p, *end = key.p + key.n;
    size_t n = 0;
    while (p < end) {
        n += copy_plain(&p, end, out + n);
        while (p < end && *p == '\\')
            n += unescape(&p, end, out + n);
    }
    return str_n(out, n);
}

struct cp_str json_text(struct arena *arena, struct cp_str v)
{
    v = str_trim(v);
    if (!is_quoted(v))
        return STR_NONE;
    return json_key_text(arena, str_n(v.p + 1, v.n - 2));
}

bool json_is(struct cp_str v, const char *s)
{
    size_t n = strlen(s);
    if (!v.p)
        return false;
    if (is_quoted(v))
        v = str_n(v.p + 1, v.n - 2);
    if (v.n == n && memcmp(v.p, s, n) == 0)
        return !memchr(s, '\\', n); /* a backslash in s is spelled as two in v */
    if (v.n <= n || !memchr(v.p, '\\', v.n))
        return false;

    const char *p = v.p, *end = v.p + v.n;
    while (p < end) {
        char code[4] = { *p };
        size_t code_n = 1;
        if (*p == '\\')
            code_n = unescape(&p, end, code);
        else
            p++;
        if (code_n > n || memcmp(code, s, code_n) != 0)
            return false;
        s += code_n;
        n -= code_n;
    }
    return n == 0;
}

/* json_is() for a name, whose length tells most of them apart. */
static inline bool is_named(struct cp_str name, const char *key, size_t n)
{
    if (name.n < n)
        return false;
    if (name.n == n && memcmp(name.p, key, n) == 0)
        return !memchr(key, '\\', n);
    return name.n > n && memchr(name.p, '\\', name.n) && json_is(name, key);
}

struct cp_str json_get(struct cp_str object, const char *key)
{
    struct cp_str name, v, found = STR_NONE;
    if (!object.p)
        return found;
    const char *end = object.p + object.n;
    const char *p = past_space(object.p, end);
    size_t n = strlen(key);
    if (p == end || *p != '{')
        return found;
    bool is_first = true;
    for (p++; (p = step(p, end, '{', is_first, &name, &v)); is_first = false)
        if (is_named(name, key, n))
            found = v;
    return found;
}

bool json_true(struct cp_str v)
{
    return str_is(v, "true");
}

/* digits * 10^zeros, negative while it grows: INT64_MIN has no positive twin. */
static int number_sum(struct cp_str digits, struct cp_str more, int64_t zeros, int64_t *value)
{
    int64_t sum = 0;
    for (size_t i = 0; i < digits.n + more.n; i++) {
        int digit = (i < digits.n ? digits.p[i] : more.p[i - digits.n]) - '0';
        if (digit < 0 || digit > 9)
            return E_SYNTAX;
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, digit, &sum))
            return E_LIMIT;
    }
    for (; zeros > 0 && sum; zeros--)
        if (__builtin_mul_overflow(sum, 10, &sum))
            return E_LIMIT;
    *value = sum;
    return 0;
}

static struct cp_str trim_zeros(struct cp_str digits)
{
    while (digits.n && digits.p[digits.n - 1] == '0')
        digits.n--;
    return digits;
}

/* "+5", "-12": how far the point moves; what is beyond counting stays just as far. */
static int number_exponent(struct cp_str s, int64_t *value)
{
    static const int64_t far = INT64_C(1) << 60;
    bool is_minus = s.n && s.p[0] == '-';
    if (s.n && s.p[0] == '+')
        s = str_from(s, 1);
    int rc = str_int(s, value);
    if (rc == E_LIMIT || (rc == 0 && (*value > far || *value < -far))) {
        *value = is_minus ? -far : far;
        return 0;
    }
    return rc;
}

int json_int(struct cp_str v, int64_t *value)
{
    if (json_kind(v) != '0')
        return E_SYNTAX;
    v = str_trim(v);
    bool is_minus = v.p[0] == '-';
    struct cp_str whole = str_from(v, is_minus), fraction = STR_NONE;
    int64_t zeros = 0, sum;

    ptrdiff_t at = str_chr(whole, 'e');
    at = at < 0 ? str_chr(whole, 'E') : at;
    if (at >= 0) {
        if (number_exponent(str_from(whole, (size_t)at + 1), &zeros))
            return E_SYNTAX;
        whole = str_cut(whole, (size_t)at);
    }
    at = str_chr(whole, '.');
    if (at >= 0) {
        fraction = trim_zeros(str_from(whole, (size_t)at + 1));
        whole = str_cut(whole, (size_t)at);
    }
    if (whole.n == 0)
        return E_SYNTAX;
    if (fraction.n == 0 && zeros < 0) {
        zeros += (int64_t)(whole.n - trim_zeros(whole).n);
        whole = trim_zeros(whole);
    }
    zeros -= (int64_t)fraction.n;
    int rc = number_sum(whole, fraction, zeros, &sum);
    if (rc)
        return rc;
    if (sum && zeros < 0)
        return E_SYNTAX;
    if (!is_minus && sum == INT64_MIN)
        return E_LIMIT;
    *value = is_minus ? sum : -sum;
    return 0;
}

struct cp_str json_compact(struct arena *arena, struct cp_str v)
{
    if (!v.p)
        return v;
    const char *p = v.p, *end = v.p + v.n, *from = p;
    char *out = NULL;
    size_t n = 0;
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p + 1, end);
            continue;
        }
        if (!bytes_is_space(*p)) {
            p++;
            continue;
        }
        if (!out)
            out = arena_raw(arena, v.n);
        if (!out)
            return STR_NONE;
        memcpy(out + n, from, (size_t)(p - from));
        n += (size_t)(p - from);
        from = p = bytes_skip_space(p, end);
    }
    if (!out)
        return v;
    memcpy(out + n, from, (size_t)(end - from));
    return str_n(out, n + (size_t)(end - from));
}

static struct cp_str at_index(struct cp_str list, int64_t index)
{
    struct cp_str v;
    if (json_kind(list) != '[')
        return STR_NONE;
    for (size_t at = 0; json_each(list, &at, NULL, &v); index--)
        if (index == 0)
            return v;
    return STR_NONE;
}

struct cp_str json_at(struct cp_str root, const char *path)
{
    char name[128];
    while (*path && root.p) {
        if (*path == '[') {
            size_t n = strcspn(path, "]");
            int64_t index;
            if (path[n] == '\0' || str_int(str_n(path + 1, n - 1), &index) || index < 0)
                return STR_NONE;
            root = at_index(root, index);
            path += n + 1;
        } else {
            size_t n = strcspn(path, ".[");
            if (n >= sizeof(name))
                return STR_NONE;
            memcpy(name, path, n);
            name[n] = '\0';
            root = json_get(root, name);
            path += n;
        }
        path += *path == '.';
    }
    return root;
}
