/* SPDX-License-Identifier: MIT */
/*
 * test_parcel - what was put in is found again; what is cut, strange or missing does no harm.
 */
#include "base/parcel.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include "../test.h"

static void fill(struct buf *b)
{
    size_t begin = parcel_begin(b, "first");
    parcel_text(b, "name", STR("a\0b"));
    parcel_text(b, "absent", STR_NONE);
    parcel_text(b, "empty", STR(""));
    parcel_number(b, "n", INT64_MIN);
    parcel_end(b, begin);
    begin = parcel_begin(b, "second");
    parcel_end(b, begin);
}

TEST(there_and_back)
{
    struct parcel p;
    struct buf b;

    buf_init(&b, 4096);
    fill(&b);
    struct cp_str rest = buf_str(&b);
    CHECK_EQ(parcel_next(&rest, &p), 1);
    CHECK(parcel_is(&p, "first"));
    CHECK(str_eq(parcel_get(&p, "name"), STR("a\0b")));
    CHECK(!parcel_get(&p, "absent").p);
    CHECK(parcel_get(&p, "empty").p != NULL);
    CHECK_EQ(parcel_get(&p, "empty").n, 0);
    CHECK_EQ(parcel_get_number(&p, "n", 7), INT64_MIN);
    CHECK_EQ(parcel_get_number(&p, "name", 7), 7);
    CHECK_EQ(parcel_get_number(&p, "nothing", 8), 8);
    CHECK_EQ(parcel_next(&rest, &p), 1);
    CHECK(parcel_is(&p, "second"));
    CHECK(!parcel_get(&p, "name").p);
    CHECK_EQ(parcel_next(&rest, &p), 0);
    CHECK_EQ(rest.n, 0);
    buf_fini(&b);
}

TEST(cut_anywhere)
{
    struct parcel p;
    struct buf b;

    buf_init(&b, 4096);
    fill(&b);
    for (size_t n = 0; n < b.n; n++) {
        struct cp_str rest = str_cut(buf_str(&b), n);
        int got = 0;
        while (parcel_next(&rest, &p) == 1)
            got++;
        CHECK(got < 2);
    }
    buf_fini(&b);
}

TEST(lengths_that_lie)
{
    static const char inner[] = { 7, 0, 0, 0, 1, 'k', 1, 'n', 99, 0, 0 };
    struct cp_str rest = STR("\377\377\377\377x"), none = STR("\0\0\0\0");
    struct parcel p;

    CHECK_EQ(parcel_next(&rest, &p), E_SYNTAX);
    CHECK_EQ(parcel_next(&none, &p), E_SYNTAX);
    rest = str_n(inner, sizeof(inner));
    CHECK_EQ(parcel_next(&rest, &p), E_SYNTAX);
}

TEST(a_full_buf_says_so)
{
    struct buf b;

    buf_init(&b, 16);
    fill(&b);
    CHECK(buf_failed(&b));
    buf_fini(&b);
}

TEST_MAIN()
