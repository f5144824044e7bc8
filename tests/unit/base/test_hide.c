/* SPDX-License-Identifier: MIT */
/*
 * test_hide - a secret is found wherever it stands, and nothing else is.
 */
#include "base/hide.h"

#include "base/str.h"

#include "../test.h"

/* Before any other: the table only grows. */
TEST(nothing_to_hide)
{
    size_t at = 0;
    CHECK_EQ(hide_find(STR("plain text"), &at), 0);
    CHECK_EQ(at, 10);
    hide_add(STR("1234"));
    hide_add(STR(""));
    hide_add(STR_NONE);
    at = 0;
    CHECK_EQ(hide_find(STR("1234 1234"), &at), 0);
}

TEST(finds_all)
{
    hide_add(STR("sk-secret"));
    hide_add(STR("sk-secret"));
    struct cp_str text = STR("sk-secret, then sk-secre, then xsk-secretsk-secret");
    size_t at = 0;
    CHECK_EQ(hide_find(text, &at), 9);
    CHECK_EQ(at, 0);
    at += 9;
    CHECK_EQ(hide_find(text, &at), 9);
    CHECK_EQ(at, 32);
    at += 9;
    CHECK_EQ(hide_find(text, &at), 9);
    CHECK_EQ(at, 41);
    at += 9;
    CHECK_EQ(hide_find(text, &at), 0);
    CHECK_EQ(at, text.n);
    at = 0;
    CHECK_EQ(hide_find(STR_NONE, &at), 0);
}

TEST(takes_the_longest)
{
    hide_add(STR("key-0"));
    hide_add(STR("key-0123456789"));
    hide_add(STR("key-0123"));
    size_t at = 0;
    CHECK_EQ(hide_find(STR("key-0123456789"), &at), 14);
    CHECK_EQ(hide_find(STR("key-012345678"), &at), 8);
    CHECK_EQ(hide_find(STR("key-012"), &at), 5);
}

TEST(hides_the_beginning_of_a_long_one)
{
    hide_add(STR("sk-live-0123456789abcdefghij.klm"));
    size_t at = 0;
    CHECK_EQ(hide_find(STR("sk-live-0123456789abcdefghij.klm"), &at), 32);
    CHECK_EQ(hide_find(STR("sk-live-01234567"), &at), 16);
    CHECK_EQ(hide_find(STR("sk-live-0123456789ab*********"), &at), 20);
    CHECK_EQ(hide_find(STR("sk-live-0123456 is shorter"), &at), 0);
}

/* As many as an organisation has, of one service: what each costs must not grow with their number. */
TEST(holds_many_of_one_beginning)
{
    enum { MANY = 100000 };
    char key[64];
    int missed = 0;

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < MANY; i++) {
            snprintf(key, sizeof(key), "sk-one-%06d-of-a-long-row-%06d", i, i);
            hide_add(str_of(key));
        }
    for (int i = 0; i < MANY; i++) {
        snprintf(key, sizeof(key), "sk-one-%06d-of-a-long-row-%06d", i, i);
        size_t at = 0;
        missed += hide_find(str_of(key), &at) != strlen(key) || at != 0;
    }
    CHECK_EQ(missed, 0);
}

TEST(holds_many)
{
    char key[32];
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "%c%c-many-%d", 'a' + i % 26, 'a' + i / 26 % 26, i);
        hide_add(str_of(key));
    }
    int missed = 0;
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "%c%c-many-%d", 'a' + i % 26, 'a' + i / 26 % 26, i);
        size_t at = 0;
        missed += hide_find(str_of(key), &at) != strlen(key) || at != 0;
    }
    CHECK_EQ(missed, 0);
}

TEST_MAIN()
