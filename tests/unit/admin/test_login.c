/* SPDX-License-Identifier: MIT */
/*
 * test_login - sessions end by either clock, by their secret's change, and by being too many.
 */
#include "admin/login.h"
#include "base/str.h"

#include "../test.h"

static const uint8_t secret[32] = { 1, 2, 3 };

static bool is_secret(void *ctx, const uint8_t digest[32])
{
    return !memcmp(ctx ? ctx : secret, digest, 32);
}

static bool uses(struct login_table *t, const struct login *l, int64_t now_ms, int64_t wall_ms)
{
    struct login_time now = { now_ms, wall_ms };
    struct login out;

    return login_use(t, str_of(l->id), is_secret, NULL, &now, &out);
}

TEST(ids_are_long_and_never_the_same)
{
    struct login_table *t = login_table_new();
    struct login_time now = { 1000, 5000 };
    struct login a, b;

    login_add(t, secret, STR("192.0.2.1"), &now, &a);
    login_add(t, secret, STR("192.0.2.1"), &now, &b);
    CHECK_EQ(strlen(a.id), LOGIN_ID_CHARS);
    CHECK_EQ(strlen(a.csrf), LOGIN_ID_CHARS);
    CHECK_EQ(strspn(a.id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
             LOGIN_ID_CHARS);
    CHECK(strcmp(a.id, b.id) && strcmp(a.id, a.csrf) && strcmp(a.csrf, b.csrf));
    CHECK(uses(t, &a, 1000, 5000) && uses(t, &b, 1000, 5000));
    a.id[0] ^= 1;
    CHECK(!uses(t, &a, 1000, 5000));
    login_table_free(t);
}

TEST(half_an_hour_unused_by_either_clock)
{
    struct login_table *t = login_table_new();
    struct login_time now = { 0, 0 };
    struct login l;

    login_add(t, secret, STR(""), &now, &l);
    CHECK(uses(t, &l, LOGIN_IDLE_MS - 1, LOGIN_IDLE_MS - 1));
    CHECK(uses(t, &l, 2 * LOGIN_IDLE_MS - 2, 2 * LOGIN_IDLE_MS - 2));
    CHECK(!uses(t, &l, 3 * LOGIN_IDLE_MS, 3 * LOGIN_IDLE_MS));
    login_add(t, secret, STR(""), &now, &l);
    CHECK(!uses(t, &l, 1, LOGIN_IDLE_MS)); /* the machine slept */
    login_add(t, secret, STR(""), &now, &l);
    CHECK(!uses(t, &l, LOGIN_IDLE_MS, -LOGIN_IDLE_MS)); /* the clock was set back */
    login_table_free(t);
}

TEST(twelve_hours_whatever_it_does)
{
    struct login_table *t = login_table_new();
    struct login_time now = { 0, 0 };
    struct login l;
    int64_t at = 0;

    login_add(t, secret, STR(""), &now, &l);
    while (at + LOGIN_IDLE_MS - 1 < LOGIN_MOST_MS) {
        at += LOGIN_IDLE_MS - 1;
        CHECK(uses(t, &l, at, at));
    }
    CHECK(!uses(t, &l, LOGIN_MOST_MS, LOGIN_MOST_MS));
    login_table_free(t);
}

TEST(another_secret_ends_it_for_good)
{
    struct login_table *t = login_table_new();
    struct login_time now = { 0, 0 };
    uint8_t other[32] = { 9 };
    struct login l, out;

    login_add(t, secret, STR(""), &now, &l);
    CHECK(login_lives(t, str_of(l.id), is_secret, NULL, &now));
    CHECK(!login_lives(t, str_of(l.id), is_secret, other, &now));
    CHECK(!login_use(t, str_of(l.id), is_secret, other, &now, &out));
    CHECK(!uses(t, &l, 0, 0));
    login_table_free(t);
}

TEST(in_a_full_table_the_one_unused_for_longest_goes)
{
    struct login_table *t = login_table_new();
    struct login first, second, l, all[LOGIN_SESSIONS];
    struct login_time now = { 0, 0 };

    login_add(t, secret, STR(""), &now, &first);
    now.now_ms = now.wall_ms = 1;
    login_add(t, secret, STR(""), &now, &second);
    for (int i = 2; i < LOGIN_SESSIONS; i++) {
        now.now_ms = now.wall_ms = i;
        login_add(t, secret, STR(""), &now, &l);
    }
    CHECK(uses(t, &first, 1000, 1000));
    now.now_ms = now.wall_ms = 2000;
    login_add(t, secret, STR(""), &now, &l);
    CHECK(uses(t, &first, 2000, 2000));
    CHECK(!uses(t, &second, 2000, 2000));
    CHECK_EQ(login_list(t, &now, all, LOGIN_SESSIONS), LOGIN_SESSIONS);
    CHECK_EQ(login_drop_others(t, str_of(first.id)), LOGIN_SESSIONS - 1);
    CHECK(login_drop(t, str_of(first.id)));
    CHECK(!login_drop(t, str_of(first.id)));
    login_table_free(t);
}

TEST_MAIN()
