/* SPDX-License-Identifier: MIT */
/*
 * test_buf - a ceiling is a ceiling, and a failure is remembered.
 */
#include "base/buf.h"

#include "base/err.h"
#include "base/str.h"

#include <stdlib.h>

#include "../test.h"

TEST(grows)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    CHECK_STR(buf_str(&b), "");
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(buf_add_z(&b, "0123456789"), 0);
    CHECK_EQ(b.n, 10000);
    CHECK_STR(str_from(buf_str(&b), 9995), "56789");
    buf_fini(&b);
    CHECK_EQ(b.n, 0);
    buf_fini(&b);
}

TEST(stops_at_its_ceiling)
{
    struct buf b;
    buf_init(&b, 5);
    CHECK_EQ(buf_add_z(&b, "123"), 0);
    CHECK_EQ(buf_add_z(&b, "456"), E_LIMIT);
    CHECK(buf_failed(&b));
    CHECK_EQ(buf_add_z(&b, "4"), E_LIMIT);
    CHECK_EQ(buf_printf(&b, "4"), E_LIMIT);
    CHECK(buf_room(&b, 0) == NULL);
    CHECK_STR(buf_str(&b), "123");
    buf_clear(&b);
    CHECK(!buf_failed(&b));
    CHECK_EQ(buf_add_z(&b, "12345"), 0);
    CHECK_EQ(buf_add_c(&b, '6'), E_LIMIT);
    CHECK_STR(buf_str(&b), "12345");
    buf_fini(&b);
}

TEST(a_ceiling_of_nothing)
{
    struct buf b;
    buf_init(&b, 0);
    CHECK_EQ(buf_add(&b, "", 0), 0);
    CHECK_EQ(buf_add_c(&b, 'x'), E_LIMIT);
    buf_fini(&b);
}

TEST(prints)
{
    struct buf b;
    buf_init(&b, 5000);
    CHECK_EQ(buf_printf(&b, "%d-%s", 7, "x"), 0);
    CHECK_STR(buf_str(&b), "7-x");
    CHECK_EQ(buf_printf(&b, "%4000d", 1), 0);
    CHECK_EQ(b.n, 4003);
    CHECK_EQ(buf_printf(&b, "%4000d", 1), E_LIMIT);
    CHECK_EQ(b.n, 4003);
    buf_fini(&b);

    buf_init(&b, 3);
    CHECK_EQ(buf_printf(&b, "%s", "123"), 0);
    CHECK_STR(buf_str(&b), "123");
    buf_fini(&b);
}

TEST(lends_room)
{
    struct buf b;
    buf_init(&b, 100);
    char *p = buf_room(&b, 10);
    if (!CHECK(p != NULL))
        return;
    memcpy(p, "abc", 3);
    buf_grew(&b, 3);
    CHECK_STR(buf_str(&b), "abc");
    CHECK(buf_room(&b, 98) == NULL);
    CHECK(buf_failed(&b));
    buf_fini(&b);
}

TEST(drops_and_gives)
{
    struct buf b;
    buf_init(&b, 100);
    buf_add_str(&b, STR("abcdef"));
    buf_drop(&b, 2);
    CHECK_STR(buf_str(&b), "cdef");
    buf_drop(&b, 0);
    buf_drop(&b, 99);
    CHECK_STR(buf_str(&b), "");
    buf_add_z(&b, "xy");
    size_t n;
    char *p = buf_give(&b, &n);
    CHECK_STR(str_n(p, n), "xy");
    CHECK_STR(buf_str(&b), "");
    CHECK_EQ(b.ceiling, 100);
    free(p);
    buf_fini(&b);
}

TEST_MAIN()
