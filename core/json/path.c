/* SPDX-License-Identifier: MIT */
/*
 * path - where in a JSON text something stands: a byte's place to "messages[3].content[0].text".
 *
 * One pass over tokens with a stack of the brackets that are open.  The pass stops in front of the
 * token it was asked for and goes on from there at the next question; every 32 KB it leaves a mark,
 * a copy of the stack, so that a question about something further back repeats at most that much.
 */
#include "json/path.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/bytes.h"

enum { PATH_DEPTH = 64, MARK_EVERY = 32 * 1024, KEY_BYTES = 64 };

/* A bracket that is open, and what it is at. */
struct path_frame {
    struct cp_str key; /* as spelled between its quotes */
    uint32_t index;
    bool is_object, is_key_next;
};

struct path_mark {
    size_t at;
    uint32_t depth;
    struct path_frame *stack;
};

struct json_paths {
    struct arena *arena;
    struct cp_str text;
    size_t at;      /* everything before is read */
    uint32_t depth; /* brackets open; those beyond PATH_DEPTH are only counted */
    struct path_frame stack[PATH_DEPTH];
    struct path_mark *marks;
    size_t marks_n, marks_cap;
};

struct json_paths *json_paths_new(struct arena *arena, struct cp_str text)
{
    struct json_paths *p = arena_need(arena, sizeof(*p));
    p->arena = arena;
    p->text = text;
    return p;
}

static struct path_frame *paths_top(struct json_paths *p)
{
    return p->depth && p->depth <= PATH_DEPTH ? &p->stack[p->depth - 1] : NULL;
}

/* ---- marks ---------------------------------------------------------------- */

static void paths_mark(struct json_paths *p)
{
    size_t last = p->marks_n ? p->marks[p->marks_n - 1].at : 0;
    if (p->at < last || p->at - last < MARK_EVERY || p->depth > PATH_DEPTH)
        return;
    if (p->marks_n == p->marks_cap) {
        size_t cap = p->marks_cap ? p->marks_cap * 2 : 16;
        struct path_mark *marks = arena_need(p->arena, cap * sizeof(*marks));
        if (p->marks_n)
            memcpy(marks, p->marks, p->marks_n * sizeof(*marks));
        p->marks = marks;
        p->marks_cap = cap;
    }
    struct path_mark *m = &p->marks[p->marks_n++];
    *m = (struct path_mark){ p->at, p->depth, NULL };
    m->stack = arena_need(p->arena, (p->depth + 1) * sizeof(*m->stack));
    memcpy(m->stack, p->stack, p->depth * sizeof(*m->stack));
}

/* Back to the last mark at or before offset, or to the beginning. */
static void paths_rewind(struct json_paths *p, size_t offset)
{
    size_t low = 0, high = p->marks_n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->marks[middle].at <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    p->at = low ? p->marks[low - 1].at : 0;
    p->depth = low ? p->marks[low - 1].depth : 0;
    if (p->depth)
        memcpy(p->stack, p->marks[low - 1].stack, p->depth * sizeof(*p->stack));
}

/* ---- tokens --------------------------------------------------------------- */

/* Behind the string that begins at from, or the end of the text. */
static size_t string_end(struct cp_str text, size_t from)
{
    const char *first = text.p + from + 1, *end = text.p + text.n, *at = first;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at)))) {
        size_t slashes = 0;
        while (at - slashes > first && at[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        at++;
        if (slashes % 2 == 0)
            return (size_t)(at - text.p);
    }
    return text.n;
}

static bool is_delimiter(char c)
{
    return bytes_is_space(c) || c == ',' || c == ':' || c == '"' || c == '{' || c == '}' ||
           c == '[' || c == ']';
}

static size_t token_end(struct cp_str text, size_t from)
{
    size_t at = from + 1;
    if (text.p[from] == '"')
        return string_end(text, from);
    if (is_delimiter(text.p[from]))
        return at;
    while (at < text.n && !is_delimiter(text.p[at]))
        at++;
    return at;
}

static void paths_push(struct json_paths *p, char bracket)
{
    p->depth++;
    struct path_frame *f = paths_top(p);
    if (f)
        *f = (struct path_frame){ .is_object = bracket == '{', .is_key_next = bracket == '{' };
}

static void paths_take_key(struct path_frame *f, struct cp_str text, size_t from, size_t end)
{
    if (f && f->is_object && f->is_key_next && end >= from + 2)
        f->key = str_n(text.p + from + 1, end - from - 2);
}

/* Takes the token in [at, end) behind itself. */
static void paths_take(struct json_paths *p, size_t end)
{
    struct path_frame *f = paths_top(p);
    char c = p->text.p[p->at];

    if (c == '{' || c == '[') {
        paths_push(p, c);
    } else if ((c == '}' || c == ']') && p->depth) {
        p->depth--;
    } else if (c == ',' && f) {
        f->index++;
        f->is_key_next = f->is_object;
    } else if (c == ':' && f) {
        f->is_key_next = false;
    } else if (c == '"') {
        paths_take_key(f, p->text, p->at, end);
    }
    p->at = end;
}

/* Reads up to the token that holds offset, or the first one behind it. */
static void paths_seek(struct json_paths *p, size_t offset)
{
    if (offset < p->at)
        paths_rewind(p, offset);
    for (;;) {
        const char *end = p->text.p + p->text.n;
        p->at = (size_t)(bytes_skip_space(p->text.p + p->at, end) - p->text.p);
        if (p->at > offset || p->at >= p->text.n)
            return;
        size_t behind = token_end(p->text, p->at);
        if (behind > offset)
            return;
        paths_take(p, behind);
        paths_mark(p);
    }
}

/* ---- spelling ------------------------------------------------------------- */

struct spelling {
    char *out;
    size_t n;
    bool is_cut;
};

static void spell(struct spelling *s, struct cp_str part)
{
    s->is_cut |= part.n > JSON_PATH_BYTES - s->n;
    if (s->is_cut || !part.n)
        return;
    memcpy(s->out + s->n, part.p, part.n);
    s->n += part.n;
}

static bool is_plain(struct cp_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (is_delimiter(key.p[i]) || key.p[i] == '.' || key.p[i] == '\\')
            return false;
    return key.n > 0;
}

/* Not in the middle of a character. */
static struct cp_str key_cut(struct cp_str key)
{
    if (key.n <= KEY_BYTES)
        return key;
    key.n = KEY_BYTES;
    while (key.n && ((unsigned char)key.p[key.n] & 0xC0) == 0x80)
        key.n--;
    return key;
}

static void spell_frame(struct spelling *s, const struct path_frame *f)
{
    char number[16];
    struct cp_str key = key_cut(f->key);
    size_t at = sizeof(number);

    if (f->is_object && is_plain(key)) {
        if (s->n)
            spell(s, STR("."));
        spell(s, key);
        return;
    }
    spell(s, f->is_object ? STR("[\"") : STR("["));
    if (f->is_object)
        spell(s, key);
    for (uint32_t n = f->index; !f->is_object && (n || at == sizeof(number)); n /= 10)
        number[--at] = (char)('0' + n % 10);
    if (!f->is_object)
        spell(s, str_n(number + at, sizeof(number) - at));
    spell(s, f->is_object ? STR("\"]") : STR("]"));
}

/* Between two members, and on its closing bracket, a place is the container's own. */
static bool is_of_member(const struct json_paths *p, size_t offset)
{
    char c = p->at < p->text.n ? p->text.p[p->at] : '}';
    return p->at <= offset && c != '}' && c != ']' && c != ',';
}

struct cp_str json_path_at(struct json_paths *p, size_t offset, char out[JSON_PATH_BYTES])
{
    struct spelling s = { out, 0, false };

    if (offset >= p->text.n)
        return STR("");
    paths_seek(p, offset);
    uint32_t depth = p->depth - (p->depth && !is_of_member(p, offset));
    struct path_frame *f = paths_top(p);
    if (f && depth == p->depth && p->text.p[p->at] == '"')
        paths_take_key(f, p->text, p->at, token_end(p->text, p->at));
    for (uint32_t i = 0; i < depth && i < PATH_DEPTH && !s.is_cut; i++)
        spell_frame(&s, &p->stack[i]);
    return str_n(out, s.n);
}
