/* SPDX-License-Identifier: MIT */
#include "loop/fields.h"

#include "base/err.h"
#include "base/str.h"
#include "test.h"

TEST(fields_are_kept_in_order)
{
    struct fields f;
    struct cp_str name, value;
    fields_init(&f);
    CHECK_EQ(fields_line(&f, STR("Content-Type: text/event-stream\r\n")), 0);
    CHECK_EQ(fields_line(&f, STR("X:1\n")), 0);
    CHECK_EQ(fields_line(&f, STR("x:  two \t\r\n")), 0);
    CHECK_EQ(fields_line(&f, STR("Empty:")), 0);
    fields_trim(&f);
    CHECK_EQ(f.n, 4);
    CHECK_STR(fields_get(&f, "content-type"), "text/event-stream");
    CHECK_STR(fields_get(&f, "X"), "1");
    CHECK_STR(fields_get(&f, "empty"), "");
    CHECK_STR(fields_get(&f, "absent"), NULL);
    fields_at(&f, 2, &name, &value);
    CHECK_STR(name, "x");
    CHECK_STR(value, "two");
    fields_clear(&f);
    CHECK_EQ(f.n, 0);
    CHECK_STR(fields_get(&f, "x"), NULL);
    fields_fini(&f);
}

TEST(fields_refuse_what_is_none)
{
    struct fields f;
    fields_init(&f);
    CHECK_EQ(fields_line(&f, STR("no colon")), E_SYNTAX);
    CHECK_EQ(fields_line(&f, STR(": no name")), E_SYNTAX);
    CHECK_EQ(fields_line(&f, STR("")), E_SYNTAX);
    CHECK_EQ(fields_line(&f, STR(" folded: x")), E_SYNTAX);
    CHECK_EQ(fields_line(&f, STR("a b: x")), E_SYNTAX);
    CHECK_EQ(fields_line(&f, STR(" : x")), E_SYNTAX);
    CHECK_EQ(f.n, 0);
    CHECK_EQ(fields_line(&f, STR("a \t: x")), 0);
    CHECK_STR(fields_get(&f, "a"), "x");
    fields_trim(&f);
    fields_fini(&f);
}

TEST(fields_have_limits)
{
    static char large[FIELDS_BYTES + 10];
    struct fields f;
    fields_init(&f);
    memset(large, 'x', sizeof large);
    large[1] = ':';
    CHECK_EQ(fields_line(&f, str_n(large, sizeof large)), E_LIMIT);
    CHECK_EQ(fields_line(&f, str_n(large, FIELDS_BYTES)), 0);
    CHECK_EQ(fields_line(&f, STR("ab: c")), E_LIMIT);
    fields_clear(&f);
    for (int i = 0; i < FIELDS_COUNT; i++)
        CHECK_EQ(fields_line(&f, STR("a: b")), 0);
    CHECK_EQ(fields_line(&f, STR("a: b")), E_LIMIT);
    fields_fini(&f);
}

TEST(fields_that_may_be_sent)
{
    CHECK(!fields_refusal(STR("x-api-key"), STR("k")));
    CHECK(!fields_refusal(STR("anthropic-beta"), STR("a,b\tc")));
    CHECK(!fields_refusal(STR("X"), STR("")));
    CHECK(fields_refusal(STR("x y"), STR("k")) != NULL);
    CHECK(fields_refusal(STR("x:"), STR("k")) != NULL);
    CHECK(fields_refusal(STR(""), STR("k")) != NULL);
    CHECK(fields_refusal(STR("x"), STR("a\rb")) != NULL);
    CHECK(fields_refusal(STR("x"), STR("a\nb")) != NULL);
    CHECK(fields_refusal(STR("x"), STR("a\0b")) != NULL);
    CHECK(fields_refusal(STR("HOST"), STR("h")) != NULL);
    CHECK(fields_refusal(STR("transfer-Encoding"), STR("x")) != NULL);
    CHECK(fields_refusal(STR("TE"), STR("x")) != NULL);
}

TEST_MAIN()
