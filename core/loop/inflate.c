/* SPDX-License-Identifier: MIT */
/*
 * inflate - compressed bodies to plain ones, piece by piece, with a bomb limit.
 *
 * Honest text shrinks to a tenth or so; a megabyte of one letter to a thousandth.  What grows beyond RATIO_MAX times its
 * input is not worth the memory, whatever it is.  Small bodies are let off: up to FREE_BYTES nobody is hurt.
 */
#include "loop/inflate.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/inflate_codec.h"

#include <stdlib.h>

enum { RATIO_MAX = 200, FREE_BYTES = 1024 * 1024 };

struct inflate {
    const struct inflate_codec *codec;
    void *state;
    uint64_t in_bytes, out_bytes;
};

static const struct inflate_codec *find(struct cp_str coding)
{
    static const struct inflate_codec *const codecs[] = {
        &inflate_zlib_gzip,
        &inflate_zlib_deflate,
        &inflate_br_codec,
        &inflate_zstd_codec,
    };
    if (str_is_nocase(coding, "x-gzip")) /* source: RFC 9110 8.4.1.3; the same as gzip */
        coding = STR("gzip");
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (str_is_nocase(coding, codecs[i]->coding))
            return codecs[i];
    return NULL;
}

int inflate_open(struct inflate **out, struct cp_str coding)
{
    coding = str_trim(coding);
    *out = NULL;
    if (!coding.n || str_is_nocase(coding, "identity"))
        return 0;
    const struct inflate_codec *codec = find(coding);
    if (!codec)
        return E_UNSUPPORTED;
    struct inflate *z = mem_new(1, sizeof *z);
    z->codec = codec;
    z->state = codec->open();
    *out = z;
    return 0;
}

int inflate_feed(struct inflate *z, struct cp_str in, struct buf *out)
{
    if (!in.n)
        return 0;
    z->in_bytes += in.n;
    uint64_t allowed = z->in_bytes * RATIO_MAX;
    if (allowed < FREE_BYTES)
        allowed = FREE_BYTES;
    size_t before = out->n;
    int rc = z->codec->feed(z->state, in, (size_t)(allowed - z->out_bytes), out);
    z->out_bytes += out->n - before;
    return rc;
}

int inflate_end(struct inflate *z)
{
    return z->codec->is_whole(z->state) ? 0 : E_SYNTAX;
}

void inflate_close(struct inflate *z)
{
    if (!z)
        return;
    z->codec->close(z->state);
    free(z);
}
