/* SPDX-License-Identifier: MIT */
/*
 * put - a JSON object with one member set, and every other byte as it was.
 *
 * What was there is cut out first, so the new member always stands last: the same request gives the same bytes again, and
 * a prompt cache meets what it knows.
 */
#include "json/put.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "json/cut.h"
#include "json/slice.h"

/* The last member of that name; absent: there is none. */
static struct cp_str put_find(struct cp_str object, struct cp_str name)
{
    struct cp_str found = STR_NONE, key, v;

    for (size_t at = 0; json_each(object, &at, &key, &v) == 1;)
        if (str_eq(key, name))
            found = v;
    return found;
}

/* It is written as it is. */
static bool put_is_name(struct cp_str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < ' ' || name.p[i] > '~' || name.p[i] == '"' || name.p[i] == '\\')
            return false;
    return name.n > 0;
}

static bool put_is_path(const struct json_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!put_is_name(steps[i].name))
            return false;
    return n > 0;
}

/* Behind the last member of the object. */
static struct cp_str put_in(struct arena *arena, struct cp_str text, struct cp_str object,
                            const struct json_step *steps, size_t n, struct cp_str value)
{
    size_t at = (size_t)(object.p + object.n - 1 - text.p), first = 0;
    bool has_any = json_each(object, &first, NULL, &(struct cp_str){ 0 }) == 1;
    struct buf out;

    buf_init(&out, SIZE_MAX / 2);
    buf_add_str(&out, str_cut(text, at));
    if (has_any)
        buf_add_c(&out, ',');
    for (size_t i = 0; i < n; i++)
        buf_printf(&out, "%s\"%.*s\":", i ? "{" : "", STR_FMT(steps[i].name));
    buf_add_str(&out, value);
    for (size_t i = 1; i < n; i++)
        buf_add_c(&out, '}');
    buf_add_str(&out, str_from(text, at));
    text = arena_copy(arena, buf_str(&out));
    buf_fini(&out);
    return text;
}

/* In one pass what is in the way is found, and the innermost object that stays. */
static struct cp_str put_way(struct arena *arena, struct cp_str text, struct cp_str path,
                             const struct json_step *steps, size_t n)
{
    struct cp_str object = str_trim(text);

    for (size_t i = 0; i + 1 < n; i++) {
        object = put_find(object, steps[i].name);
        if (!object.p)
            return text;
        if (json_kind(object) != '{') {
            size_t end = (size_t)(steps[i].name.p + steps[i].name.n - path.p);
            json_cut(arena, text, str_cut(path, end), &text);
            return text;
        }
    }
    json_cut(arena, text, path, &text);
    return text;
}

struct cp_str json_put(struct arena *arena, struct cp_str text, struct cp_str path,
                       struct cp_str value)
{
    struct json_step steps[JSON_CUT_STEPS];
    size_t n = json_steps(path, steps), depth = 0;

    if (!put_is_path(steps, n) || json_kind(str_trim(text)) != '{')
        return text;
    text = put_way(arena, text, path, steps, n);
    struct cp_str object = str_trim(text), next;
    while (depth + 1 < n && (next = put_find(object, steps[depth].name)).p) {
        object = next;
        depth++;
    }
    return put_in(arena, text, object, steps + depth, n - depth, value);
}
