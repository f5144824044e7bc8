/* SPDX-License-Identifier: MIT */
/*
 * check - one validating pass over JSON text: syntax, depth, UTF-8, counts.
 *
 * No recursion: what is open stands in a stack of bits, one a level, 1 for an object.  The pass
 * moves from value to value:
 *
 *     value due --scalar--> after a value --, (and key)--> value due
 *         |  ^                 ^  |   |
 *         |  '---[ or { "k":---|--'   '-- nothing open: the end
 *         '-------- [] {} -----'  ] } closes one, after a value again
 *
 * Strings are most of a request, so they decide the speed: eight bytes a step while they are
 * plain, byte by byte only at quotes, escapes and beyond ASCII.
 */
#include "json/check.h"

#include "base/err.h"
#include "base/str.h"
#include "json/bytes.h"
#include "json/slice.h"

#include <stdio.h>

enum { CHECK_DEEPEST = 1024 };

const struct json_limits json_default_limits = { 128, 100000, 1000000 };

struct scan {
    const char *p, *end;
    const struct json_limits *limits;
    uint32_t depth, containers, values;
    const char *why; /* what failed, at p */
    uint64_t is_object[CHECK_DEEPEST / 64];
};

static int scan_fail(struct scan *s, const char *at, int code, const char *why)
{
    s->p = at;
    s->why = why;
    return code;
}

static void scan_space(struct scan *s)
{
    s->p = bytes_skip_space(s->p, s->end);
}

/* p is at the backslash of an escape that is not one letter long; *next after it. */
static int scan_escape(struct scan *s, const char *p, bool is_key, const char **next)
{
    if (s->end - p < 2)
        return scan_fail(s, s->end, E_SYNTAX, "a string does not end");
    if (p[1] != 'u')
        return scan_fail(s, p, E_SYNTAX, "unknown escape");
    int code = 0;
    for (int i = 2; i < 6; i++) {
        int digit = s->end - p > i ? bytes_hex(p[i]) : -1;
        if (digit < 0)
            return scan_fail(s, p, E_SYNTAX, "\\u wants four hexadecimal digits");
        code = code * 16 + digit;
    }
    if (code == 0 && is_key)
        return scan_fail(s, p, E_SYNTAX, "a NUL in a key");
    *next = p + 6;
    return 0;
}

/* s->p is at the opening quote. */
static int scan_string(struct scan *s, bool is_key)
{
    const char *p = s->p + 1;
    for (;;) {
        p = bytes_plain_end(p, s->end);
        if (p == s->end)
            return scan_fail(s, p, E_SYNTAX, "a string does not end");
        if (*p == '"')
            break;
        if (*p == '\\' && s->end - p >= 2 && bytes_escaped(p[1])) {
            p += 2;
        } else if (*p == '\\') {
            int rc = scan_escape(s, p, is_key, &p);
            if (rc)
                return rc;
        } else if ((unsigned char)*p >= 0x80) {
            p = bytes_wide_end(p, s->end);
            if (p < s->end && (unsigned char)*p >= 0x80)
                return scan_fail(s, p, E_SYNTAX, "not UTF-8");
        } else {
            return scan_fail(s, p, E_SYNTAX, "a control character in a string");
        }
    }
    s->p = p + 1;
    return 0;
}

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static int scan_number(struct scan *s)
{
    const char *p = s->p, *end = s->end, *from;
    if (*p == '-')
        p++;
    from = p;
    p = digits_end(p, end);
    if (p == from || (*from == '0' && p - from > 1))
        return scan_fail(s, from, E_SYNTAX, "not a number");
    if (p < end && *p == '.') {
        from = p + 1;
        p = digits_end(from, end);
        if (p == from)
            return scan_fail(s, p, E_SYNTAX, "no digit after the point");
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        from = p + 1;
        if (from < end && (*from == '+' || *from == '-'))
            from++;
        p = digits_end(from, end);
        if (p == from)
            return scan_fail(s, p, E_SYNTAX, "no digit in the exponent");
    }
    s->p = p;
    return 0;
}

static int scan_word(struct scan *s)
{
    static const struct cp_str words[] = { { "true", 4 }, { "false", 5 }, { "null", 4 } };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if ((size_t)(s->end - s->p) >= words[i].n &&
            memcmp(s->p, words[i].p, words[i].n) == 0) {
            s->p += words[i].n;
            return 0;
        }
    }
    return scan_fail(s, s->p, E_SYNTAX, "not a JSON value");
}

static bool scan_in_object(const struct scan *s)
{
    uint32_t level = s->depth - 1;
    return s->is_object[level / 64] >> (level % 64) & 1;
}

/* "key": and what is around it. */
static int scan_key(struct scan *s)
{
    if (s->p == s->end || *s->p != '"')
        return scan_fail(s, s->p, E_SYNTAX, "a key must be a string");
    int rc = scan_string(s, true);
    if (rc)
        return rc;
    scan_space(s);
    if (s->p == s->end || *s->p != ':')
        return scan_fail(s, s->p, E_SYNTAX, "no colon after a key");
    s->p++;
    scan_space(s);
    return 0;
}

/* Opens one; *is_due: a value must follow (else it was empty, and is closed again). */
static int scan_open(struct scan *s, bool *is_due)
{
    bool is_object = *s->p == '{';
    if (s->depth >= s->limits->depth || s->depth >= CHECK_DEEPEST)
        return scan_fail(s, s->p, E_LIMIT, "nested too deep");
    if (++s->containers > s->limits->containers)
        return scan_fail(s, s->p, E_LIMIT, "too many objects and arrays");
    s->p++;
    scan_space(s);
    if (s->p < s->end && *s->p == (is_object ? '}' : ']')) {
        s->p++;
        return 0;
    }
    uint64_t bit = UINT64_C(1) << (s->depth % 64);
    uint64_t *word = &s->is_object[s->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    s->depth++;
    *is_due = true;
    return is_object ? scan_key(s) : 0;
}

static int scan_value(struct scan *s, bool *is_due)
{
    *is_due = false;
    if (s->p == s->end)
        return scan_fail(s, s->p, E_SYNTAX, "a value is missing");
    if (++s->values > s->limits->values)
        return scan_fail(s, s->p, E_LIMIT, "too many values");
    switch (*s->p) {
    case '"':
        return scan_string(s, false);
    case '{':
    case '[':
        return scan_open(s, is_due);
    case 't':
    case 'f':
    case 'n':
        return scan_word(s);
    default:
        if (*s->p != '-' && (*s->p < '0' || *s->p > '9'))
            return scan_fail(s, s->p, E_SYNTAX, "not a JSON value");
        return scan_number(s);
    }
}

/* After a value: closes what closes, up to the next value or the end of all (depth 0). */
static int scan_after(struct scan *s)
{
    while (s->depth) {
        scan_space(s);
        bool is_object = scan_in_object(s);
        if (s->p == s->end)
            return scan_fail(s, s->p, E_SYNTAX, "an object or array does not end");
        char c = *s->p;
        if (c == ',') {
            s->p++;
            scan_space(s);
            return is_object ? scan_key(s) : 0;
        }
        if (c != (is_object ? '}' : ']'))
            return scan_fail(s, s->p, E_SYNTAX, "neither a comma nor the end");
        s->p++;
        s->depth--;
    }
    return 0;
}

static int scan_text(struct scan *s)
{
    bool is_due;
    if (s->end - s->p >= 3 && memcmp(s->p, "\xEF\xBB\xBF", 3) == 0)
        return scan_fail(s, s->p, E_SYNTAX, "a byte order mark");
    scan_space(s);
    do {
        int rc = scan_value(s, &is_due);
        if (rc == 0 && !is_due)
            rc = scan_after(s);
        if (rc)
            return rc;
    } while (s->depth);
    scan_space(s);
    return s->p == s->end ? 0 : scan_fail(s, s->p, E_SYNTAX, "text after the end");
}

static int check_report(struct cp_str text, const struct scan *s, int code, struct err *err)
{
    char where[64];
    size_t at = (size_t)(s->p - text.p), line = 1;
    for (size_t i = 0; i < at; i++)
        line += text.p[i] == '\n';
    snprintf(where, sizeof(where), "offset %zu (line %zu)", at, line);
    return err_set(err, code, where, "%s", s->why);
}

int json_check(struct cp_str text, const struct json_limits *limits, struct err *err)
{
    struct scan s;
    if (!text.p)
        text = STR("");
    s.p = text.p;
    s.end = text.p + text.n;
    s.limits = limits ? limits : &json_default_limits;
    s.depth = s.containers = s.values = 0;
    s.why = "";
    int rc = scan_text(&s);
    return rc ? check_report(text, &s, rc, err) : 0;
}

static int top_take(struct cp_str *member, struct cp_str v, const char *name, struct err *err)
{
    if (member->p)
        return err_set(err, E_SYNTAX, name, "given twice");
    *member = v;
    return 0;
}

int json_top(struct cp_str checked, struct json_top *top, struct err *err)
{
    struct json_top found = { STR_NONE, STR_NONE };
    struct cp_str key, v;
    int rc = 0;
    if (json_kind(checked) != '{')
        return err_set(err, E_SYNTAX, "", "the body is not a JSON object");
    for (size_t at = 0; rc == 0 && json_each(checked, &at, &key, &v);) {
        if (json_is(key, "model"))
            rc = top_take(&found.model, v, "model", err);
        else if (json_is(key, "stream"))
            rc = top_take(&found.stream, v, "stream", err);
    }
    if (rc == 0)
        *top = found;
    return rc;
}
