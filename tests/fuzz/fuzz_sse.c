/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sse - any bytes as a stream: whole and in pieces it must say the same.
 *
 * The first byte sets the pieces' size.
 */
#include "base/buf.h"
#include "base/str.h"
#include "loop/sse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int hear(void *ctx, const struct cp_frame *f)
{
    struct buf *heard = ctx;
    (void)buf_add_c(heard, f->event.p ? '+' : '-'); /* no ceiling, here and below */
    (void)buf_add_str(heard, f->event);
    (void)buf_add_c(heard, 0);
    (void)buf_add_str(heard, f->data);
    (void)buf_add_c(heard, 1);
    return 0;
}

static int run(struct cp_str all, size_t piece, struct buf *heard)
{
    struct sse s;
    int rc = 0;
    sse_init(&s, 256, 1024);
    for (size_t at = 0; at < all.n && !rc; at += piece)
        rc = sse_feed(&s, str_cut(str_from(all, at), piece), hear, heard);
    if (!rc)
        (void)buf_add_c(heard, sse_at_boundary(&s) ? 'b' : 'm');
    rc = rc ? rc : sse_end(&s, hear, heard);
    (void)buf_printf(heard, "%d %llu %llu", rc, (unsigned long long)s.frames,
                     (unsigned long long)(rc ? 0 : s.comments));
    if (!rc)
        (void)buf_add_str(heard, sse_loose(&s));
    sse_fini(&s);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, cut;
    if (size < 2)
        return 0;
    struct cp_str all = str_n((const char *)data + 1, size - 1);
    buf_init(&whole, SIZE_MAX);
    buf_init(&cut, SIZE_MAX);
    (void)run(all, all.n, &whole); /* what it said is in the buffer, here and below */
    (void)run(all, 1 + data[0] % 64, &cut);
    if (!str_eq(buf_str(&whole), buf_str(&cut)))
        abort();
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}
