/* SPDX-License-Identifier: MIT */
/*
 * test_glyph - text of strangers is harmless, as wide as it looks, and cut between characters.
 */
#include "test.h"

#include "base/buf.h"
#include "base/str.h"
#include "ctl/glyph.h"

static struct buf out;

static struct cp_str clean(struct cp_str s)
{
    buf_fini(&out);
    buf_init(&out, 4096);
    glyph_add(&out, s);
    return buf_str(&out);
}

TEST(glyph_lets_no_control_through)
{
    CHECK_STR(clean(STR("a\033[31mb")), "a\\x1B[31mb");
    CHECK_STR(clean(STR("a\tb\r\n\x7f")), "a\\x09b\\x0D\\x0A\\x7F");
    CHECK_STR(clean(str_n("a\0b", 3)), "a\\x00b");
    CHECK_STR(clean(STR("\xC2\x9B"
                        "31m")),
              "\\u{9B}31m"); /* C1's CSI */
    CHECK_STR(clean(STR("x\xE2\x80\xAEy")), "x\\u{202E}y");
    CHECK_STR(clean(STR("\xE2\x80\xA8")), "\\u{2028}");
}

TEST(glyph_lets_words_through)
{
    CHECK_STR(clean(STR("Müller 中文 🚀")), "Müller 中文 🚀");
}

TEST(glyph_shows_what_is_no_utf8)
{
    CHECK_STR(clean(STR("a\xFFz")), "a\\xFFz");
    CHECK_STR(clean(STR("\xE4\xB8")), "\\xE4\\xB8");
    CHECK_STR(clean(STR("\xC0\x80")), "\\xC0\\x80");
}

static struct cp_str clean_json(struct cp_str s)
{
    buf_fini(&out);
    buf_init(&out, 4096);
    glyph_add_json(&out, s);
    return buf_str(&out);
}

TEST(glyph_leaves_json_json)
{
    CHECK_STR(clean_json(STR("{\"a\": \"Müller \\n 中文 🚀\"}\n")),
              "{\"a\": \"Müller \\n 中文 🚀\"}\n");
    CHECK_STR(clean_json(STR("\"\xC2\x9B"
                             "31m\"")),
              "\"\\u009B31m\"");
    CHECK_STR(clean_json(STR("\"x\xE2\x80\xAEy\"")), "\"x\\u202Ey\"");
    CHECK_STR(clean_json(STR("\"\xF3\xA0\x81\x81\"")),
              "\"\\uDB40\\uDC41\""); /* a tag, U+E0041 */
    CHECK_STR(clean_json(STR("\"\033[2J\x7F\"")), "\"\\u001B[2J\\u007F\"");
    CHECK_STR(clean_json(STR("\"\xFF\"")), "\"\\uFFFD\"");
}

TEST(glyph_measures_columns)
{
    CHECK_EQ(glyph_width(STR("abc")), 3);
    CHECK_EQ(glyph_width(STR("ü")), 1);
    CHECK_EQ(glyph_width(STR("中文")), 4);
    CHECK_EQ(glyph_width(STR("e\xCC\x81")), 1); /* a combining acute */
    CHECK_EQ(glyph_width(STR("🚀")), 2);
    CHECK_EQ(glyph_width(STR("")), 0);
}

TEST(glyph_cuts_between_characters)
{
    CHECK_EQ(glyph_cut(STR("中文字"), 5), 6);
    CHECK_EQ(glyph_cut(STR("abc"), 9), 3);
    CHECK_EQ(glyph_cut(STR("abc"), 0), 0);
    CHECK_EQ(glyph_cut(STR("e\xCC\x81x"), 1), 3);
    buf_fini(&out);
}

TEST_MAIN()
