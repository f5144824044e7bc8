/* SPDX-License-Identifier: MIT */
/*
 * test_tree - what goes into a tree comes out again, and what is no JSON does not come in.
 */
#include "test.h"

#include "base/buf.h"
#include "base/str.h"
#include "json/tree.h"

static bool is_written(const struct tree *t, const char *want)
{
    struct buf out;

    buf_init(&out, 1 << 20);
    tree_write(t, &out);
    bool is_same = str_is(buf_str(&out), want);
    if (!is_same)
        printf("# got %.*s\n", STR_FMT(buf_str(&out)));
    buf_fini(&out);
    return is_same;
}

static bool is_kept(const char *text, const char *want)
{
    struct err err = { 0 };
    struct tree *t = tree_parse(str_of(text), &err);
    bool is_same = t && is_written(t, want);

    if (!t)
        printf("# %s: %s\n", err.where, err.what);
    tree_free(t);
    return is_same;
}

TEST(texts_come_out_as_they_went_in)
{
    CHECK(is_kept(" {\"b\" : 1, \"a\":[ ] , \"c\":{}}", "{\"b\":1,\"a\":[],\"c\":{}}"));
    CHECK(is_kept("null", "null"));
    CHECK(is_kept("[null,true,false]", "[null,true,false]"));
    CHECK(is_kept("\"a/b\\u00e4\\n\\u0000\"", "\"a/b\xc3\xa4\\n\\u0000\""));
}

TEST(numbers_keep_their_spelling)
{
    CHECK(is_kept("[12345678901234567890123,-0,1.10,1e400,0.30000000000000004]",
                  "[12345678901234567890123,-0,1.10,1e400,0.30000000000000004]"));
}

TEST(what_is_no_json_is_refused)
{
    static const char *const bad[] = { "",
                                       "{",
                                       "NaN",
                                       "'a'",
                                       "{\"a\":1}x",
                                       "[1,]",
                                       "{a:1}",
                                       "[1.]",
                                       "\"\xed\xa0\x80\"",
                                       "{\"a\\u0000b\":1}" };
    struct err err;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        memset(&err, 0, sizeof(err));
        CHECK(!tree_parse(str_of(bad[i]), &err));
        CHECK(err.code && err.what[0]);
    }
}

TEST(members_stand_there_once)
{
    struct err err = { 0 };

    CHECK(!tree_parse(STR("{\"a\":{\"x\":1,\"\\u0078\":2}}"), &err));
    CHECK_EQ(err.code, E_SYNTAX);
    CHECK_STR(str_of(err.where), "offset 13");
    CHECK(is_kept("[{\"x\":1},{\"x\":1}]", "[{\"x\":1},{\"x\":1}]"));
}

TEST(depth_and_size_have_ends)
{
    struct err err = { 0 };
    struct buf b;

    buf_init(&b, 1 << 20);
    for (int i = 0; i < TREE_DEPTH; i++)
        buf_add_c(&b, '[');
    for (int i = 0; i < TREE_DEPTH; i++)
        buf_add_c(&b, ']');
    struct tree *t = tree_parse(buf_str(&b), &err);
    CHECK(t);
    tree_free(t);
    buf_clear(&b);
    buf_add_c(&b, '[');
    for (int i = 0; i < 100000; i++)
        buf_add_z(&b, i ? ",{}" : "{}");
    buf_add_c(&b, ']');
    CHECK(!tree_parse(buf_str(&b), &err));
    CHECK_EQ(err.code, E_LIMIT);
    buf_fini(&b);
}

TEST(null_is_a_value_and_not_there_is_none)
{
    struct tree *t = tree_parse(STR("{\"a\":null,\"b\":[null]}"), NULL);

    CHECK(tree_get(t, "a") != NULL);
    CHECK_EQ(tree_kind(tree_get(t, "a")), TREE_NULL);
    CHECK(tree_get(t, "c") == NULL);
    CHECK_EQ(tree_kind(tree_at(tree_get(t, "b"), 0)), TREE_NULL);
    CHECK(tree_at(tree_get(t, "b"), 1) == NULL);
    CHECK(tree_at(t, 0) == NULL);
    tree_put(t, "d", tree_null());
    CHECK_EQ(tree_count(t), 3);
    tree_free(t);
    tree_free(tree_null());
    tree_free(NULL);
}

TEST(values_are_read_by_kind)
{
    struct tree *t = tree_parse(STR("{\"n\":5.0,\"h\":1.5,\"t\":\"x\",\"y\":true}"), NULL);

    CHECK_EQ(tree_as_int(tree_get(t, "n"), -1), 5);
    CHECK_EQ(tree_as_int(tree_get(t, "h"), -1), -1);
    CHECK_EQ(tree_as_int(tree_get(t, "t"), -1), -1);
    CHECK_EQ(tree_as_int(NULL, -1), -1);
    CHECK_STR(tree_as_number(tree_get(t, "h")), "1.5");
    CHECK_STR(tree_as_text(tree_get(t, "t")), "x");
    CHECK(!tree_as_text(tree_get(t, "n")).p);
    CHECK(tree_as_bool(tree_get(t, "y")));
    CHECK(!tree_as_bool(tree_get(t, "t")));
    tree_free(t);
}

TEST(trees_are_changed_member_by_member)
{
    struct tree *t = tree_object(), *list = tree_array();

    tree_put_text(t, "name", STR("a"));
    tree_put_int(t, "n", INT64_MIN);
    tree_put_bool(t, "is", true);
    tree_append(list, tree_number(STR("1.50")));
    tree_append(list, tree_number(STR("Infinity")));
    tree_put(t, "list", list);
    tree_put_text(t, "name", STR("b"));
    tree_put_text(t, "none", STR_NONE);
    CHECK(is_written(t, "{\"name\":\"b\",\"n\":-9223372036854775808,\"is\":true,"
                        "\"list\":[1.50,null],\"none\":null}"));
    CHECK(tree_drop(t, "none"));
    CHECK(!tree_drop(t, "none"));
    struct tree *copy = tree_copy(t);
    CHECK(tree_is_equal(t, copy));
    tree_put_int(copy, "n", 0);
    CHECK(!tree_is_equal(t, copy));
    tree_free(t);
    CHECK(is_written(copy, "{\"name\":\"b\",\"n\":0,\"is\":true,\"list\":[1.50,null]}"));
    tree_free(copy);
}

TEST(members_come_in_their_order)
{
    struct tree *t = tree_parse(STR("{\"z\":1,\"a\":2,\"m\":null}"), NULL), *v;
    struct cp_str name;
    size_t at = 0;

    CHECK(tree_each(t, &at, &name, &v));
    CHECK_STR(name, "z");
    CHECK(tree_each(t, &at, &name, &v));
    CHECK_STR(name, "a");
    CHECK_EQ(tree_as_int(v, 0), 2);
    CHECK(tree_each(t, &at, &name, &v));
    CHECK_EQ(tree_kind(v), TREE_NULL);
    CHECK(!tree_each(t, &at, &name, &v));
    CHECK(!tree_each(t, &at, &name, &v));
    tree_free(t);
    t = tree_object();
    at = 0;
    CHECK(!tree_each(t, &at, &name, &v));
    tree_free(t);
}

TEST(equal_means_the_same_whatever_the_order)
{
    struct tree *a = tree_parse(STR("{\"x\":[1,{\"y\":null}],\"z\":\"t\"}"), NULL);
    struct tree *b = tree_parse(STR("{\"z\":\"t\",\"x\":[1,{\"y\":null}]}"), NULL);
    struct tree *c = tree_parse(STR("{\"z\":\"t\",\"x\":[1,{\"w\":null}]}"), NULL);

    CHECK(tree_is_equal(a, b));
    CHECK(!tree_is_equal(a, c));
    CHECK(!tree_is_equal(tree_get(a, "x"), tree_get(a, "z")));
    tree_free(a);
    tree_free(b);
    tree_free(c);
}

TEST(pretty_is_for_people)
{
    struct tree *t = tree_parse(STR("{\"a\":[1,{}],\"b\":[]}"), NULL);
    struct buf out;

    buf_init(&out, 4096);
    tree_write_pretty(t, &out);
    CHECK_STR(buf_str(&out), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}\n");
    buf_fini(&out);
    tree_free(t);
}

TEST(invalid_utf8_does_not_come_out)
{
    struct tree *t = tree_text(STR("a\xff"));

    CHECK(is_written(t, "\"a\xef\xbf\xbd\""));
    tree_free(t);
}

TEST_MAIN()
