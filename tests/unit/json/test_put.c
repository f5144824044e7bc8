/* SPDX-License-Identifier: MIT */
/*
 * test_put - what is set stands last, what was there is gone, the rest is as it was.
 */
#include "json/put.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/check.h"

#include "../test.h"

static void put(const char *text, const char *path, const char *value, const char *wanted)
{
    struct arena *arena = arena_new(4096, 0);
    struct cp_str out = json_put(arena, str_of(text), str_of(path), str_of(value));

    CHECK_STR(out, wanted);
    CHECK(!json_check(out, NULL, NULL));
    CHECK_STR(json_put(arena, out, str_of(path), str_of(value)), wanted); /* twice is once */
    arena_free(arena);
}

TEST(members_of_the_whole)
{
    put("{}", "a", "1", "{\"a\":1}");
    put("{\"a\":2}", "a", "1", "{\"a\":1}");
    put("{\"a\":2,\"b\":[ 3 ]}", "a", "\"x\"", "{\"b\":[ 3 ],\"a\":\"x\"}");
    put(" { \"b\" : 1.0}\n", "a", "null", " { \"b\" : 1.0,\"a\":null}\n");
    put("{\"a\":1,\"b\":2,\"a\":3}", "a", "4", "{\"b\":2,\"a\":4}");
}

TEST(members_further_in)
{
    put("{}", "a.b.c", "1", "{\"a\":{\"b\":{\"c\":1}}}");
    put("{\"a\":{\"x\":1}}", "a.b", "2", "{\"a\":{\"x\":1,\"b\":2}}");
    put("{\"a\":{\"b\":1},\"c\":0}", "a.b", "2", "{\"a\":{\"b\":2},\"c\":0}");
    put("{\"a\":{},\"c\":0}", "a.b", "{\"d\":[]}", "{\"a\":{\"b\":{\"d\":[]}},\"c\":0}");
    put("{\"a\":7,\"c\":0}", "a.b", "2", "{\"c\":0,\"a\":{\"b\":2}}");
    put("{\"a\":{\"b\":[1]}}", "a.b.c", "2", "{\"a\":{\"b\":{\"c\":2}}}");
}

TEST(what_is_no_object_or_no_path)
{
    put("[1]", "a", "1", "[1]");
    put("{\"a\":[{}]}", "a[0].b", "1", "{\"a\":[{}]}");
    put("{}", "", "1", "{}");
    put("{}", "a\x01", "1", "{}");
    put("{}", "[\"a\\\"\"]", "1", "{}");
}

TEST_MAIN()
