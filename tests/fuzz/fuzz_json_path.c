/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json_path - what json_path_at() calls a value is what one calls it who walks there.
 *
 * Any bytes must be harmless.  If they are JSON, every value is walked to, and its path asked for, in
 * order and then backwards.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "json/check.h"
#include "json/path.h"
#include "json/slice.h"

#include <stdlib.h>

enum { DEEPEST = 40, PLACES = 2000 };

struct place {
    size_t offset;
    struct cp_str path;
};

struct walk {
    struct cp_str root;
    struct arena *arena;
    struct place places[PLACES];
    size_t n;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Keys that are plain and short; others are spelled in a way of their own. */
static bool is_word(struct cp_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (!((key.p[i] | 0x20) >= 'a' && (key.p[i] | 0x20) <= 'z'))
            return false;
    return key.n > 0 && key.n < 60;
}

static void walk(struct walk *w, struct cp_str v, struct cp_str path, int depth)
{
    struct cp_str key, member, name;
    uint32_t i = 0;

    if (w->n == PLACES || path.n > 400)
        return;
    w->places[w->n++] = (struct place){ (size_t)(v.p - w->root.p), path };
    for (size_t at = 0; depth && json_each(v, &at, &key, &member); i++) {
        if (key.p && !is_word(key))
            continue;
        if (key.p)
            name = arena_printf(w->arena, "%.*s%s%.*s", STR_FMT(path), path.n ? "." : "",
                                STR_FMT(key));
        else
            name = arena_printf(w->arena, "%.*s[%u]", STR_FMT(path), i);
        walk(w, member, name, depth - 1);
    }
}

static void check(struct json_paths *p, const struct place *place)
{
    char out[JSON_PATH_BYTES];
    if (!str_eq(json_path_at(p, place->offset, out), place->path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str text = str_n((const char *)data, size);
    struct arena *a = arena_new(4096, 0);
    struct json_paths *p = json_paths_new(a, text);
    char out[JSON_PATH_BYTES];

    for (size_t at = 0; at < size + 2; at += 1 + size / 64)
        if (json_path_at(p, (at * 7) % (size + 1), out).n > JSON_PATH_BYTES)
            abort();
    if (!json_check(text, NULL, NULL)) {
        struct walk *w = arena_need(a, sizeof(*w));
        w->root = text;
        w->arena = a;
        walk(w, str_trim(text), STR(""), DEEPEST);
        for (size_t i = 0; i < w->n; i++)
            check(p, &w->places[i]);
        for (size_t i = w->n; i-- > 0;)
            check(p, &w->places[i]);
    }
    arena_free(a);
    return 0;
}
