/* SPDX-License-Identifier: MIT */
/*
 * unwrap - the text of a free-text tool, out of the object that it had to travel in.
 *
 * Such a tool is sent as a function of one string, so its call comes as {"input":"..."}, in
 * pieces that are cut anywhere: inside an escape, between the halves of a surrogate pair.  The
 * scanner remembers where it is; only the member "input" of the outermost object counts.  A model
 * may answer with something else: that is its text, then, as it came.
 *
 * That a tool was sent so is remembered in the host's table of renamed tools, under a name with
 * blanks that no tool can have: the one place where an answer finds what its request left.
 */
#include "claude.h"

#include <string.h>

static const char mark[] = "free text ", spelled[] = "free_text_";
enum { LONGEST = 1024 };

void claude_custom_note(struct cp_call *call, struct cp_str wire_name)
{
    struct cp_str name =
        claude_format(call, "%s%.*s", mark, (int)wire_name.n, wire_name.n ? wire_name.p : "");

    (void)host->rename(call, name, LONGEST, 0); /* for its memory alone */
}

int claude_is_custom(struct cp_call *call, struct cp_str wire_name)
{
    if (wire_name.n == 0)
        return 0;
    struct cp_str name = claude_format(call, "%s%.*s", spelled, (int)wire_name.n, wire_name.p);
    return claude_begins(host->original(call, name), mark);
}

/* ---- bytes out ------------------------------------------------------------------------- */

struct sink {
    char *p;
    size_t n;
};

static void put_code(struct sink *s, uint32_t c)
{
    static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    if (bytes == 1) {
        s->p[s->n++] = (char)c;
        return;
    }
    s->p[s->n++] = (char)(lead[bytes] | c >> 6 * (bytes - 1));
    for (int i = bytes - 2; i >= 0; i--)
        s->p[s->n++] = (char)(0x80 | (c >> 6 * i & 63));
}

/* A first half that nothing followed. */
static void put_half(struct unwrap *u, struct sink *s)
{
    if (u->high)
        put_code(s, 0xFFFD);
    u->high = 0;
}

static void put_unit(struct unwrap *u, struct sink *s, uint32_t unit)
{
    int is_low = unit >= 0xDC00 && unit < 0xE000;

    if (u->high && is_low) {
        put_code(s, 0x10000 + (u->high - 0xD800) * 0x400 + (unit - 0xDC00));
        u->high = 0;
        return;
    }
    put_half(u, s);
    if (unit >= 0xD800 && unit < 0xDC00)
        u->high = unit;
    else
        put_code(s, is_low ? 0xFFFD : unit);
}

/* ---- bytes in --------------------------------------------------------------------------- */

static uint32_t hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 : 0;
}

/* What stands after a backslash; 1 when the escape is complete. */
static int escape_take(struct unwrap *u, char c)
{
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";

    if (u->digits) {
        u->code = u->code * 16 + hex_of(c);
        return --u->digits == 0;
    }
    if (c == 'u') {
        u->code = 0;
        u->digits = 4;
        return 0;
    }
    const char *letter = c ? strchr(letters, c) : NULL;
    u->code = (unsigned char)(letter ? values[letter - letters] : c);
    return 1;
}

static void string_take(struct unwrap *u, struct sink *s, char c)
{
    if (u->is_escape) {
        u->is_escape = !escape_take(u, c);
        if (!u->is_escape && u->is_input)
            put_unit(u, s, u->code);
    } else if (c == '\\') {
        u->is_escape = 1;
    } else if (c == '"') {
        put_half(u, s);
        u->is_string = u->is_input = 0;
    } else if (u->is_input) {
        put_half(u, s);
        s->p[s->n++] = c;
    } else if (u->is_key && u->key_n < sizeof(u->key)) {
        u->key[u->key_n++] = c;
    }
}

static void string_begin(struct unwrap *u)
{
    u->is_string = 1;
    u->is_key = u->wants_key && u->depth == 1;
    u->is_input =
        !u->wants_key && u->depth == 1 && u->key_n == 5 && memcmp(u->key, "input", 5) == 0;
    u->is_found |= u->is_input;
    if (u->is_key)
        u->key_n = 0;
}

static void other_take(struct unwrap *u, char c)
{
    switch (c) {
    case '"':
        string_begin(u);
        break;
    case '{':
    case '[':
        u->depth += u->depth < 255;
        u->wants_key = c == '{';
        break;
    case '}':
    case ']':
        u->depth -= u->depth > 0;
        break;
    case ':':
        u->wants_key = 0;
        break;
    case ',':
        u->wants_key = 1;
        break;
    default:
        break;
    }
}

/* ---- what may have to be said as it came -------------------------------------------------- */

static void hold(struct cp_call *call, struct unwrap *u, struct cp_str raw)
{
    size_t need = u->held_n + raw.n;

    if (need > u->held_room) {
        char *p = host->alloc(call, need * 2);
        if (!p)
            return;
        memcpy(p, u->held_n ? u->held : "", u->held_n);
        u->held = p;
        u->held_room = need * 2;
    }
    memcpy(u->held + u->held_n, raw.n ? raw.p : "", raw.n);
    u->held_n = need;
}

/* No object at all: then nobody has to wait for its end. */
static void look(struct unwrap *u, struct cp_str raw)
{
    size_t i = 0;

    while (i < raw.n && strchr(" \t\r\n", raw.p[i]))
        i++;
    u->is_raw = u->depth == 0 && !u->is_found && i < raw.n && raw.p[i] != '{';
}

struct cp_str claude_unwrap_end(struct unwrap *u)
{
    struct cp_str raw = { u->held, u->held_n };

    if (u->is_found || u->is_raw || !raw.n)
        return S("");
    u->is_found = 1;
    return claude_is(raw, "{}") ? S("") : raw;
}

struct cp_str claude_unwrap(struct cp_call *call, struct unwrap *u, struct cp_str raw)
{
    if (!u->held_n)
        look(u, raw);
    if (u->is_raw)
        return raw;
    if (!u->is_found)
        hold(call, u, raw);
    /* no byte becomes more than one, but for the half that may have waited */
    struct sink s = { host->alloc(call, raw.n + 8), 0 };

    for (size_t i = 0; s.p && i < raw.n; i++) {
        if (u->is_string)
            string_take(u, &s, raw.p[i]);
        else
            other_take(u, raw.p[i]);
    }
    return (struct cp_str){ s.p ? s.p : "", s.n };
}
