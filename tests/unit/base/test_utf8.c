/* SPDX-License-Identifier: MIT */
/*
 * test_utf8 - well-formed is what the standard says, checked against every code point.
 */
#include "base/utf8.h"

#include "base/str.h"

#include "../test.h"

TEST(every_character_is_valid)
{
    char out[4];
    size_t bad = 0;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        size_t n = utf8_put(code, out);
        bad += utf8_len(out, n) != n || utf8_valid(str_n(out, n)) != n;
        for (size_t cut = 1; cut < n; cut++)
            bad += utf8_len(out, cut) != 0;
    }
    CHECK_EQ(bad, 0);
    CHECK_EQ(utf8_put(0xD800, out), 3);
    CHECK_STR(str_n(out, 3), "\xEF\xBF\xBD");
    CHECK_EQ(utf8_put(0x110000, out), 3);
    CHECK_STR(str_n(out, 3), "\xEF\xBF\xBD");
}

TEST(nothing_else_is)
{
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xC3",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC3x",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_EQ(utf8_valid(str_of(bad[i])), 0);
}

TEST(finds_the_first_bad_byte)
{
    char text[64];
    for (size_t at = 0; at < sizeof(text); at++) {
        memset(text, 'a', sizeof(text));
        text[at] = (char)0xFF;
        CHECK_EQ(utf8_valid(str_n(text, sizeof(text))), at);
    }
    CHECK_EQ(utf8_valid(STR_NONE), 0);
}

TEST(cuts)
{
    struct cp_str s = STR("a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80z");
    static const size_t wanted[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11 };
    for (size_t n = 0; n < sizeof(wanted) / sizeof(*wanted); n++)
        CHECK_EQ(utf8_cut(s, n), wanted[n]);
    CHECK_EQ(utf8_cut(STR("\x80\x80\x80\x80\x80\x80"), 5), 5);
}

TEST_MAIN()
