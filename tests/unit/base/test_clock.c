/* SPDX-License-Identifier: MIT */
/*
 * test_clock - time stands still when told to, and is spelled as RFC 3339 asks.
 */
#include "base/clock.h"

#include "base/str.h"

#include "../test.h"

TEST(stands_still_and_runs_again)
{
    clock_set(1234567, 1795379820123);
    CHECK_EQ(clock_us(), 1234567);
    CHECK_EQ(clock_ms(), 1234);
    CHECK_EQ(clock_wall_ms(), 1795379820123);
    CHECK_EQ(clock_wall_us(), 1795379820123000);
    clock_set(0, 0);
    CHECK_EQ(clock_us(), 0);
    CHECK_EQ(clock_wall_ms(), 0);
    clock_set(-1, -1);
    int64_t before = clock_us();
    CHECK(clock_us() >= before);
    CHECK(clock_wall_ms() > 1700000000000);
}

TEST(rfc3339)
{
    char out[32];
    clock_rfc3339(0, out);
    CHECK_STR(str_of(out), "1970-01-01T00:00:00.000000Z");
    clock_rfc3339(951782399999999, out);
    CHECK_STR(str_of(out), "2000-02-28T23:59:59.999999Z");
    clock_rfc3339(951782400000001, out);
    CHECK_STR(str_of(out), "2000-02-29T00:00:00.000001Z");
    clock_rfc3339(-5, out);
    CHECK_STR(str_of(out), "1970-01-01T00:00:00.000000Z");
    clock_rfc3339(INT64_MAX, out);
    CHECK_STR(str_of(out), "9999-12-31T23:59:59.999999Z");
    clock_rfc3339_s(951782399999, out);
    CHECK_STR(str_of(out), "2000-02-28T23:59:59Z");
    clock_rfc3339_s(INT64_MIN, out);
    CHECK_STR(str_of(out), "1970-01-01T00:00:00Z");
    clock_rfc3339_s(INT64_MAX, out);
    CHECK_STR(str_of(out), "9999-12-31T23:59:59Z");
}

TEST_MAIN()
