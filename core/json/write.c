/* SPDX-License-Identifier: MIT */
/*
 * write - append JSON tokens to a buf; nesting is checked, commas are ours.
 */
#include "json/write.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/bytes.h"

#include <stdio.h>

enum { LEVEL_OBJECT = 1, LEVEL_USED = 2, ESCAPE_BYTES = 6 };

void json_writer_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){ .out = out };
}

static int writer_fail(struct json_writer *w)
{
    w->failed = true;
    return E_BUG;
}

/* What the buf says, said of the writer too. */
static int writer_wrote(struct json_writer *w, int rc)
{
    if (rc)
        w->failed = true;
    return rc;
}

static unsigned level_get(const struct json_writer *w)
{
    uint32_t at = w->depth - 1;
    return w->kind[at / 4] >> (at % 4 * 2) & 3;
}

static void level_set(struct json_writer *w, unsigned level)
{
    uint32_t at = w->depth - 1;
    unsigned shift = at % 4 * 2;
    w->kind[at / 4] = (uint8_t)((w->kind[at / 4] & ~(3u << shift)) | level << shift);
}

/* A comma, if this is not the first in what is open. */
static int level_next(struct json_writer *w)
{
    unsigned level = level_get(w);
    level_set(w, level | LEVEL_USED);
    return level & LEVEL_USED ? buf_add_c(w->out, ',') : 0;
}

/* Everything a value needs before its own bytes; E_BUG where none is due. */
static int value_begin(struct json_writer *w)
{
    if (w->failed || w->in_quote)
        return writer_fail(w);
    if (w->depth == 0) {
        if (w->any)
            return writer_fail(w);
        return 0;
    }
    if (level_get(w) & LEVEL_OBJECT) {
        if (!w->after_key)
            return writer_fail(w);
        w->after_key = false;
        return 0;
    }
    return writer_wrote(w, level_next(w));
}

static void value_end(struct json_writer *w)
{
    if (w->depth == 0)
        w->any = true;
}

int json_open(struct json_writer *w, char bracket)
{
    int rc = value_begin(w);
    if (rc)
        return rc;
    if ((bracket != '{' && bracket != '[') || w->depth == JSON_WRITER_DEPTH)
        return writer_fail(w);
    w->depth++;
    level_set(w, bracket == '{' ? LEVEL_OBJECT : 0);
    return writer_wrote(w, buf_add_c(w->out, bracket));
}

int json_close(struct json_writer *w)
{
    if (w->failed || w->depth == 0 || w->after_key || w->in_quote)
        return writer_fail(w);
    char bracket = level_get(w) & LEVEL_OBJECT ? '}' : ']';
    w->depth--;
    value_end(w);
    return writer_wrote(w, buf_add_c(w->out, bracket));
}

/* Writes the special byte c, which is ASCII or not UTF-8, in at most ESCAPE_BYTES. */
static size_t escape(char c, char *to)
{
    static const char hex[] = "0123456789abcdef";
    if ((unsigned char)c >= 0x80) {
        memcpy(to, "\xEF\xBF\xBD", 3);
        return 3;
    }
    char letter = bytes_letter(c);
    to[0] = '\\';
    to[1] = letter;
    if (letter)
        return 2;
    to[1] = 'u';
    to[2] = to[3] = '0';
    to[4] = hex[c >> 4];
    to[5] = hex[c & 15];
    return ESCAPE_BYTES;
}

/* Writes straight into the room that out already has, and stops where that or the text gets
 * short, or at what is not ASCII: most of a body needs neither a look at the ceiling nor a call. */
static void add_fast(struct buf *out, const char **from, const char *end)
{
    const char *p = *from;
    char *to = out->p + out->n, *stop = out->p + out->cap;
    while (end - p >= BYTES_WORD && stop - to >= BYTES_WORD + ESCAPE_BYTES) {
        uint64_t mask = bytes_special(bytes_load(p));
        size_t n = mask ? bytes_first(mask) : BYTES_WORD;
        memcpy(to, p, BYTES_WORD);
        p += n;
        to += n;
        if (!mask)
            continue;
        if ((unsigned char)*p >= 0x80)
            break;
        to += escape(*p++, to);
    }
    out->n = (size_t)(to - out->p);
    *from = p;
}

/* What stands between the quotes. */
static int add_escaped(struct buf *out, struct cp_str text)
{
    const char *p = text.p, *end = text.n ? text.p + text.n : text.p;
    int rc = out->failed ? E_LIMIT : 0;
    while (p < end && rc == 0) {
        if (out->p)
            add_fast(out, &p, end);
        const char *from = p;
        p = bytes_wide_end(bytes_plain_end(p, end), end);
        rc = buf_add(out, from, (size_t)(p - from));
        if (rc || p == end || !bytes_is_special(*p))
            continue;
        char special[ESCAPE_BYTES];
        size_t n = escape(*p++, special);
        rc = buf_add(out, special, n);
    }
    return rc;
}

static int add_quoted(struct buf *out, struct cp_str text)
{
    int rc = buf_add_c(out, '"');
    if (rc == 0)
        rc = add_escaped(out, text);
    return rc ? rc : buf_add_c(out, '"');
}

static int key_begin(struct json_writer *w)
{
    if (w->failed || w->in_quote || w->depth == 0 || w->after_key ||
        !(level_get(w) & LEVEL_OBJECT))
        return writer_fail(w);
    w->after_key = true;
    return writer_wrote(w, level_next(w));
}

int json_key(struct json_writer *w, struct cp_str name)
{
    int rc = key_begin(w);
    if (rc == 0)
        rc = add_quoted(w->out, name);
    return writer_wrote(w, rc ? rc : buf_add_c(w->out, ':'));
}

int json_key_raw(struct json_writer *w, struct cp_str spelled)
{
    int rc = key_begin(w);
    if (rc == 0)
        rc = buf_add_c(w->out, '"');
    if (rc == 0)
        rc = buf_add_str(w->out, spelled);
    return writer_wrote(w, rc ? rc : buf_add(w->out, "\":", 2));
}

int json_raw(struct json_writer *w, struct cp_str json)
{
    int rc = value_begin(w);
    if (rc)
        return rc;
    if (json.p && json.n == 0)
        return writer_fail(w);
    value_end(w);
    return writer_wrote(w, json.p ? buf_add_str(w->out, json) : buf_add(w->out, "null", 4));
}

int json_string(struct json_writer *w, struct cp_str text)
{
    if (!text.p)
        return json_raw(w, text);
    int rc = value_begin(w);
    if (rc)
        return rc;
    value_end(w);
    return writer_wrote(w, add_quoted(w->out, text));
}

int json_number(struct json_writer *w, int64_t number)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%lld", (long long)number);
    return json_raw(w, str_n(digits, (size_t)n));
}

int json_bool(struct json_writer *w, bool value)
{
    return json_raw(w, value ? STR("true") : STR("false"));
}

int json_put_text(struct json_writer *w, const char *name, struct cp_str text)
{
    int rc = json_key(w, str_of(name));

    return rc ? rc : json_string(w, text);
}

int json_put_number(struct json_writer *w, const char *name, int64_t value)
{
    int rc = json_key(w, str_of(name));

    return rc ? rc : json_number(w, value);
}

int json_put_bool(struct json_writer *w, const char *name, bool value)
{
    int rc = json_key(w, str_of(name));

    return rc ? rc : json_bool(w, value);
}

int json_quote_open(struct json_writer *w)
{
    int rc = value_begin(w);
    if (rc)
        return rc;
    w->in_quote = true;
    return writer_wrote(w, buf_add_c(w->out, '"'));
}

int json_piece(struct json_writer *w, struct cp_str text)
{
    if (w->failed || !w->in_quote)
        return writer_fail(w);
    return writer_wrote(w, add_escaped(w->out, text));
}

int json_quote_close(struct json_writer *w)
{
    if (w->failed || !w->in_quote)
        return writer_fail(w);
    w->in_quote = false;
    value_end(w);
    return writer_wrote(w, buf_add_c(w->out, '"'));
}

int json_writer_done(const struct json_writer *w)
{
    if (buf_failed(w->out))
        return E_LIMIT;
    return w->failed || w->depth || w->in_quote || !w->any ? E_BUG : 0;
}

int json_splice(struct buf *out, struct cp_str text, struct cp_str old, struct cp_str s)
{
    if (!old.p || old.p < text.p || old.n > text.n || (size_t)(old.p - text.p) > text.n - old.n)
        return E_BUG;
    size_t before = (size_t)(old.p - text.p);
    int rc = buf_add(out, text.p, before);
    if (rc == 0)
        rc = add_quoted(out, s);
    return rc ? rc : buf_add_str(out, str_from(text, before + old.n));
}
