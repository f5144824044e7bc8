/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json_array - any bytes as an array that comes in: whole and in pieces it must say the same.
 *
 * The first byte sets the pieces' size.
 */
#include "base/buf.h"
#include "base/str.h"
#include "json/array.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int hear(void *ctx, struct cp_str element)
{
    struct buf *heard = ctx;
    (void)buf_add_str(heard, element); /* no ceiling, here and below */
    return buf_add_c(heard, 0);
}

static void run(struct cp_str all, size_t piece, struct buf *heard)
{
    struct json_array a;
    int rc = 0;
    json_array_init(&a, 256);
    for (size_t at = 0; at < all.n && !rc; at += piece)
        rc = json_array_feed(&a, str_cut(str_from(all, at), piece), hear, heard);
    (void)buf_printf(heard, "%d %llu", rc ? rc : json_array_end(&a),
                     (unsigned long long)a.elements);
    if (!rc)
        (void)buf_printf(heard, " %zu", json_array_torn(&a));
    json_array_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, cut;
    if (size < 2)
        return 0;
    struct cp_str all = str_n((const char *)data + 1, size - 1);
    buf_init(&whole, SIZE_MAX);
    buf_init(&cut, SIZE_MAX);
    run(all, all.n, &whole);
    run(all, 1 + data[0] % 64, &cut);
    if (!str_eq(buf_str(&whole), buf_str(&cut)))
        abort();
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}
