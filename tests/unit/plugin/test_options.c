/* SPDX-License-Identifier: MIT */
/*
 * test_options - a channel's settings against an adapter's table.
 */
#include "plugin/options.h"

#include "base/buf.h"
#include "base/str.h"

#include "../test.h"

static const struct cp_option table[] = {
    { CP_T_STRING, 0, "region", "eu", "where" },
    { CP_T_INT, 0, "max_tokens", "4096", "how many" },
    { CP_T_BOOL, 0, "cache", "true", "mark what is cacheable" },
    { CP_T_STRING, 0, "note", NULL, NULL },
};
static const struct cp_adapter adapter = { .dialect = "test",
                                           .title = "Test",
                                           .options = table,
                                           .options_n = 4,
                                           .option_size = sizeof(table[0]) };

static struct conf_option given(const char *name, const char *value)
{
    return (struct conf_option){ str_of(name), str_of(value), STR("x.conf:7") };
}

TEST(presets)
{
    struct cp_conf *conf;
    struct err err;
    if (!CHECK_EQ(options_check(&adapter, NULL, 0, &conf, &err), 0))
        return;
    CHECK_STR(options_str(conf, "region"), "eu");
    CHECK_EQ(options_int(conf, "max_tokens"), 4096);
    CHECK_EQ(options_int(conf, "cache"), 1);
    CHECK_STR(options_str(conf, "note"), "");
    CHECK_STR(options_str(conf, "other"), NULL);
    CHECK_EQ(options_int(conf, "other"), 0);
    CHECK_STR(options_str(NULL, "region"), NULL);
    options_free(conf);
}

TEST(values)
{
    struct conf_option list[] = { given("cache", "Off"), given("max_tokens", "-3"),
                                  given("region", "us east") };
    struct cp_conf *conf;
    struct err err;
    if (!CHECK_EQ(options_check(&adapter, list, 3, &conf, &err), 0))
        return;
    CHECK_EQ(options_int(conf, "cache"), 0);
    CHECK_EQ(options_int(conf, "max_tokens"), -3);
    CHECK_STR(options_str(conf, "region"), "us east");
    options_free(conf);
}

static void refuses(struct conf_option a, struct conf_option b, const char *what)
{
    struct conf_option list[] = { a, b };
    struct cp_conf *conf = NULL;
    struct err err;
    CHECK_EQ(options_check(&adapter, list, 2, &conf, &err), E_CONFIG);
    CHECK(conf == NULL);
    CHECK_STR(str_of(err.where), "x.conf:7");
    CHECK_STR(str_of(err.what), what);
}

TEST(mistakes_are_explained)
{
    struct conf_option fine = given("region", "us");
    refuses(fine, given("max_token", "1"),
            "test has no option \"max_token\"; did you mean \"max_tokens\"?");
    refuses(fine, given("colour", "red"), "test has no option \"colour\"");
    refuses(fine, given("max_tokens", "many"), "max_tokens must be a whole number");
    refuses(fine, given("max_tokens", ""), "max_tokens must be a whole number");
    refuses(fine, given("cache", "perhaps"), "cache must be true or false");
    refuses(fine, fine, "region is given twice");
    refuses(fine, given("note", "a\nb"), "note has control bytes");
}

TEST(help)
{
    struct buf out;
    buf_init(&out, 4096);
    options_help(&out, &adapter);
    CHECK(str_find(buf_str(&out), STR("max_tokens  (number, default \"4096\")")) > 0);
    buf_fini(&out);
}

TEST_MAIN()
