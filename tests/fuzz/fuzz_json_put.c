/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json_put - a text and a path: what is set is there once, the result is JSON, and setting it again changes no meaning.
 *
 * The first line is the path.  Bytes that are no JSON must be harmless.
 */
#include "base/arena.h"
#include "base/str.h"
#include "json/check.h"
#include "json/cut.h"
#include "json/put.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str text = str_n((const char *)data, size), path = STR_NONE, out, rest;
    struct arena *a = arena_new(4096, 0);

    str_split(&text, '\n', &path);
    bool is_json = text.n && !json_check(text, NULL, NULL);
    out = json_put(a, text, path, STR("[7]"));
    if (is_json && out.p != text.p) {
        if (json_check(out, NULL, NULL) || json_cut(a, out, path, &rest) != 1 ||
            json_check(rest, NULL, NULL))
            abort();
    }
    arena_free(a);
    return 0;
}
