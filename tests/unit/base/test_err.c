/* SPDX-License-Identifier: MIT */
/*
 * test_err - messages fit, and end between characters.
 */
#include "base/err.h"

#include "base/str.h"
#include "base/utf8.h"

#include "../test.h"

TEST(says_what_and_where)
{
    struct err e;
    CHECK_EQ(err_set(&e, E_CONFIG, "a.conf:3", "%s %d", "bad", 7), E_CONFIG);
    CHECK_EQ(e.code, E_CONFIG);
    CHECK_STR(str_of(e.where), "a.conf:3");
    CHECK_STR(str_of(e.what), "bad 7");
    CHECK_EQ(err_set(NULL, E_IO, "x", "y"), E_IO);
    err_set(&e, E_IO, NULL, "y");
    CHECK_STR(str_of(e.where), "");
}

TEST(cuts_between_characters)
{
    char text[1000];
    for (size_t lead = 0; lead < 4; lead++) {
        size_t n = lead;
        memset(text, 'x', lead);
        for (; n + 3 < sizeof(text); n += 3)
            memcpy(text + n, "\xE2\x82\xAC", 3);
        text[n] = '\0';
        struct err e;
        err_set(&e, E_SYNTAX, text, "%s", text);
        size_t what_n = strlen(e.what), where_n = strlen(e.where);
        CHECK(what_n >= sizeof(e.what) - 4);
        CHECK(where_n >= sizeof(e.where) - 4);
        CHECK_EQ(utf8_valid(str_n(e.what, what_n)), what_n);
        CHECK_EQ(utf8_valid(str_n(e.where, where_n)), where_n);
    }
}

TEST(has_names)
{
    CHECK_STR(str_of(err_name(E_LIMIT)), "E_LIMIT");
    CHECK_STR(str_of(err_name(E_ABSENT)), "E_ABSENT");
    CHECK_STR(str_of(err_name(0)), "OK");
    CHECK_STR(str_of(err_name(-99)), "E_UNKNOWN");
}

TEST_MAIN()
