/* SPDX-License-Identifier: MIT */
/*
 * fuzz_inflate - any bytes as a compressed body: whole and in two pieces the same, and never beyond the limits.
 *
 * The first byte chooses the coding, the second where to cut.
 */
#include "base/buf.h"
#include "base/str.h"
#include "loop/inflate.h"

#include <stdlib.h>

enum { CEILING = 64 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const char *coding, struct cp_str in, size_t cut, struct buf *out)
{
    struct inflate *z;
    if (inflate_open(&z, str_of(coding)))
        abort();
    int rc = inflate_feed(z, str_cut(in, cut), out);
    rc = rc ? rc : inflate_feed(z, str_from(in, cut), out);
    rc = rc ? rc : inflate_end(z);
    inflate_close(z);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const codings[] = { "gzip", "deflate", "br", "zstd" };
    struct buf whole, cut;
    if (size < 3)
        return 0;
    const char *coding = codings[data[0] % 4];
    struct cp_str in = str_n((const char *)data + 2, size - 2);
    buf_init(&whole, CEILING);
    buf_init(&cut, CEILING);
    int a = run(coding, in, in.n, &whole);
    int b = run(coding, in, data[1] % in.n, &cut);
    if ((a == 0) != (b == 0) || whole.n > CEILING || cut.n > CEILING)
        abort();
    if (a == 0 && !str_eq(buf_str(&whole), buf_str(&cut)))
        abort();
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}
