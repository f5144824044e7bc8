/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json_cut - a text and a path: what is left is JSON, lacks the members, and is otherwise the same bytes.
 *
 * The first line is the path.  Any bytes must be harmless, and what is left must be the text with some of it left out; if
 * it was JSON it still is, and there is nothing more to cut.
 */
#include "base/arena.h"
#include "base/str.h"
#include "json/check.h"
#include "json/cut.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_what_is_left(struct cp_str part, struct cp_str whole)
{
    size_t at = 0;

    for (size_t i = 0; i < whole.n && at < part.n; i++)
        at += part.p[at] == whole.p[i];
    return at == part.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str text = str_n((const char *)data, size), path = STR_NONE, out, again;
    struct arena *a = arena_new(4096, 0);

    str_split(&text, '\n', &path);
    size_t n = json_cut(a, text, path, &out);
    if ((n == 0) != (out.p == text.p) || out.n > text.n || !is_what_is_left(out, text))
        abort();
    if (n && !json_check(text, NULL, NULL) &&
        (json_check(out, NULL, NULL) || out.n == text.n || json_cut(a, out, path, &again)))
        abort();
    char *own = arena_z(a, text);
    size_t own_n = text.n;
    if (text.p && (json_cut_own(a, own, &own_n, path) != n || !str_eq(str_n(own, own_n), out)))
        abort();
    arena_free(a);
    return 0;
}
