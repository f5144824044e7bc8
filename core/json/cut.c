/* SPDX-License-Identifier: MIT */
/*
 * cut - a JSON text without some of its members, and every other byte as it was.
 *
 * A member goes with one comma: the one before it if a member that stays stands before it, else the one behind.  So the
 * places that go are in order and never overlap, and what stays is copied around them once.
 */
#include "json/cut.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/slice.h"

struct gap {
    const char *from, *to;
};

struct cut {
    struct arena *arena;
    const struct json_step *steps;
    size_t steps_n;
    struct gap *gaps;
    size_t n, room;
};

/* ---- paths ---- */

/* rest begins behind the bracket; takes all up to the closing one. */
static bool read_bracket(struct cp_str *rest, struct json_step *s)
{
    bool is_name = rest->n && rest->p[0] == '"';
    struct cp_str end = is_name ? STR("\"]") : STR("]");
    struct cp_str in = is_name ? str_from(*rest, 1) : *rest;
    ptrdiff_t at = str_find(in, end);

    if (at < 0)
        return false;
    *rest = str_from(in, (size_t)at + end.n);
    in = str_cut(in, (size_t)at);
    if (is_name) {
        s->name = in;
        return true;
    }
    s->index = -1;
    return str_is(in, "*") || (!str_int(in, &s->index) && s->index >= 0);
}

static bool read_name(struct cp_str *rest, struct json_step *s)
{
    size_t n = 0;

    while (n < rest->n && rest->p[n] != '.' && rest->p[n] != '[')
        n++;
    s->name = str_cut(*rest, n);
    *rest = str_from(*rest, n);
    return n > 0 && str_chr(s->name, ']') < 0 && str_chr(s->name, '"') < 0;
}

size_t json_steps(struct cp_str path, struct json_step steps[JSON_CUT_STEPS])
{
    size_t n = 0;

    for (; path.n; n++) {
        bool is_bracket = path.p[0] == '[', is_dot = path.p[0] == '.';
        if (n == JSON_CUT_STEPS || (is_dot ? n == 0 : !is_bracket && n > 0))
            return 0;
        steps[n] = (struct json_step){ STR_NONE, 0 };
        if (is_bracket || is_dot)
            path = str_from(path, 1);
        if (is_bracket ? !read_bracket(&path, &steps[n]) : !read_name(&path, &steps[n]))
            return 0;
    }
    return n;
}

/* ---- gaps ---- */

static struct gap *cut_gap(struct cut *c, const char *from, const char *to)
{
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 8;
        struct gap *more = arena_need(c->arena, room * sizeof(*more));
        if (c->n)
            memcpy(more, c->gaps, c->n * sizeof(*more));
        c->gaps = more;
        c->room = room;
    }
    c->gaps[c->n] = (struct gap){ from, to };
    return &c->gaps[c->n++];
}

static void cut_members(struct cut *c, struct cp_str object, struct cp_str name)
{
    struct gap *open = NULL; /* its comma is the next one */
    const char *behind = NULL;
    bool has_kept = false;
    struct cp_str key, v;

    for (size_t at = 0; json_each(object, &at, &key, &v); behind = v.p + v.n) {
        if (open)
            open->to = key.p - 1;
        open = NULL;
        if (!str_eq(key, name)) {
            has_kept = true;
            continue;
        }
        if (has_kept)
            cut_gap(c, behind, v.p + v.n);
        else
            open = cut_gap(c, key.p - 1, v.p + v.n);
    }
}

static void cut_in(struct cut *c, struct cp_str v, size_t depth)
{
    const struct json_step *s = &c->steps[depth];
    bool is_last = depth + 1 == c->steps_n;
    struct cp_str key, member;
    int64_t index = 0;

    if (json_kind(v) != (s->name.p ? '{' : '['))
        return;
    if (is_last) {
        cut_members(c, v, s->name);
        return;
    }
    for (size_t at = 0; json_each(v, &at, &key, &member); index++)
        if (s->name.p ? str_eq(key, s->name) : s->index < 0 || s->index == index)
            cut_in(c, member, depth + 1);
}

/* What is left, at to, which may be where text stands.  Its length. */
static size_t cut_write(const struct cut *c, struct cp_str text, char *to)
{
    const char *from = text.p, *begin = to;

    for (size_t i = 0; i <= c->n; i++) {
        const char *end = i < c->n ? c->gaps[i].from : text.p + text.n;
        memmove(to, from, (size_t)(end - from));
        to += end - from;
        from = i < c->n ? c->gaps[i].to : end;
    }
    return (size_t)(to - begin);
}

static void cut_find(struct cut *c, struct cp_str text, struct cp_str path)
{
    struct json_step steps[JSON_CUT_STEPS];

    c->steps = steps;
    c->steps_n = json_steps(path, steps);
    if (c->steps_n && steps[c->steps_n - 1].name.p)
        cut_in(c, text, 0);
    c->steps = NULL;
}

size_t json_cut(struct arena *arena, struct cp_str text, struct cp_str path, struct cp_str *out)
{
    struct cut c = { .arena = arena };

    cut_find(&c, text, path);
    if (out)
        *out = text;
    if (out && c.n) {
        char *copy = arena_need(arena, text.n + 1);
        *out = str_n(copy, cut_write(&c, text, copy));
    }
    return c.n;
}

size_t json_cut_own(struct arena *arena, char *text, size_t *n, struct cp_str path)
{
    struct cut c = { .arena = arena };

    cut_find(&c, str_n(text, *n), path);
    if (c.n)
        *n = cut_write(&c, str_n(text, *n), text);
    return c.n;
}
