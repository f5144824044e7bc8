/* SPDX-License-Identifier: MIT */
/*
 * test_check - RFC 8259 and nothing beside it.
 */
#include "json/check.h"

#include "base/err.h"
#include "base/str.h"

#include <stdlib.h>

#include "../test.h"

/* Copied to the heap without a NUL, so that a sanitizer sees every read past the end. */
static int check_n(const char *p, size_t n, const struct json_limits *limits, struct err *err)
{
    char *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, p, n);
    int rc = json_check(str_n(copy, n), limits, err);
    free(copy);
    return rc;
}

static int check(const char *z)
{
    return check_n(z, strlen(z), NULL, NULL);
}

static const char *const good[] = {
    "{}",
    "[]",
    "[[]]",
    " [ ] ",
    "\t\r\n{\n}\n",
    "1",
    "-1",
    "0",
    "-0",
    "0.5",
    "10.25e-3",
    "1E+9",
    "0e0",
    "\"\"",
    "\"a\"",
    "true",
    "false",
    "null",
    "[1,2,3]",
    "{\"a\":1,\"b\":[{}]}",
    "{\"\":\"\"}",
    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"]",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\"",
    "\"\x7F\"",
    "[1.0,true,null,\"x\",{},[]]",
    "{\"a\":1,\"a\":2}",
    "\"12345678\"",
    "\"1234567\"",
    "[                    1                    ]",
};

TEST(accepts)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        if (!CHECK_EQ(check(good[i]), 0))
            printf("#     %s\n", good[i]);
}

static const char *const bad[] = {
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1]]",
    "{]",
    "[}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{,}",
    "{\"a\":1}{}",
    "1 2",
    "01",
    "-",
    "-a",
    "+1",
    ".5",
    "1.",
    "1.e5",
    "1e",
    "1e+",
    "00",
    "-01",
    "0x10",
    "NaN",
    "Infinity",
    "-Infinity",
    "tru",
    "truE",
    "nul",
    "True",
    "undefined",
    "'a'",
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\",
    "\"\\u",
    "\"\\u0000",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"\x1F\"",
    "{\"a\\u0000b\":1}",
    "// c\n1",
    "/* c */1",
    "[1]//",
    "\xEF\xBB\xBF{}",
    "\"\x80\"",
    "\"\xC3\"",
    "\"\xC0\x80\"",
    "\"\xED\xA0\x80\"",
    "\"\xF4\x90\x80\x80\"",
    "\"\xE2\x82\"",
    "\xC3\xBC",
    "{\"a\":tru}",
    "\f[]",
    "[\v]",
    "\"1234567",
    "\"12345678",
    "[\"a\",\"\\\"]",
};

TEST(refuses)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (!CHECK_EQ(check(bad[i]), E_SYNTAX))
            printf("#     %s\n", bad[i]);
    CHECK_EQ(check_n("\"\0\"", 3, NULL, NULL), E_SYNTAX);
    CHECK_EQ(check_n("1\0", 2, NULL, NULL), E_SYNTAX);
    CHECK_EQ(check_n("\"\\\0\"", 4, NULL, NULL), E_SYNTAX);
    CHECK_EQ(json_check(STR_NONE, NULL, NULL), E_SYNTAX);
}

/* Every byte at every distance from the word's beginning means the same. */
TEST(strings_at_every_alignment)
{
    char text[64];
    for (size_t n = 0; n < 24; n++) {
        for (int c = 0; c < 256; c++) {
            text[0] = '"';
            memset(text + 1, 'x', n);
            text[1 + n] = (char)c;
            memcpy(text + 2 + n, "yyyyyyyyy\"", 10);
            bool is_good = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
            int rc = check_n(text, n + 12, NULL, NULL);
            if (!CHECK_EQ(rc, is_good ? 0 : E_SYNTAX)) {
                printf("#     byte %d after %zu\n", c, n);
                return;
            }
        }
    }
}

TEST(every_cut_is_refused)
{
    static const char text[] =
        "{\"a\":[1,-2.5e3,\"x\\u00e9\\n\xF0\x9F\x98\x80\",true,null,{}],\"b\":{\"c\":[]}}";
    size_t whole = sizeof(text) - 1;
    CHECK_EQ(check_n(text, whole, NULL, NULL), 0);
    for (size_t n = 0; n < whole; n++)
        CHECK_EQ(check_n(text, n, NULL, NULL), E_SYNTAX);
}

TEST(counts_depth)
{
    char text[2200];
    static const struct json_limits deepest = { 5000, 100000, 100000 };
    memset(text, '[', 1100);
    memset(text + 1100, ']', 1100);
    CHECK_EQ(check_n(text + 1100 - 128, 256, NULL, NULL), 0);
    CHECK_EQ(check_n(text + 1100 - 129, 258, NULL, NULL), E_LIMIT);
    CHECK_EQ(check_n(text + 1100 - 1024, 2048, &deepest, NULL), 0);
    CHECK_EQ(check_n(text + 1100 - 1025, 2050, &deepest, NULL), E_LIMIT);
    /* what is open is remembered a bit a level */
    text[1100 - 500] = '{';
    CHECK_EQ(check_n(text + 1100 - 1024, 2048, &deepest, NULL), E_SYNTAX);
}

TEST(mixes_brackets_deeply)
{
    char text[8192];
    size_t n = 0;
    for (int i = 0; i < 500; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", i % 3 ? "[" : "{\"k\":");
    text[n++] = '1';
    for (int i = 499; i >= 0; i--)
        text[n++] = i % 3 ? ']' : '}';
    static const struct json_limits deep = { 1024, 1000, 1000 };
    CHECK_EQ(check_n(text, n, &deep, NULL), 0);
    text[n - 250] ^= ']' ^ '}';
    CHECK_EQ(check_n(text, n, &deep, NULL), E_SYNTAX);
}

TEST(counts_values)
{
    static const struct json_limits few = { 10, 2, 4 };
    CHECK_EQ(check_n("[1,2,3]", 7, &few, NULL), 0);
    CHECK_EQ(check_n("[1,2,3,4]", 9, &few, NULL), E_LIMIT);
    CHECK_EQ(check_n("[[],1]", 6, &few, NULL), 0);
    CHECK_EQ(check_n("[[],[]]", 7, &few, NULL), E_LIMIT);
}

TEST(says_where_but_not_what)
{
    struct err e;
    CHECK_EQ(check_n("{\n \"secret\": oops}", 18, NULL, &e), E_SYNTAX);
    CHECK_STR(str_of(e.where), "offset 13 (line 2)");
    CHECK_STR(str_of(e.what), "not a JSON value");
    CHECK_EQ(e.code, E_SYNTAX);
    CHECK_EQ(check_n("\"caf\xE9\"", 6, NULL, &e), E_SYNTAX);
    CHECK_STR(str_of(e.where), "offset 4 (line 1)");
    CHECK_STR(str_of(e.what), "not UTF-8");
    CHECK_EQ(check_n("[1", 2, NULL, &e), E_SYNTAX);
    CHECK_STR(str_of(e.where), "offset 2 (line 1)");
}

TEST(top)
{
    struct json_top top;
    struct err e;
    CHECK_EQ(json_top(STR(" {\"a\":{\"model\":1},\"model\":\"m\",\"stream\":true}"), &top, &e),
             0);
    CHECK_STR(top.model, "\"m\"");
    CHECK_STR(top.stream, "true");
    CHECK_EQ(json_top(STR("{}"), &top, &e), 0);
    CHECK_STR(top.model, NULL);
    CHECK_STR(top.stream, NULL);
    CHECK_EQ(json_top(STR("[]"), &top, &e), E_SYNTAX);
    CHECK_EQ(json_top(STR("{\"model\":1,\"model\":1}"), &top, &e), E_SYNTAX);
    CHECK_STR(str_of(e.where), "model");
    CHECK_EQ(json_top(STR("{\"model\":1,\"mod\\u0065l\":2}"), &top, NULL), E_SYNTAX);
    CHECK_EQ(json_top(STR("{\"stream\":1,\"stream\":1}"), &top, &e), E_SYNTAX);
}

TEST_MAIN()
