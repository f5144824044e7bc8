/* SPDX-License-Identifier: MIT */
/*
 * test_str - slices: absent is not empty, and every number has its edges.
 */
#include "base/str.h"

#include "base/err.h"

#include "../test.h"

TEST(absent_is_not_empty)
{
    CHECK(str_eq(STR_NONE, STR_NONE));
    CHECK(!str_eq(STR_NONE, STR("")));
    CHECK(!str_eq(STR(""), STR_NONE));
    CHECK(str_eq(STR(""), str_n("x", 0)));
    CHECK(!str_is(STR_NONE, ""));
    CHECK_STR(str_of(NULL), NULL);
    CHECK_STR(str_of("a"), "a");
}

TEST(compares)
{
    CHECK(str_is(STR("abc"), "abc"));
    CHECK(!str_is(STR("abc"), "ab"));
    CHECK(!str_is(STR("ab"), "abc"));
    CHECK(str_is_nocase(STR("Content-TYPE"), "content-type"));
    CHECK(!str_is_nocase(STR("content[type"), "content{type"));
    CHECK(str_begins(STR("sk-ant-1"), "sk-"));
    CHECK(!str_begins(STR("s"), "sk-"));
    CHECK(!str_begins(STR_NONE, ""));
    CHECK(str_begins_nocase(STR("BEARER x"), "bearer "));
    CHECK(str_ends(STR("a.conf"), ".conf"));
    CHECK(!str_ends(STR("conf"), ".conf"));
}

TEST(finds)
{
    CHECK_EQ(str_find(STR("hello"), STR("l")), 2);
    CHECK_EQ(str_find(STR("hello"), STR("")), 0);
    CHECK_EQ(str_find(STR("hello"), STR("lx")), -1);
    CHECK_EQ(str_find(STR_NONE, STR("")), -1);
    CHECK_EQ(str_find_nocase(STR("text/HTML"), "html"), 5);
    CHECK_EQ(str_find_nocase(STR("htm"), "html"), -1);
    CHECK_EQ(str_chr(STR("a=b"), '='), 1);
    CHECK_EQ(str_chr(STR_NONE, '='), -1);
}

TEST(cuts_and_trims)
{
    CHECK_STR(str_from(STR("abc"), 1), "bc");
    CHECK_STR(str_from(STR("abc"), 9), "");
    CHECK_STR(str_from(STR_NONE, 9), NULL);
    CHECK_STR(str_cut(STR("abc"), 2), "ab");
    CHECK_STR(str_cut(STR("abc"), 9), "abc");
    CHECK_STR(str_trim(STR(" \t a b\r\n")), "a b");
    CHECK_STR(str_trim(STR("  ")), "");
    CHECK_STR(str_trim(STR_NONE), NULL);
}

TEST(splits)
{
    struct cp_str rest = STR("a,,b"), part;
    CHECK(str_split(&rest, ',', &part));
    CHECK_STR(part, "a");
    CHECK(str_split(&rest, ',', &part));
    CHECK_STR(part, "");
    CHECK(str_split(&rest, ',', &part));
    CHECK_STR(part, "b");
    CHECK(!str_split(&rest, ',', &part));

    rest = STR("a,");
    CHECK(str_split(&rest, ',', &part));
    CHECK(str_split(&rest, ',', &part));
    CHECK_STR(part, "");
    CHECK(!str_split(&rest, ',', &part));
}

static long long int_of(const char *z)
{
    int64_t value = 12345;
    int rc = str_int(str_of(z), &value);
    return rc ? rc : value;
}

TEST(reads_integers)
{
    CHECK_EQ(int_of("0"), 0);
    CHECK_EQ(int_of("-0"), 0);
    CHECK_EQ(int_of("42"), 42);
    CHECK_EQ(int_of("9223372036854775807"), INT64_MAX);
    CHECK_EQ(int_of("-9223372036854775808"), INT64_MIN);
    CHECK_EQ(int_of("9223372036854775808"), E_LIMIT);
    CHECK_EQ(int_of("-9223372036854775809"), E_LIMIT);
    CHECK_EQ(int_of("99999999999999999999999"), E_LIMIT);
    CHECK_EQ(int_of(""), E_SYNTAX);
    CHECK_EQ(int_of("-"), E_SYNTAX);
    CHECK_EQ(int_of("+1"), E_SYNTAX);
    CHECK_EQ(int_of("1 "), E_SYNTAX);
    CHECK_EQ(int_of("1x"), E_SYNTAX);
    CHECK_EQ(int_of(NULL), E_SYNTAX);
}

static long long bytes_of(const char *z)
{
    int64_t value = -1;
    int rc = str_bytes(str_of(z), &value);
    return rc ? rc : value;
}

TEST(reads_sizes)
{
    CHECK_EQ(bytes_of("1024"), 1024);
    CHECK_EQ(bytes_of("7B"), 7);
    CHECK_EQ(bytes_of("50MB"), 50LL << 20);
    CHECK_EQ(bytes_of("64 KiB"), 65536);
    CHECK_EQ(bytes_of(" 2g "), 2LL << 30);
    CHECK_EQ(bytes_of("1TiB"), 1LL << 40);
    CHECK_EQ(bytes_of("-1"), E_SYNTAX);
    CHECK_EQ(bytes_of("MB"), E_SYNTAX);
    CHECK_EQ(bytes_of("1 2"), E_SYNTAX);
    CHECK_EQ(bytes_of("1.5MB"), E_SYNTAX);
    CHECK_EQ(bytes_of("1 parsec"), E_SYNTAX);
    CHECK_EQ(bytes_of("9223372036854775807K"), E_LIMIT);
    CHECK_EQ(bytes_of("9223372036854775808"), E_LIMIT);
}

static long long ms_of(const char *z)
{
    int64_t value = -1;
    int rc = str_duration(str_of(z), &value);
    return rc ? rc : value;
}

TEST(reads_durations)
{
    CHECK_EQ(ms_of("1500ms"), 1500);
    CHECK_EQ(ms_of("300s"), 300000);
    CHECK_EQ(ms_of("5m"), 300000);
    CHECK_EQ(ms_of("2h"), 7200000);
    CHECK_EQ(ms_of("1d"), 86400000);
    CHECK_EQ(ms_of("1h30m"), 5400000);
    CHECK_EQ(ms_of("1 h 30 s"), 3630000);
    CHECK_EQ(ms_of("0"), 0);
    CHECK_EQ(ms_of("5"), E_SYNTAX);
    CHECK_EQ(ms_of(""), E_SYNTAX);
    CHECK_EQ(ms_of("5 5s"), E_SYNTAX);
    CHECK_EQ(ms_of("9223372036854775807d"), E_LIMIT);
    CHECK_EQ(ms_of("9223372036854775807ms 1ms"), E_LIMIT);
}

TEST(knows_http)
{
    CHECK(str_is_token(STR("x-api-key")));
    CHECK(str_is_token(STR("!#$%&'*+.^_`|~09")));
    CHECK(!str_is_token(STR("a b")));
    CHECK(!str_is_token(STR("a:")));
    CHECK(!str_is_token(STR("")));
    CHECK(!str_is_token(str_n("a\0", 2)));
    CHECK(str_is_field_value(STR("a b\tc \xC3\xBC")));
    CHECK(str_is_field_value(STR("")));
    CHECK(!str_is_field_value(STR("a\r\nb: c")));
    CHECK(!str_is_field_value(STR("\x7F")));
}

TEST_MAIN()
