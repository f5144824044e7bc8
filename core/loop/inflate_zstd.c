/* SPDX-License-Identifier: MIT */
/*
 * inflate_zstd - zstd bodies; the only file that knows libzstd.
 *
 * The window is bounded to 8 MiB, which is what RFC 8878 (3.1.1.1.2) asks every decoder to take and RFC 9659 makes the most
 * a content coding may want: without it a frame of a few bytes could claim gigabytes.
 */
#include "loop/inflate_codec.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <zstd.h>

#include <stdlib.h>

enum { STEP_BYTES = 32 * 1024, WINDOW_LOG_MAX = 23 };

struct zstd_state {
    ZSTD_DCtx *d;
    bool is_at_end;
};

static void *open_zstd(void)
{
    struct zstd_state *s = mem_new(1, sizeof *s);
    s->d = ZSTD_createDCtx();
    if (!s->d ||
        ZSTD_isError(ZSTD_DCtx_setParameter(s->d, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        abort(); /* out of memory */
    return s;
}

static int feed(void *state, struct cp_str in, size_t room, struct buf *out)
{
    struct zstd_state *s = state;
    ZSTD_inBuffer from = { in.p, in.n, 0 };
    for (;;) {
        size_t ceiling = out->ceiling - out->n;
        size_t step = room < STEP_BYTES ? room : STEP_BYTES;
        step = ceiling < step ? ceiling : step;
        char none;
        ZSTD_outBuffer to = { step ? buf_room(out, step) : &none, step ? step : 1, 0 };
        size_t had = from.pos;
        size_t rc = ZSTD_decompressStream(s->d, &to, &from);
        if (ZSTD_isError(rc))
            return E_SYNTAX;
        if (to.pos > step)
            return E_LIMIT;
        buf_grew(out, to.pos);
        room -= to.pos;
        if (from.pos > had || to.pos)
            s->is_at_end = rc == 0;
        if (from.pos == from.size && to.pos < to.size)
            return 0;
    }
}

static bool is_whole(const void *state)
{
    return ((const struct zstd_state *)state)->is_at_end;
}

static void close_it(void *state)
{
    struct zstd_state *s = state;
    ZSTD_freeDCtx(s->d);
    free(s);
}

const struct inflate_codec inflate_zstd_codec = { "zstd", open_zstd, feed, is_whole, close_it };
