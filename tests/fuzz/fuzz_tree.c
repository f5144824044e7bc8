/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tree - any bytes as a tree: what was written from one reads as an equal one.
 */
#include "base/buf.h"
#include "base/str.h"
#include "json/tree.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = { 0 };
    struct buf out;
    struct tree *t = tree_parse(str_n((const char *)data, size), &err), *copy;

    if (!t) {
        if (!err.code)
            abort();
        return 0;
    }
    buf_init(&out, 64 << 20);
    for (int is_pretty = 0; is_pretty < 2; is_pretty++) {
        buf_clear(&out);
        if (is_pretty)
            tree_write_pretty(t, &out);
        else
            tree_write(t, &out);
        struct tree *again = tree_parse(buf_str(&out), &err);
        if (!again || !tree_is_equal(t, again))
            abort();
        tree_free(again);
    }
    copy = tree_copy(t);
    if (!tree_is_equal(copy, t))
        abort();
    tree_free(copy);
    tree_free(t);
    buf_fini(&out);
    return 0;
}
