/* SPDX-License-Identifier: MIT */
/*
 * test_percent - percent-encoding, both ways.
 */
#include "flow/percent.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "test.h"

TEST(percent_decodes_what_is_encoded)
{
    struct arena *a = arena_new(1024, 0);
    struct cp_str plain = STR("plain");

    CHECK_STR(percent_decode(a, STR("a%2Fb%2fc")), "a/b/c");
    CHECK_STR(percent_decode(a, STR("100%")), "100%");
    CHECK_STR(percent_decode(a, STR("%4")), "%4");
    CHECK_STR(percent_decode(a, STR("%zz%41")), "%zzA");
    CHECK(percent_decode(a, plain).p == plain.p);
    CHECK(percent_decode(a, STR_NONE).p == NULL);
    arena_free(a);
}

TEST(percent_encodes_all_but_the_unreserved)
{
    struct buf b;

    buf_init(&b, 1024);
    percent_encode(&b, STR("aZ09-._~ /+&=\xc3\xa9"));
    CHECK_STR(buf_str(&b), "aZ09-._~%20%2F%2B%26%3D%C3%A9");
    buf_fini(&b);
}

TEST_MAIN()
