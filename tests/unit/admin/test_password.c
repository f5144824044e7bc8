/* SPDX-License-Identifier: MIT */
/*
 * test_password - hashes are salted, are compared whole, and nothing else is one.
 */
#include "admin/password.h"
#include "base/str.h"

#include "../test.h"

TEST(what_was_hashed_is_known_again)
{
    char a[PASSWORD_HASH_BYTES], b[PASSWORD_HASH_BYTES];

    CHECK_EQ(password_hash(STR("correct horse"), a, NULL), 0);
    CHECK_EQ(password_hash(STR("correct horse"), b, NULL), 0);
    CHECK(str_begins(str_of(a), "$y$"));
    CHECK(strcmp(a, b) != 0);
    CHECK(password_is(STR("correct horse"), str_of(a)));
    CHECK(!password_is(STR("correct hors"), str_of(a)));
    CHECK(!password_is(STR("correct horse "), str_of(a)));
    CHECK(!password_is(STR("correct horse"), str_cut(str_of(a), strlen(a) - 1)));
}

TEST(what_cannot_be_a_password)
{
    struct err err = { 0 };
    char out[PASSWORD_HASH_BYTES], large[PASSWORD_MOST + 1];

    memset(large, 'x', sizeof(large));
    CHECK_EQ(password_hash(STR("short"), out, &err), E_CONFIG);
    CHECK_EQ(password_hash(str_n(large, sizeof(large)), out, &err), E_CONFIG);
    CHECK_EQ(password_hash(STR("with\0a NUL"), out, &err), E_CONFIG);
    CHECK(!password_is(STR(""), STR("")));
    CHECK(!password_is(STR("anything at all"), STR_NONE));
    CHECK(!password_is(STR("anything at all"), STR("anything at all")));
    CHECK(!password_is(STR("*0"), STR("*0")));
}

TEST_MAIN()
