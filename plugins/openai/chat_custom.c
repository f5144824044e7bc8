/* SPDX-License-Identifier: MIT */
/*
 * chat_custom - the text inside {"input":"..."} while it is still arriving.
 *
 * A free-text tool that had to travel as a function gets its text back from the arguments.
 * They come in pieces cut anywhere, inside an escape as well as inside a surrogate pair, so
 * this is a scanner that remembers where it is:
 *
 *     OUTSIDE --"--> KEY --"--> OUTSIDE --:--> VALUE --"--> TEXT --"--> OUTSIDE
 *
 * Only the member "input" of the outermost object counts.  A model may answer with something
 * else: that is its text, then, as it came.
 */
#include "chat.h"

#include <string.h>

enum { OUTSIDE, KEY, VALUE, STRING };

struct sink {
    char *p;
    size_t n;
};

static void put_code(struct sink *s, uint32_t c)
{
    if (c < 0x80) {
        s->p[s->n++] = (char)c;
    } else if (c < 0x800) {
        s->p[s->n++] = (char)(0xC0 | c >> 6);
        s->p[s->n++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        s->p[s->n++] = (char)(0xE0 | c >> 12);
        s->p[s->n++] = (char)(0x80 | (c >> 6 & 63));
        s->p[s->n++] = (char)(0x80 | (c & 63));
    } else {
        s->p[s->n++] = (char)(0xF0 | c >> 18);
        s->p[s->n++] = (char)(0x80 | (c >> 12 & 63));
        s->p[s->n++] = (char)(0x80 | (c >> 6 & 63));
        s->p[s->n++] = (char)(0x80 | (c & 63));
    }
}

/* A code unit of the text; halves of a pair wait for each other. */
static void put_unit(struct unwrapper *u, struct sink *s, uint32_t c)
{
    int is_low = c >= 0xDC00 && c <= 0xDFFF;

    if (u->high != 0 && is_low) {
        put_code(s, 0x10000 + ((u->high - 0xD800) << 10) + (c - 0xDC00));
        u->high = 0;
        return;
    }
    if (u->high != 0)
        put_code(s, 0xFFFD);
    u->high = c >= 0xD800 && c <= 0xDBFF ? c : 0;
    if (u->high == 0)
        put_code(s, is_low ? 0xFFFD : c);
}

static void put_byte(struct unwrapper *u, struct sink *s, char c)
{
    if (u->high != 0)
        put_code(s, 0xFFFD);
    u->high = 0;
    s->p[s->n++] = c; /* UTF-8 goes through byte by byte */
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

/* escape: 1 after the backslash, 2 to 5 within the digits of \uXXXX. */
static void escape_byte(struct unwrapper *u, struct sink *s, char c)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *known;

    if (u->escape == 1 && c == 'u') {
        u->escape = 2;
        u->code = 0;
        return;
    }
    if (u->escape == 1) {
        known = c != '\0' ? strchr(from, c) : NULL;
        u->escape = 0;
        put_unit(u, s, (unsigned char)(known != NULL ? to[known - from] : c));
        return;
    }
    u->code = u->code * 16 + (uint32_t)hex_value(c);
    if (++u->escape <= 5)
        return;
    u->escape = 0;
    put_unit(u, s, u->code);
}

static void string_byte(struct unwrapper *u, struct sink *s, char c)
{
    struct sink nowhere = { (char[16]){ 0 }, 0 };

    if (u->escape > 0) {
        escape_byte(u, u->state == STRING && u->is_input ? s : &nowhere, c);
    } else if (c == '\\') {
        u->escape = 1;
    } else if (c == '"') {
        if (u->state == STRING && u->is_input && u->high != 0)
            put_code(s, 0xFFFD);
        u->high = 0;
        u->state = OUTSIDE;
    } else if (u->state == STRING && u->is_input) {
        put_byte(u, s, c);
    } else if (u->state == KEY && u->key_n < sizeof(u->key)) {
        u->key[u->key_n++] = c;
    }
}

static void outside_byte(struct unwrapper *u, char c)
{
    if (c == '{' || c == '[') {
        u->depth = (uint8_t)(u->depth < 255 ? u->depth + 1 : 255);
        u->state = OUTSIDE;
    } else if (c == '}' || c == ']') {
        u->depth = (uint8_t)(u->depth > 0 ? u->depth - 1 : 0);
    } else if (c == ':') {
        u->state = VALUE;
    } else if (c == ',') {
        u->state = OUTSIDE;
    } else if (c == '"') {
        int is_value = u->state == VALUE || u->depth != 1;
        u->is_input =
            is_value && u->depth == 1 && u->key_n == 5 && memcmp(u->key, "input", 5) == 0;
        u->is_found |= u->is_input;
        if (!is_value)
            u->key_n = 0;
        u->state = is_value ? STRING : KEY;
    }
}

static void hold(struct cp_call *call, struct unwrapper *u, struct cp_str raw)
{
    size_t need = u->held_n + raw.n;

    if (need > u->held_room) {
        char *p = H->alloc(call, need * 2);
        if (p == NULL)
            return;
        memcpy(p, u->held_n > 0 ? u->held : "", u->held_n);
        u->held = p;
        u->held_room = need * 2;
    }
    memcpy(u->held + u->held_n, raw.n > 0 ? raw.p : "", raw.n);
    u->held_n = need;
}

/* No object at all: then nobody has to wait for its end. */
static int is_no_object(const struct unwrapper *u, struct cp_str raw)
{
    raw = openai_text_trim(raw);
    return u->depth == 0 && !u->is_found && raw.n > 0 && raw.p[0] != '{';
}

struct cp_str chat_unwrap_end(struct unwrapper *u)
{
    struct cp_str raw = { u->held, u->held_n };

    if (u->is_found || u->is_raw || raw.n == 0)
        return S("");
    u->is_found = 1;
    return openai_text_is(openai_text_trim(raw), "{}") ? S("") : raw;
}

struct cp_str chat_unwrap_piece(struct cp_call *call, struct unwrapper *u, struct cp_str raw)
{
    /* No byte of an escape gives more than it cost, but for a lone half that waited. */
    struct sink s = { H->alloc(call, raw.n + 8), 0 };

    if (s.p == NULL)
        return S("");
    u->is_raw |= u->held_n == 0 && is_no_object(u, raw);
    if (u->is_raw)
        return raw;
    if (!u->is_found)
        hold(call, u, raw);
    for (size_t i = 0; i < raw.n; i++) {
        if (u->state == KEY || u->state == STRING)
            string_byte(u, &s, raw.p[i]);
        else
            outside_byte(u, raw.p[i]);
    }
    return (struct cp_str){ s.p, s.n };
}
