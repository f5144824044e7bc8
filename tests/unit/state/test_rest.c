/* SPDX-License-Identifier: MIT */
/*
 * test_rest - cool-downs: never shortened, doubled in a row, capped, ended by success.
 */
#include "state/rest.h"

#include "base/str.h"
#include "test.h"

TEST(rest_records_are_found_again)
{
    struct rest_table *t = rest_table_new();
    struct rest *a = rest_record(t, STR("one"));

    CHECK(a != NULL);
    CHECK(rest_record(t, STR("one")) == a);
    CHECK(rest_record(t, STR("two")) != a);
    CHECK(!rest_is_resting(a, 0));
    rest_table_free(t);
}

TEST(rest_obeys_what_the_upstream_asked_for)
{
    struct rest r = { 0 };

    rest_charge(&r, CP_BY_KEY, CP_RATE_LIMIT, 7000, 30000, 1000);
    CHECK_EQ(rest_until(&r), 8000);
    CHECK(rest_is_resting(&r, 7999));
    CHECK(!rest_is_resting(&r, 8000));
    rest_charge(&r, CP_BY_KEY, CP_RATE_LIMIT, 1000, 30000, 1000);
    CHECK_EQ(rest_until(&r), 8000); /* never shortened */
}

TEST(rest_doubles_in_a_row_and_is_capped)
{
    struct rest r = { 0 };

    rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, -1, 2000, 0);
    CHECK_EQ(rest_until(&r), 2000);
    rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, -1, 2000, 0);
    CHECK_EQ(rest_until(&r), 4000);
    for (int i = 0; i < 40; i++)
        rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, -1, 60000, 0);
    CHECK_EQ(rest_until(&r), 600 * 1000);
    rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, INT64_MAX / 2, 2000, 0);
    CHECK_EQ(rest_until(&r), 3600 * 1000);
}

TEST(rest_ends_with_a_success)
{
    struct rest r = { 0 };

    rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, -1, 2000, 0);
    rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, -1, 2000, 0);
    rest_success(&r);
    CHECK(!rest_is_resting(&r, 0));
    rest_charge(&r, CP_BY_UPSTREAM, CP_SERVER, -1, 2000, 0);
    CHECK_EQ(rest_until(&r), 2000); /* the row begins anew */
    CHECK_EQ((int64_t)r.served, 1);
    CHECK_EQ((int64_t)r.failed, 3);
}

TEST(rest_disabled_waits_for_a_human)
{
    struct rest r = { 0 };

    rest_disable(&r, CP_BY_KEY, CP_AUTH);
    CHECK_EQ(rest_until(&r), INT64_MAX);
    rest_charge(&r, CP_BY_KEY, CP_AUTH, 5, 5, 0);
    CHECK_EQ(rest_until(&r), INT64_MAX);
}

TEST(rest_pardons_only_who_waits_for_a_human)
{
    struct rest_table *t = rest_table_new();
    struct rest *revoked = rest_record(t, STR("revoked")), *busy = rest_record(t, STR("busy"));

    rest_disable(revoked, CP_BY_KEY, CP_BILLING);
    rest_charge(busy, CP_BY_KEY, CP_RATE_LIMIT, 9000, 1, 0);
    rest_table_pardon(t);
    CHECK(!rest_is_resting(revoked, 0));
    CHECK_EQ(rest_until(busy), 9000);
    rest_table_free(t);
}

TEST_MAIN()
