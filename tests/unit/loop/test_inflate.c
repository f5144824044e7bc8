/* SPDX-License-Identifier: MIT */
/*
 * test_inflate - each coding, every cut, bombs, and bodies that end too early or too late.
 */
#include "loop/deflate.h"
#include "loop/inflate.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "test.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define TEXT                                                                                   \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello hello hello\"}]}\n"

/* "hello, brotli brotli brotli" as node:zlib packs it */
static const char br_hello[] =
    "\x1b\x1a\x00\xf8\x8d\x54\xb5\xbf\x14\x93\xa3\xcb\x34\xb6\xb7\x1a\x44\x9e\x4a\xe0\x22\x9d\x86\x3e\x00";

static struct buf out;

static int decode_cut(const char *coding, struct cp_str in, size_t cut, size_t ceiling)
{
    struct inflate *z;
    buf_fini(&out);
    buf_init(&out, ceiling);
    int rc = inflate_open(&z, str_of(coding));
    if (rc || !z)
        return rc;
    rc = inflate_feed(z, str_cut(in, cut), &out);
    rc = rc ? rc : inflate_feed(z, str_from(in, cut), &out);
    rc = rc ? rc : inflate_end(z);
    inflate_close(z);
    return rc;
}

static int decode(const char *coding, struct cp_str in)
{
    return decode_cut(coding, in, in.n, SIZE_MAX);
}

/* windows: 31 gzip, 15 zlib, -15 raw */
static struct cp_str deflated(struct cp_str in, int window)
{
    static unsigned char to[1 << 20];
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n };
    deflateInit2(&z, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY);
    z.next_out = to;
    z.avail_out = sizeof to;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return str_n((char *)to, sizeof to - z.avail_out);
}

static struct cp_str zstded(struct cp_str in)
{
    static char to[1 << 20];
    return str_n(to, ZSTD_compress(to, sizeof to, in.p, in.n, 3));
}

static void check_every_cut(const char *coding, struct cp_str in, const char *wanted)
{
    bool is_good = true;
    for (size_t cut = 0; cut <= in.n && is_good; cut++) {
        is_good = decode_cut(coding, in, cut, SIZE_MAX) == 0 && str_is(buf_str(&out), wanted);
        /* without the rest it is broken */
        is_good = is_good && (cut == in.n || decode(coding, str_cut(in, cut)) == E_SYNTAX);
    }
    CHECK(is_good);
    CHECK_STR(buf_str(&out), wanted);
    buf_fini(&out);
}

TEST(inflate_nothing_to_do)
{
    struct inflate *z = (struct inflate *)&out;
    CHECK_EQ(inflate_open(&z, STR_NONE), 0);
    CHECK(!z);
    CHECK_EQ(inflate_open(&z, STR(" Identity ")), 0);
    CHECK(!z);
    inflate_close(NULL);
}

TEST(inflate_unknown_codings)
{
    struct inflate *z;
    CHECK_EQ(inflate_open(&z, STR("compress")), E_UNSUPPORTED);
    CHECK_EQ(inflate_open(&z, STR("gzip, zstd")), E_UNSUPPORTED);
    CHECK(!z);
}

TEST(inflate_gzip)
{
    struct cp_str in = deflated(STR(TEXT), 31);
    check_every_cut("gzip", in, TEXT);
    check_every_cut("x-gzip", in, TEXT);
    CHECK_EQ(decode("GZIP", in), 0);
    buf_fini(&out);
}

TEST(inflate_gzip_members)
{
    char two[512];
    struct cp_str in = deflated(STR(TEXT), 31);
    memcpy(two, in.p, in.n);
    memcpy(two + in.n, in.p, in.n);
    CHECK_EQ(decode("gzip", str_n(two, 2 * in.n)), 0);
    CHECK_STR(buf_str(&out), TEXT TEXT);
    two[2 * in.n] = 'x';
    CHECK_EQ(decode("gzip", str_n(two, 2 * in.n + 1)), E_SYNTAX);
    buf_fini(&out);
}

TEST(inflate_deflate_with_and_without_its_wrapper)
{
    check_every_cut("deflate", deflated(STR(TEXT), 15), TEXT);
    check_every_cut("deflate", deflated(STR(TEXT), -15), TEXT);
    char more[512];
    struct cp_str in = deflated(STR(TEXT), 15);
    memcpy(more, in.p, in.n);
    more[in.n] = 'x';
    CHECK_EQ(decode("deflate", str_n(more, in.n + 1)), E_SYNTAX);
    buf_fini(&out);
}

TEST(inflate_zstd)
{
    check_every_cut("zstd", zstded(STR(TEXT)), TEXT);
}

TEST(inflate_br)
{
    check_every_cut("br", str_n(br_hello, sizeof br_hello - 1), "hello, brotli brotli brotli");
    CHECK_EQ(decode("br", str_n(br_hello, sizeof br_hello)),
             E_SYNTAX); /* a byte after the end */
    buf_fini(&out);
}

TEST(inflate_broken_bytes)
{
    static const char *const codings[] = { "gzip", "deflate", "br", "zstd" };
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQ(decode(codings[i], STR("\xff\xff\xff\xff this is not compressed at all")),
                 E_SYNTAX);
        CHECK_EQ(decode(codings[i], STR("")), E_SYNTAX);
    }
    buf_fini(&out);
}

TEST(inflate_bombs)
{
    size_t n = 64 * 1024 * 1024;
    char *zeros = calloc(1, n);
    struct cp_str gz = deflated(str_n(zeros, n), 31);
    CHECK_EQ(decode("gzip", gz), E_LIMIT);
    CHECK(out.n <= gz.n * 200);
    struct cp_str zs = zstded(str_n(zeros, n));
    CHECK_EQ(decode("zstd", zs), E_LIMIT);
    CHECK(out.n <= 1024 * 1024 + zs.n * 200);
    /* up to a megabyte anything goes */
    CHECK_EQ(decode("gzip", deflated(str_n(zeros, 1024 * 1024), 31)), 0);
    CHECK_EQ(out.n, 1024 * 1024);
    buf_fini(&out);
    free(zeros);
}

TEST(inflate_ceiling)
{
    static const struct {
        const char *coding;
        int window;
    } rows[] = { { "gzip", 31 }, { "deflate", 15 } };
    for (size_t i = 0; i < 2; i++) {
        struct cp_str in = deflated(STR(TEXT), rows[i].window);
        CHECK_EQ(decode_cut(rows[i].coding, in, 20, sizeof TEXT - 1), 0);
        CHECK_EQ(decode_cut(rows[i].coding, in, 20, sizeof TEXT - 2), E_LIMIT);
        CHECK_EQ(decode_cut(rows[i].coding, in, 20, 0), E_LIMIT);
    }
    struct cp_str in = zstded(STR(TEXT));
    CHECK_EQ(decode_cut("zstd", in, 20, sizeof TEXT - 1), 0);
    CHECK_EQ(decode_cut("zstd", in, 20, sizeof TEXT - 2), E_LIMIT);
    struct cp_str br = str_n(br_hello, sizeof br_hello - 1);
    CHECK_EQ(decode_cut("br", br, 5, 27), 0);
    CHECK_EQ(decode_cut("br", br, 5, 26), E_LIMIT);
    buf_fini(&out);
}

TEST(inflate_zstd_window_is_bounded)
{
    /* a frame header that claims a window of 2 GiB, then a raw block */
    CHECK_EQ(decode("zstd", STR("\x28\xb5\x2f\xfd\x00\xa8\x09\x00\x00x")), E_SYNTAX);
    buf_fini(&out);
}

TEST(what_we_pack_comes_out_again)
{
    struct cp_str texts[] = { STR(""), STR("a"), STR(TEXT TEXT TEXT TEXT) };
    struct buf packed, again;

    for (size_t i = 0; i < 3; i++) {
        buf_init(&packed, 4096);
        buf_init(&again, 4096);
        CHECK_EQ(deflate_gzip(texts[i], &packed), 0);
        CHECK_EQ(deflate_gzip(texts[i], &again), 0);
        CHECK(str_eq(buf_str(&packed), buf_str(&again)));
        CHECK_EQ(decode("gzip", buf_str(&packed)), 0);
        CHECK(out.n == texts[i].n && (!out.n || !memcmp(out.p, texts[i].p, out.n)));
        buf_fini(&packed);
        buf_fini(&again);
    }
    CHECK(packed.n < texts[2].n);
    buf_fini(&out);
}

TEST(no_room_to_pack)
{
    struct buf packed;

    buf_init(&packed, 8);
    CHECK_EQ(deflate_gzip(STR(TEXT), &packed), E_LIMIT);
    buf_fini(&packed);
}

TEST_MAIN()
