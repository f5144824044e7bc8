/* SPDX-License-Identifier: MIT */
/*
 * fuzz_refused - what an upstream says it refuses, the model, and a header's list, a line each.
 *
 * Words that were made can be read, mean the same when they are made again, and never name what a request needs; a list
 * without a word has nothing else less.
 */
#include "base/arena.h"
#include "base/str.h"
#include "flow/refused.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(struct cp_str said, struct cp_str model)
{
    char out[REFUSED_BYTES], again[REFUSED_BYTES], header[REFUSED_BYTES + 8];
    struct cp_str words = refused_words(said, model, out), same;
    struct refused r;

    if (!words.p)
        return;
    if (words.n > REFUSED_BYTES || !refused_read(words, &r) || !str_eq(r.model, model))
        abort();
    if (!r.path.p == !r.header.p || str_is(r.path, "model") || str_is(r.path, "messages") ||
        str_is(r.header, "authorization"))
        abort();
    same = r.path;
    if (r.header.p) {
        size_t n = (size_t)snprintf(header, sizeof(header), "%.*s: %.*s", STR_FMT(r.header),
                                    STR_FMT(r.word));
        same = str_cut(str_n(header, n), sizeof(header) - 1);
    }
    same = refused_words(same, model, again);
    if (!str_eq(same, words))
        abort();
}

static size_t parts(struct cp_str list, struct cp_str but)
{
    struct cp_str part;
    size_t n = 0;

    while (str_split(&list, ',', &part))
        n += str_trim(part).n && !refused_is_same(str_trim(part), but);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cp_str list = str_n((const char *)data, size), said = STR_NONE, model = STR_NONE;
    struct arena *a = arena_new(4096, 0);

    str_split(&list, '\n', &said);
    str_split(&list, '\n', &model);
    check_words(said, model.n ? model : STR_NONE);
    if (list.p) {
        struct cp_str left = refused_cut(a, list, said);
        if (left.n > list.n || (left.p && parts(left, said) != parts(list, said)))
            abort();
    }
    arena_free(a);
    return 0;
}
