/* SPDX-License-Identifier: MIT */
/*
 * test_source - lines of session lists: good ones and typing errors.
 */
#include "plugin/source.h"

#include "base/err.h"
#include "base/str.h"

#include "../test.h"

TEST(good_ones)
{
    struct source s;

    CHECK_EQ(source_read("header:x-session-id", &s), 0);
    CHECK_EQ(s.kind, SOURCE_HEADER);
    CHECK_STR(s.what, "x-session-id");
    CHECK_EQ(source_read("header:session_id", &s), 0);
    CHECK_EQ(source_read("body:metadata.user_id", &s), 0);
    CHECK_EQ(s.kind, SOURCE_BODY);
    CHECK_STR(s.what, "metadata.user_id");
    CHECK_STR(s.inner, NULL);
    CHECK_EQ(source_read("body:metadata.user_id#session_id", &s), 0);
    CHECK_STR(s.what, "metadata.user_id");
    CHECK_STR(s.inner, "session_id");
    CHECK_EQ(source_read("first:system,messages", &s), 0);
    CHECK_EQ(s.kind, SOURCE_FIRST);
    CHECK_STR(s.what, "system,messages");
    CHECK_EQ(source_read("sealed:encrypted_content", &s), 0);
    CHECK_EQ(s.kind, SOURCE_SEALED);
    CHECK_STR(s.what, "encrypted_content");
}

TEST(typing_errors)
{
    static const char *const bad[] = {
        "",
        "x-session-id",
        "header:",
        "header:x y",
        "header:a:b",
        "Header:x",
        "body:",
        "body:a..b",
        "body:.a",
        "body:a.",
        "body:a#",
        "body:#a",
        "body:a#b.c",
        "body:a[0]",
        "first:",
        "first:a,",
        "first:a,,b",
        "first:a.b",
        "first:a,b,c,d,e,f,g,h,i",
        "sealed:",
        "sealed:a.b",
        "last:a",
        "body :a",
        "body:a b",
    };
    struct source s;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (!CHECK_EQ(source_read(bad[i], &s), E_SYNTAX))
            printf("#     %s\n", bad[i]);
    CHECK_EQ(source_read(NULL, &s), E_SYNTAX);
}

TEST_MAIN()
