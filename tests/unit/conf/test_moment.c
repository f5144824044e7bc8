/* SPDX-License-Identifier: MIT */
/*
 * test_moment - times as people write them, and what only looks like one.
 */
#include "base/str.h"
#include "conf/moment.h"

#include "../test.h"

static int64_t moment(const char *text)
{
    int64_t ms = -1;
    return moment_parse(str_of(text), &ms) ? -1 : ms;
}

TEST(all_forms_are_one_time)
{
    CHECK_EQ(moment("2026-11-23T12:00:00Z"), INT64_C(1795435200000));
    CHECK_EQ(moment("2026-11-23t12:00:00z"), INT64_C(1795435200000));
    CHECK_EQ(moment("2026-11-23 12:00:00Z"), INT64_C(1795435200000));
    CHECK_EQ(moment("2026-11-23T20:00:00+08:00"), INT64_C(1795435200000));
    CHECK_EQ(moment("2026-11-23T07:30:00-04:30"), INT64_C(1795435200000));
    CHECK_EQ(moment("2026-11-23T12:00:00.25Z"), INT64_C(1795435200250));
    CHECK_EQ(moment("2026-11-23T12:00:00.123456789Z"), INT64_C(1795435200123));
}

TEST(calendars_have_edges)
{
    CHECK_EQ(moment("1970-01-01T00:00:00Z"), 0);
    CHECK_EQ(moment("2028-02-29T00:00:00Z"), INT64_C(1835395200000));
    CHECK_EQ(moment("2026-12-31T23:59:60Z"), moment("2027-01-01T00:00:00Z"));
    CHECK_EQ(moment("2026-02-29T00:00:00Z"), -1);
    CHECK_EQ(moment("2026-04-31T00:00:00Z"), -1);
    CHECK_EQ(moment("2026-13-01T00:00:00Z"), -1);
    CHECK_EQ(moment("2026-00-01T00:00:00Z"), -1);
    CHECK_EQ(moment("2026-01-00T00:00:00Z"), -1);
    CHECK_EQ(moment("2026-01-01T24:00:00Z"), -1);
    CHECK_EQ(moment("2026-01-01T00:60:00Z"), -1);
    CHECK_EQ(moment("1969-12-31T23:59:59Z"), -1);
}

TEST(what_is_none)
{
    static const char *const none[] = {
        "",
        "tomorrow",
        "2026-11-23",
        "2026-11-23T12:00:00",
        "2026-11-23T12:00Z",
        "2026-11-23T12:00:00.Z",
        "2026-11-23T12:00:00ZZ",
        "2026-11-23T12:00:00+8",
        "2026-11-23T12:00:00+0800",
        "2026-11-23T12:00:00+24:00",
        "2026/11/23T12:00:00Z",
        "2026-11-23_12:00:00Z",
        " 2026-11-23T12:00:00Z",
        "+026-11-23T12:00:00Z",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        if (!CHECK_EQ(moment(none[i]), -1))
            printf("# %s\n", none[i]);
    CHECK(moment_parse(STR_NONE, &(int64_t){ 0 }) != 0);
}

TEST_MAIN()
