/* SPDX-License-Identifier: MIT */
/*
 * inflate_br - br bodies; the only file that knows brotli.
 */
#include "loop/inflate_codec.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <brotli/decode.h>

#include <stdlib.h>

enum { STEP_BYTES = 32 * 1024 };

struct br_state {
    BrotliDecoderState *d;
    bool is_at_end;
};

static void *open_br(void)
{
    struct br_state *s = mem_new(1, sizeof *s);
    s->d = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (!s->d)
        abort(); /* out of memory */
    return s;
}

static int feed(void *state, struct cp_str in, size_t room, struct buf *out)
{
    struct br_state *s = state;
    const uint8_t *next = (const uint8_t *)in.p;
    size_t left = in.n;
    if (s->is_at_end)
        return E_SYNTAX; /* bytes after the end */
    for (;;) {
        size_t ceiling = out->ceiling - out->n;
        size_t step = room < STEP_BYTES ? room : STEP_BYTES;
        step = ceiling < step ? ceiling : step;
        uint8_t none, *to = step ? (uint8_t *)buf_room(out, step) : &none;
        size_t avail = step ? step : 1;
        BrotliDecoderResult rc =
            BrotliDecoderDecompressStream(s->d, &left, &next, &avail, &to, NULL);
        size_t made = (step ? step : 1) - avail;
        if (made > step)
            return E_LIMIT;
        buf_grew(out, made);
        room -= made;
        if (rc == BROTLI_DECODER_RESULT_SUCCESS) {
            s->is_at_end = true;
            return left ? E_SYNTAX : 0;
        }
        if (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT)
            return 0;
        if (rc == BROTLI_DECODER_RESULT_ERROR)
            return E_SYNTAX;
    }
}

static bool is_whole(const void *state)
{
    return ((const struct br_state *)state)->is_at_end;
}

static void close_it(void *state)
{
    struct br_state *s = state;
    BrotliDecoderDestroyInstance(s->d);
    free(s);
}

const struct inflate_codec inflate_br_codec = { "br", open_br, feed, is_whole, close_it };
