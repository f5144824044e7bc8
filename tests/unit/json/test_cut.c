/* SPDX-License-Identifier: MIT */
/*
 * test_cut - what goes, goes with one comma; what stays, stays byte for byte.
 */
#include "json/cut.h"

#include "base/arena.h"
#include "base/str.h"

#include "../test.h"

static struct arena *arena;

/* How many went; what is left must be wanted. */
static size_t cut(const char *text, const char *path, const char *wanted)
{
    struct cp_str out;

    if (!arena)
        arena = arena_new(4096, 0);
    size_t n = json_cut(arena, str_of(text), str_of(path), &out);
    CHECK_STR(out, wanted);
    CHECK((n == 0) == (out.p == text));
    CHECK_EQ(json_cut(arena, str_of(text), str_of(path), NULL), n);
    size_t own_n = strlen(text);
    char *own = arena_z(arena, str_of(text));
    CHECK_EQ(json_cut_own(arena, own, &own_n, str_of(path)), n);
    CHECK_STR(str_n(own, own_n), wanted);
    return n;
}

TEST(one_of_several)
{
    CHECK_EQ(cut("{\"a\":1,\"b\":2,\"c\":3}", "a", "{\"b\":2,\"c\":3}"), 1);
    CHECK_EQ(cut("{\"a\":1,\"b\":2,\"c\":3}", "b", "{\"a\":1,\"c\":3}"), 1);
    CHECK_EQ(cut("{\"a\":1,\"b\":2,\"c\":3}", "c", "{\"a\":1,\"b\":2}"), 1);
    CHECK_EQ(cut("{\"a\":1}", "a", "{}"), 1);
}

TEST(white_space_stays_where_it_was)
{
    CHECK_EQ(cut("{ \"a\" : 1 , \"b\" : 2 }", "a", "{ \"b\" : 2 }"), 1);
    CHECK_EQ(cut("{ \"a\" : 1 , \"b\" : 2 }", "b", "{ \"a\" : 1 }"), 1);
    CHECK_EQ(cut(" {\n  \"a\": 1,\n  \"b\": {\n    \"x\": 1\n  },\n  \"c\": 3\n}\n", "b",
                 " {\n  \"a\": 1,\n  \"c\": 3\n}\n"),
             1);
    CHECK_EQ(cut("{ \"a\" : 1 }", "a", "{  }"), 1);
}

TEST(deep_ones)
{
    CHECK_EQ(
        cut("{\"g\":{\"t\":{\"x\":1},\"u\":2},\"h\":[]}", "g.t", "{\"g\":{\"u\":2},\"h\":[]}"),
        1);
    CHECK_EQ(cut("{\"g\":{\"t\":{\"x\":1}}}", "g.t.x", "{\"g\":{\"t\":{}}}"), 1);
    CHECK_EQ(cut("{\"m\":[[{\"x\":1,\"y\":2}]]}", "m[0][0].y", "{\"m\":[[{\"x\":1}]]}"), 1);
}

TEST(of_one_element_and_of_all)
{
    const char *tools =
        "{\"tools\":[{\"n\":\"a\",\"d\":true},{\"n\":\"b\"},{\"d\":false,\"n\":1}]}";

    CHECK_EQ(cut(tools, "tools[0].d",
                 "{\"tools\":[{\"n\":\"a\"},{\"n\":\"b\"},{\"d\":false,\"n\":1}]}"),
             1);
    CHECK_EQ(cut(tools, "tools[*].d", "{\"tools\":[{\"n\":\"a\"},{\"n\":\"b\"},{\"n\":1}]}"),
             2);
    CHECK_EQ(cut(tools, "tools[1].d", tools), 0);
    CHECK_EQ(cut(tools, "tools[3].d", tools), 0);
}

TEST(what_is_there_twice_goes_twice)
{
    CHECK_EQ(cut("{\"x\":1,\"x\":2,\"a\":3}", "x", "{\"a\":3}"), 2);
    CHECK_EQ(cut("{\"a\":3,\"x\":1,\"x\":2}", "x", "{\"a\":3}"), 2);
    CHECK_EQ(cut("{\"x\":1,\"a\":3,\"x\":2}", "x", "{\"a\":3}"), 2);
    CHECK_EQ(cut("{\"x\":1,\"x\":2}", "x", "{}"), 2);
    CHECK_EQ(
        cut("{\"p\":{\"x\":1},\"p\":{\"y\":1,\"x\":2}}", "p.x", "{\"p\":{},\"p\":{\"y\":1}}"),
        2);
}

TEST(names_that_are_no_words)
{
    CHECK_EQ(cut("{\"a.b\":1,\"a\":{\"b\":2}}", "[\"a.b\"]", "{\"a\":{\"b\":2}}"), 1);
    CHECK_EQ(cut("{\"a\":{\"\":1,\"c\":2}}", "a[\"\"]", "{\"a\":{\"c\":2}}"), 1);
    CHECK_EQ(cut("{\"a\":{\"b]\":1}}", "a[\"b]\"]", "{\"a\":{}}"), 1);
}

TEST(brackets_in_strings)
{
    CHECK_EQ(cut("{\"a\":\"}],\\\"x\\\":1\",\"x\":\"{\\\\\",\"b\":\"]\"}", "x",
                 "{\"a\":\"}],\\\"x\\\":1\",\"b\":\"]\"}"),
             1);
}

TEST(other_types_and_no_paths)
{
    static const char *const none[] = { "",     ".",     ".a",   "a.",       "a..b",   "a[",
                                        "a[]",  "a[-1]", "a[0]", "a[*]",     "a[x].b", "a[0]b",
                                        "[\"a", "b",     "a.b",  "a[0][0].c" };
    const char *text = "{\"a\":[1,2]}";

    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        CHECK_EQ(cut(text, none[i], text), 0);
    CHECK_EQ(cut("[{\"a\":1}]", "a", "[{\"a\":1}]"), 0);
    CHECK_EQ(cut("\"a\"", "a", "\"a\""), 0);
    CHECK_EQ(cut("{}", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "{}"), 0);
}

TEST(many)
{
    struct cp_str text = STR("{\"t\":["), out;

    if (!arena)
        arena = arena_new(4096, 0);
    for (int i = 0; i < 100; i++)
        text = arena_printf(arena, "%.*s%s{\"d\":%d}", STR_FMT(text), i ? "," : "", i);
    text = arena_printf(arena, "%.*s]}", STR_FMT(text));
    CHECK_EQ(json_cut(arena, text, STR("t[*].d"), &out), 100);
    CHECK_EQ(out.n, strlen("{\"t\":[]}") + 100 * 2 + 99);
    arena_free(arena);
    arena = NULL;
}

TEST_MAIN()
