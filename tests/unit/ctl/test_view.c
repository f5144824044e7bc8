/* SPDX-License-Identifier: MIT */
/*
 * test_view - answers of the API as tables and pages; arguments as members of a body.
 */
#include "test.h"

#include "base/buf.h"
#include "base/str.h"
#include "ctl/assign.h"
#include "ctl/view.h"
#include "json/tree.h"

enum { WALL_MS = 1000000 };

static struct buf out;

static void fresh(void)
{
    buf_fini(&out);
    buf_init(&out, 1 << 20);
}

static struct cp_str value(const char *json, enum view_as as)
{
    struct tree *t = tree_parse(str_of(json), NULL);

    fresh();
    view_value(t, as, WALL_MS, false, &out);
    tree_free(t);
    return out.n ? buf_str(&out) : STR("");
}

TEST(view_values)
{
    CHECK_STR(value("12", VIEW_NUMBER), "12");
    CHECK_STR(value("999", VIEW_BIG), "999");
    CHECK_STR(value("1234", VIEW_BIG), "1.2k");
    CHECK_STR(value("2000", VIEW_BIG), "2k");
    CHECK_STR(value("123456", VIEW_BIG), "123k");
    CHECK_STR(value("5300000", VIEW_BIG), "5.3M");
    CHECK_STR(value("0", VIEW_LIMIT), "-");
    CHECK_STR(value("5000", VIEW_LIMIT), "5k");
    CHECK_STR(value("1536", VIEW_BYTES), "1.5 KiB");
    CHECK_STR(value("12", VIEW_BYTES), "12 B");
    CHECK_STR(value("230", VIEW_MS), "230ms");
    CHECK_STR(value("1250.7", VIEW_MS), "1.2s");
    CHECK_STR(value("230000", VIEW_US), "230ms");
    CHECK_STR(value("125", VIEW_SECONDS), "2m05s");
    CHECK_STR(value("90061", VIEW_SECONDS), "1d1h");
    CHECK_STR(value("1250000", VIEW_MONEY), "1.25");
    CHECK_STR(value("1200", VIEW_MONEY), "0.0012");
    CHECK_STR(value("5560", VIEW_MONEY), "0.0056");
    CHECK_STR(value("999960", VIEW_MONEY), "1.00");
    CHECK_STR(value("-500000", VIEW_MONEY), "-0.50");
    CHECK_STR(value("12.345", VIEW_PERCENT), "12.3%");
    CHECK_STR(value("true", VIEW_TEXT), "yes");
    CHECK_STR(value("false", VIEW_YES), "");
    CHECK_STR(value("null", VIEW_TEXT), "-");
    CHECK_STR(value("[1,\"b\"]", VIEW_LIST), "1, b");
    CHECK_STR(value("[1,2,3]", VIEW_COUNT), "3");
    CHECK_STR(value("\"1970-01-01T00:00:10Z\"", VIEW_AGE), "16m30s ago");
    CHECK_STR(value("\"1970-01-01T00:17:40Z\"", VIEW_AGE), "in 1m00s");
    CHECK_STR(value("\"no time\"", VIEW_AGE), "no time");
}

TEST(view_numbers_at_the_ends)
{
    CHECK_STR(value("9223372036854775807", VIEW_BYTES), "8388607 TiB");
    CHECK_STR(value("-9223372036854775808", VIEW_MONEY), "-9223372036854.7758");
    CHECK_STR(value("99999999999999999999999", VIEW_BIG), "0");
    CHECK_STR(value("1e400", VIEW_NUMBER), "1e400");
    CHECK_STR(value("-9223372036854775808", VIEW_SECONDS), "0s");
}

TEST(view_paths)
{
    struct tree *t = tree_parse(STR("{\"a\":{\"b\":1,\"n\":null},\"c\":2}"), NULL);

    CHECK_EQ(tree_as_int(view_at(t, "a.b"), 0), 1);
    CHECK_EQ(tree_as_int(view_at(t, "x|c"), 0), 2);
    CHECK_EQ(tree_as_int(view_at(t, "a.n|a.b"), 0), 1);
    CHECK(view_at(t, "a.b.c") == NULL);
    CHECK(view_at(t, "") == t);
    CHECK(view_at(NULL, "a") == NULL);
    tree_free(t);
}

static const struct view view = {
    "rows",
    (const struct view_column[]){
        { "ID", "id", VIEW_TEXT }, { "N", "n", VIEW_NUMBER }, { NULL, NULL, VIEW_TEXT } },
    "nothing there",
};

static struct cp_str listed(const char *json, const struct look *look)
{
    struct tree *t = tree_parse(str_of(json), NULL);

    fresh();
    view_list(&view, t, look, WALL_MS, &out);
    tree_free(t);
    return buf_str(&out);
}

TEST(view_lists)
{
    struct look look = { .has_header = true };
    CHECK_STR(listed("{\"rows\":[{\"id\":\"a\",\"n\":5},{\"n\":\"odd\"}]}", &look),
              "ID    N\na     5\n-   odd\n");
    CHECK_STR(listed("{\"rows\":[]}", &look), "nothing there\n");
    CHECK_STR(listed("{}", &look), "nothing there\n");
    CHECK_STR(listed("{\"rows\":[1,null,[]]}", &look), "ID  N\n-   -\n-   -\n-   -\n");
    look.form = LOOK_CSV;
    CHECK_STR(listed("{\"rows\":[]}", &look), "ID,N\r\n");
}

static struct cp_str page(const char *json)
{
    struct look look = { .has_header = true };
    struct tree *t = tree_parse(str_of(json), NULL);

    fresh();
    view_page(t, &look, &out);
    tree_free(t);
    return buf_str(&out);
}

TEST(view_pages)
{
    CHECK_STR(page("{\"a\":1,\"b\":{\"c\":[1,2]},\"d\":[]}"), "a: 1\nb:\n  c: 1, 2\nd: -\n");
    CHECK_STR(page("{\"k\":[{\"x\":1,\"y\":\"z\"}]}"), "k:\n  x  y\n  1  z\n");
    CHECK_STR(page("\"t\\u001b[2J\""), "t\\x1B[2J\n");
    CHECK_STR(page("{\"a\\nb\":1}"), "a\\x0Ab: 1\n");
}

/* ---- arguments as members ---- */

static struct err err;

static struct cp_str assigned(const char *prefix, const char *name, const char *text)
{
    struct tree *t = tree_object();

    memset(&err, 0, sizeof(err));
    fresh();
    if (assign_put(t, prefix, str_of(name), str_of(text), &err))
        buf_add_z(&out, "refused");
    else
        tree_write(t, &out);
    tree_free(t);
    return buf_str(&out);
}

TEST(assign_takes_kinds_from_the_table)
{
    CHECK_STR(assigned("channels.", "priority", "5"), "{\"priority\":5}");
    CHECK_STR(assigned("channels.", "name", "5"), "{\"name\":\"5\"}");
    CHECK_STR(assigned("channels.", "caps.rpm", "60"), "{\"caps\":{\"rpm\":60}}");
    CHECK_STR(assigned("channels.", "strict", "yes"), "{\"strict\":true}");
    CHECK_STR(assigned("channels.", "only", "a, b"), "{\"only\":[\"a\",\"b\"]}");
    CHECK_STR(assigned("channels.", "models", "[{\"from\":\"a\",\"to\":\"b\"}]"),
              "{\"models\":[{\"from\":\"a\",\"to\":\"b\"}]}");
    CHECK_STR(assigned("channels.", "proxy", ""), "{\"proxy\":null}");
    CHECK_STR(assigned("", "log.level", "debug"), "{\"log\":{\"level\":\"debug\"}}");
}

TEST(assign_refuses)
{
    CHECK_STR(assigned("channels.", "priorty", "5"), "refused");
    CHECK(strstr(err.what, "priority"));
    CHECK_STR(assigned("channels.", "priority", "high"), "refused");
    CHECK_STR(assigned("channels.", "strict", "maybe"), "refused");
    CHECK_STR(assigned("channels.", "models", "[{"), "refused");
    CHECK_STR(assigned("", "access_key", "secret"), "refused");
    CHECK(strstr(err.what, "standard input"));
    buf_fini(&out);
}

TEST_MAIN()
