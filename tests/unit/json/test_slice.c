/* SPDX-License-Identifier: MIT */
/*
 * test_slice - values come out of text as they are spelled.
 */
#include "json/slice.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/check.h"

#include "../test.h"

TEST(kinds)
{
    CHECK_EQ(json_kind(STR("{}")), '{');
    CHECK_EQ(json_kind(STR(" [1]")), '[');
    CHECK_EQ(json_kind(STR("\"a\"")), '"');
    CHECK_EQ(json_kind(STR("-1")), '0');
    CHECK_EQ(json_kind(STR("7")), '0');
    CHECK_EQ(json_kind(STR("true")), 't');
    CHECK_EQ(json_kind(STR("false")), 'f');
    CHECK_EQ(json_kind(STR("null")), 'n');
    CHECK_EQ(json_kind(STR("x")), 0);
    CHECK_EQ(json_kind(STR("")), 0);
    CHECK_EQ(json_kind(STR_NONE), 0);
    CHECK_EQ(json_kind(str_n("\0", 1)), 0);
}

TEST(gets)
{
    struct cp_str o = STR("{ \"a\" : 1, \"b\\n\":\"x\\\"y\" , \"c\":{\"a\":3},\"a\":[ 2 ] }");
    CHECK_STR(json_get(o, "a"), "[ 2 ]");
    CHECK_STR(json_get(o, "b\n"), "\"x\\\"y\"");
    CHECK_STR(json_get(o, "b\\n"), NULL);
    CHECK_STR(json_get(o, "c"), "{\"a\":3}");
    CHECK_STR(json_get(o, "d"), NULL);
    CHECK_STR(json_get(STR("[\"a\"]"), "a"), NULL);
    CHECK_STR(json_get(STR_NONE, "a"), NULL);
    CHECK_STR(json_get(json_get(o, "c"), "a"), "3");
}

static struct cp_str walk(struct cp_str list)
{
    static char out[256];
    size_t at = 0, n = 0;
    struct cp_str key, v;
    while (json_each(list, &at, &key, &v))
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s=%.*s;", STR_FMT(key), STR_FMT(v));
    CHECK(!json_each(list, &at, &key, &v));
    return str_n(out, n);
}

TEST(steps)
{
    CHECK_STR(walk(STR("[]")), "");
    CHECK_STR(walk(STR(" { } ")), "");
    CHECK_STR(walk(STR("[1]")), "=1;");
    CHECK_STR(walk(STR(" [ 1 , \"]\" , [2,[3]] ,{\"}\":1}, null ] ")),
              "=1;=\"]\";=[2,[3]];={\"}\":1};=null;");
    CHECK_STR(walk(STR("{\"a\":1,\n\"b\" :\t\"\\\\\",\"c\\\"\":-2e5}")),
              "a=1;b=\"\\\\\";c\\\"=-2e5;");
    CHECK_STR(walk(STR("\"text\"")), "");
    CHECK_STR(walk(STR("12")), "");
    CHECK_STR(walk(STR("")), "");
    CHECK_STR(walk(STR_NONE), "");
}

TEST(steps_without_a_key)
{
    size_t at = 0;
    struct cp_str v;
    CHECK(json_each(STR("{\"a\":1}"), &at, NULL, &v));
    CHECK_STR(v, "1");
}

TEST(what_was_not_checked_does_no_harm)
{
    CHECK_STR(walk(STR("[1,]")), "=1;");
    CHECK_STR(walk(STR("[1 2]")), "=1;");
    CHECK_STR(walk(STR("[\"a")), "=\"a;");
    CHECK_STR(walk(STR("{\"a\"}")), "");
    CHECK_STR(walk(STR("{\"a\":}")), "");
    CHECK_STR(walk(STR("{1:2}")), "");
    CHECK_STR(walk(STR("[}")), "");
    CHECK_STR(walk(STR("[[[")), "=[[;");
}

/* Long strings leave the first, short loop; backslashes decide which quote ends them. */
TEST(strings_of_every_length)
{
    char text[256];
    for (size_t n = 0; n < 100; n++) {
        for (size_t slashes = 0; slashes <= n && slashes < 5; slashes++) {
            memcpy(text, "[\"", 2);
            memset(text + 2, 'x', n - slashes);
            memset(text + 2 + n - slashes, '\\', slashes);
            memcpy(text + 2 + n, "\",7,\"\"]", 8);
            size_t at = 0;
            struct cp_str v;
            CHECK(json_each(str_of(text), &at, NULL, &v));
            if (!CHECK_EQ(v.n, slashes % 2 ? n + 6 : n + 2))
                return;
        }
    }
}

TEST(texts)
{
    struct arena *a = arena_new(0, 1000);
    struct cp_str v = STR("\"plain\"");
    CHECK_STR(json_text(a, v), "plain");
    CHECK(json_text(a, v).p == v.p + 1);
    CHECK_STR(json_text(a, STR("\"\"")), "");
    CHECK_STR(json_text(a, STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t|\"")), "\"\\/\b\f\n\r\t|");
    CHECK_STR(json_text(a, STR("\"a\\u00e9b\\u20ACc\"")), "a\xC3\xA9"
                                                          "b\xE2\x82\xAC"
                                                          "c");
    CHECK_STR(json_text(a, STR("\"\\ud83d\\ude00\"")), "\xF0\x9F\x98\x80");
    CHECK_STR(json_text(a, STR("\"\\ud83d\\n\"")), "\xEF\xBF\xBD\n");
    CHECK_STR(json_text(a, STR("\"\\ude00\\ud83d\"")), "\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK_EQ(json_text(a, STR("\"\\u0000\"")).n, 1);
    CHECK_STR(json_text(a, STR("12")), NULL);
    CHECK_STR(json_text(a, STR_NONE), NULL);
    CHECK_STR(json_text(a, STR("\"")), NULL);
    CHECK_STR(json_key_text(a, STR("a\\tb")), "a\tb");
    CHECK_STR(json_key_text(a, STR_NONE), NULL);
    arena_free(a);

    a = arena_new(0, 16);
    CHECK_STR(json_text(a, STR("\"long, and \\n over the budget\"")), NULL);
    arena_free(a);
}

TEST(bad_escapes_stay_short)
{
    struct arena *a = arena_new(0, 0);
    CHECK_STR(json_text(a, STR("\"\\\"")), "\\");
    CHECK_STR(json_text(a, STR("\"\\u\"")), "u");
    CHECK_STR(json_text(a, STR("\"\\u12\\q\"")), "u12q");
    CHECK_STR(json_text(a, STR("\"\\ud83d\\u12\"")), "\xEF\xBF\xBDu12");
    arena_free(a);
}

TEST(compares)
{
    CHECK(json_is(STR("\"user\""), "user"));
    CHECK(json_is(STR("user"), "user"));
    CHECK(json_is(STR("\"us\\u0065r\""), "user"));
    CHECK(json_is(STR("\\u0075ser"), "user"));
    CHECK(json_is(STR("\"\\ud83d\\ude00\""), "\xF0\x9F\x98\x80"));
    CHECK(json_is(STR("\"a\\\\\""), "a\\"));
    CHECK(!json_is(STR("\"a\\n\""), "a\\n"));
    CHECK(json_is(STR("\"a\\n\""), "a\n"));
    CHECK(!json_is(STR("\"user\""), "use"));
    CHECK(!json_is(STR("\"use\""), "user"));
    CHECK(!json_is(STR("\"use\\u0072\""), "userx"));
    CHECK(!json_is(STR("\"use\\u0072x\""), "user"));
    CHECK(!json_is(STR("\"\\u0000\""), ""));
    CHECK(json_is(STR("\"\""), ""));
    CHECK(!json_is(STR_NONE, ""));
    CHECK(json_true(STR("true")));
    CHECK(!json_true(STR("\"true\"")));
    CHECK(!json_true(STR_NONE));
}

static long long int_of(const char *z)
{
    int64_t value = 12345;
    int rc = json_int(str_of(z), &value);
    if (rc)
        CHECK_EQ(value, 12345);
    return rc ? rc : value;
}

TEST(integers)
{
    CHECK_EQ(int_of("0"), 0);
    CHECK_EQ(int_of("-0"), 0);
    CHECK_EQ(int_of("42"), 42);
    CHECK_EQ(int_of("5.0"), 5);
    CHECK_EQ(int_of("5e1"), 50);
    CHECK_EQ(int_of("-1.5E+1"), -15);
    CHECK_EQ(int_of("1200e-2"), 12);
    CHECK_EQ(int_of("120.50e1"), 1205);
    CHECK_EQ(int_of("0.00001e5"), 1);
    CHECK_EQ(int_of("0.0e-99999999999999999999"), 0);
    CHECK_EQ(int_of("0e99999999999999999999"), 0);
    CHECK_EQ(int_of("1000000000000000000000000e-20"), 10000);
    CHECK_EQ(int_of("9223372036854775807"), INT64_MAX);
    CHECK_EQ(int_of("-9223372036854775808"), INT64_MIN);
    CHECK_EQ(int_of("9223372036854775808"), E_LIMIT);
    CHECK_EQ(int_of("-9223372036854775809"), E_LIMIT);
    CHECK_EQ(int_of("1e19"), E_LIMIT);
    CHECK_EQ(int_of("1e99999999999999999999"), E_LIMIT);
    CHECK_EQ(int_of("1.5"), E_SYNTAX);
    CHECK_EQ(int_of("5e-1"), E_SYNTAX);
    CHECK_EQ(int_of("1e-99999999999999999999"), E_SYNTAX);
    CHECK_EQ(int_of("\"5\""), E_SYNTAX);
    CHECK_EQ(int_of("true"), E_SYNTAX);
    CHECK_EQ(int_of(""), E_SYNTAX);
    CHECK_EQ(int_of("-"), E_SYNTAX);
    CHECK_EQ(int_of("1e"), E_SYNTAX);
    CHECK_EQ(int_of("1x"), E_SYNTAX);
    CHECK_EQ(int_of(NULL), E_SYNTAX);
}

TEST(compacts)
{
    struct arena *a = arena_new(0, 0);
    struct cp_str v = STR("{\"a b\":[1,2]}");
    CHECK(json_compact(a, v).p == v.p);
    CHECK_STR(json_compact(a, STR(" { \"a \\\" b\" :\n[ 1 ,\t2 ] } ")), "{\"a \\\" b\":[1,2]}");
    CHECK_STR(json_compact(a, STR("[  ]")), "[]");
    CHECK_STR(json_compact(a, STR_NONE), NULL);
    arena_free(a);
    a = arena_new(0, 1);
    CHECK_STR(json_compact(a, STR("[ 1, 2, 3, 4, 5, 6, 7 ]")), NULL);
    arena_free(a);
}

TEST(follows_paths)
{
    struct cp_str root = STR("{\"a\":{\"b\":[1,[2,{\"c\":3}]]}}");
    CHECK_STR(json_at(root, ""), root.p);
    CHECK_STR(json_at(root, "a.b[0]"), "1");
    CHECK_STR(json_at(root, "a.b[1][1].c"), "3");
    CHECK_STR(json_at(root, "a.b[2]"), NULL);
    CHECK_STR(json_at(root, "a.b[-1]"), NULL);
    CHECK_STR(json_at(root, "a.b[x]"), NULL);
    CHECK_STR(json_at(root, "a.b[0"), NULL);
    CHECK_STR(json_at(root, "a.x.y"), NULL);
    CHECK_STR(json_at(root, "[0]"), NULL);
}

TEST_MAIN()
