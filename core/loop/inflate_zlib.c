/* SPDX-License-Identifier: MIT */
/*
 * inflate_zlib - gzip and deflate to plain, and plain to gzip; the only file that knows zlib.
 *
 * "deflate" means a zlib wrapper, but some senders leave the wrapper out: the first two bytes tell which it is.
 * A gzip body may be several members one after the other.  source: RFC 1950 2.2, RFC 1952 2.2, RFC 9110 8.4.1.2
 */
#include "loop/deflate.h"
#include "loop/inflate_codec.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#include <zlib.h>

#include <stdlib.h>

enum { STEP_BYTES = 32 * 1024, PIECE_MAX = 1 << 30 };
enum { MEMORY_MOST = 9 }; /* source: zlib.h, deflateInit2(): memLevel */
enum { WINDOW = 15, WINDOW_GZIP = 15 + 16, WINDOW_RAW = -15 };

struct zlib_state {
    z_stream z;
    bool is_gzip, is_open, is_at_end;
    unsigned char first; /* deflate: the first byte, until the second is there */
    bool has_first;
};

static void *open_as(bool is_gzip)
{
    struct zlib_state *s = mem_new(1, sizeof *s);
    s->is_gzip = is_gzip;
    return s;
}

static void *open_gzip(void)
{
    return open_as(true);
}

static void *open_deflate(void)
{
    return open_as(false);
}

static int start(struct zlib_state *s, int window)
{
    s->is_open = true;
    if (inflateInit2(&s->z, window) != Z_OK)
        abort(); /* out of memory, or another zlib than was compiled for */
    return 0;
}

/* Runs until in is used up.  The bytes of in stay where they are. */
static int run(struct zlib_state *s, struct cp_str in, size_t *room, struct buf *out)
{
    s->z.next_in = (Bytef *)(uintptr_t)in.p; /* zlib never writes through it */
    s->z.avail_in = (uInt)in.n;
    for (;;) {
        if (s->is_at_end && !s->z.avail_in)
            return 0;
        if (s->is_at_end && (!s->is_gzip || inflateReset(&s->z) != Z_OK))
            return E_SYNTAX; /* bytes after the end */
        s->is_at_end = false;
        size_t left = out->ceiling - out->n;
        size_t step = *room < STEP_BYTES ? *room : STEP_BYTES;
        step = left < step ? left : step;
        unsigned char none;
        s->z.next_out = step ? (Bytef *)buf_room(out, step) : &none;
        s->z.avail_out = step ? (uInt)step : 1;
        int rc = inflate(&s->z, Z_NO_FLUSH);
        size_t made = (step ? step : 1) - s->z.avail_out;
        if (made > step)
            return E_LIMIT;
        buf_grew(out, made);
        *room -= made;
        if (rc == Z_STREAM_END)
            s->is_at_end = true;
        else if (rc == Z_BUF_ERROR || (rc == Z_OK && !s->z.avail_in && s->z.avail_out))
            return 0;
        else if (rc != Z_OK)
            return E_SYNTAX;
    }
}

static bool is_wrapped(unsigned char a, unsigned char b)
{
    return (a & 0x0f) == 8 && (a * 256 + b) % 31 == 0;
}

static int feed(void *state, struct cp_str in, size_t room, struct buf *out)
{
    struct zlib_state *s = state;
    int rc = 0;
    if (!s->is_open && s->is_gzip)
        rc = start(s, WINDOW_GZIP);
    if (!s->is_open && !s->has_first) {
        s->first = (unsigned char)in.p[0];
        s->has_first = true;
        in = str_from(in, 1);
    }
    if (!s->is_open && in.n) {
        char first = (char)s->first;
        start(s, is_wrapped(s->first, (unsigned char)in.p[0]) ? WINDOW : WINDOW_RAW);
        rc = run(s, str_n(&first, 1), &room, out);
    }
    for (; !rc && s->is_open && in.n; in = str_from(in, PIECE_MAX))
        rc = run(s, str_cut(in, PIECE_MAX), &room, out);
    return rc;
}

static bool is_whole(const void *state)
{
    return ((const struct zlib_state *)state)->is_at_end;
}

static void close_it(void *state)
{
    struct zlib_state *s = state;
    if (s->is_open)
        (void)inflateEnd(
            &s->z); /* complains only of a stream cut short, which is_whole() told */
    free(s);
}

/* ---- the other way ---- */

int deflate_gzip(struct cp_str in, struct buf *out)
{
    z_stream z = { 0 };

    if (in.n > PIECE_MAX)
        return E_LIMIT;
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY_MOST,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* as in start() */
    uLong most = deflateBound(&z, (uLong)in.n);
    z.next_in = (Bytef *)(uintptr_t)in.p; /* zlib never writes through it */
    z.avail_in = (uInt)in.n;
    z.next_out = (Bytef *)buf_room(out, most);
    z.avail_out = (uInt)most;
    bool is_whole = z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (is_whole)
        buf_grew(out, most - z.avail_out);
    (void)deflateEnd(&z); /* complains only of a stream cut short */
    return is_whole ? 0 : E_LIMIT;
}

const struct inflate_codec inflate_zlib_gzip = { "gzip", open_gzip, feed, is_whole, close_it };
const struct inflate_codec inflate_zlib_deflate = { "deflate", open_deflate, feed, is_whole,
                                                    close_it };
