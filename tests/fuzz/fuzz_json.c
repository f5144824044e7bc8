/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json - reading never leaves the text; what was checked survives being walked and written.
 *
 * Any bytes are walked first, as if they had been checked.  If they do pass the check, they are
 * written again, once as spelled and once with every string decoded and escaped anew, and both
 * must pass the check too.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "json/check.h"
#include "json/slice.h"
#include "json/write.h"

#include <stdlib.h>

#define MUST(cond)                                                                             \
    do {                                                                                       \
        if (!(cond))                                                                           \
            abort();                                                                           \
    } while (0)

enum { DEEPEST = 130 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct cp_str part, struct cp_str whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static void walk(struct arena *a, struct cp_str v, int depth)
{
    struct cp_str key, member;
    int64_t number;
    (void)json_kind(v);
    (void)json_int(v, &number); /* any answer will do, as long as it gives one */
    (void)json_is(v, "model\\");
    (void)json_text(a, v);
    (void)json_at(v, "a[1].b");
    for (size_t at = 0, before = 0; depth && json_each(v, &at, &key, &member); before = at) {
        MUST(at > before && at <= v.n);
        MUST(is_inside(member, v) && member.n > 0);
        MUST(!key.p || is_inside(key, v));
        (void)json_key_text(a, key);
        (void)json_is(key, "model");
        walk(a, member, depth - 1);
    }
}

/* Writes v again; a: with all strings decoded on the way, NULL: as they are spelled. */
static void copy(struct json_writer *w, struct cp_str v, struct arena *a)
{
    char kind = json_kind(v);
    MUST(kind);
    if (kind != '{' && kind != '[') {
        struct cp_str text = a && kind == '"' ? json_text(a, v) : STR_NONE;
        MUST(!a || kind != '"' || (text.p && utf8_valid(text) == text.n));
        MUST((text.p ? json_string(w, text) : json_raw(w, str_trim(v))) == 0);
        return;
    }
    struct cp_str key, member;
    MUST(json_open(w, kind) == 0);
    for (size_t at = 0; json_each(v, &at, &key, &member);) {
        if (kind == '{' && a)
            MUST(json_key(w, json_key_text(a, key)) == 0);
        else if (kind == '{')
            MUST(json_key_raw(w, key) == 0);
        copy(w, member, a);
    }
    MUST(json_close(w) == 0);
}

static void copy_whole(struct arena *a, struct cp_str text, struct cp_str same)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 16 * text.n + 64);
    json_writer_init(&w, &out);
    copy(&w, text, a);
    MUST(json_writer_done(&w) == 0);
    MUST(json_check(buf_str(&out), NULL, NULL) == 0);
    MUST(!same.p || str_eq(buf_str(&out), same));
    buf_fini(&out);
}

static void splice(struct cp_str text)
{
    struct json_top top;
    struct buf out;
    if (json_kind(text) != '{' || json_top(text, &top, NULL) || !top.model.p)
        return;
    MUST(str_eq(json_get(text, "model"), top.model));
    buf_init(&out, text.n + 64);
    MUST(json_splice(&out, text, top.model, STR("spliced \"\n")) == 0);
    MUST(json_check(buf_str(&out), NULL, NULL) == 0);
    MUST(json_is(json_get(buf_str(&out), "model"), "spliced \"\n"));
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str text = str_n((const char *)data, size);
    struct arena *a = arena_new(4096, 1 << 24);
    walk(a, text, DEEPEST);
    struct cp_str compact = json_compact(a, text);
    if (json_check(text, NULL, NULL) == 0) {
        MUST(json_check(compact, NULL, NULL) == 0);
        MUST(json_compact(a, compact).p == compact.p);
        copy_whole(NULL, text, compact);
        copy_whole(a, text, STR_NONE);
        splice(text);
    }
    arena_free(a);
    return 0;
}
