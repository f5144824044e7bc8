/* SPDX-License-Identifier: MIT */
/*
 * test_secret - only the whole key is the key, and a mask tells little.
 */
#include "base/secret.h"

#include "base/str.h"

#include "../test.h"

TEST(is_only_itself)
{
    struct secret *s = secret_new(STR("sk-ant-0123456789"));
    CHECK(secret_is(s, STR("sk-ant-0123456789")));
    CHECK(!secret_is(s, STR("sk-ant-012345678")));
    CHECK(!secret_is(s, STR("sk-ant-0123456788")));
    CHECK(!secret_is(s, STR("sk-ant-0123456789 ")));
    CHECK(!secret_is(s, STR("")));
    CHECK(!secret_is(s, STR_NONE));
    CHECK_STR(secret_show(s), "sk-ant-0123456789");
    secret_free(s);
    secret_free(NULL);
}

TEST(an_empty_secret_is_nobodys)
{
    struct secret *s = secret_new(STR_NONE);
    CHECK(!secret_is(s, STR_NONE));
    CHECK_STR(secret_show(s), "");
    secret_free(s);
}

static struct cp_str mask_of(const char *z)
{
    static char out[32];
    secret_mask(str_of(z), out);
    return str_of(out);
}

TEST(masks)
{
    CHECK_STR(mask_of(NULL), "***");
    CHECK_STR(mask_of(""), "***");
    CHECK_STR(mask_of("short"), "***");
    CHECK_STR(mask_of("0123456789a"), "***");
    CHECK_STR(mask_of("0123456789ab"), "01***");
    CHECK_STR(mask_of("0123456789abcdefghij"), "0123***ij");
    CHECK_STR(mask_of("sk-ant-api03-0123456789abcdefghijklmn"), "sk-ant-a***klmn");
    CHECK_STR(mask_of("\n\x80"
                      "23456789abcdefghijklmnopqrstuvwxyz"),
              "??234567***wxyz");
}

TEST(ids_are_stable_and_keyed)
{
    char one[13], two[13];
    secret_id(STR("k1"), STR("install"), one);
    secret_id(STR("k1"), STR("install"), two);
    CHECK_EQ(strlen(one), 12);
    CHECK_STR(str_of(one), two);
    secret_id(STR("k2"), STR("install"), two);
    CHECK(strcmp(one, two) != 0);
    secret_id(STR("k1"), STR("other"), two);
    CHECK(strcmp(one, two) != 0);
}

TEST_MAIN()
