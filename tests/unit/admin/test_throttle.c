/* SPDX-License-Identifier: MIT */
/*
 * test_throttle - who guesses waits, longer each time; who does not, does not.
 */
#include "admin/throttle.h"
#include "base/str.h"

#include "../test.h"

#include <stdio.h>

TEST(the_fifth_failure_costs_a_second_and_each_one_more_twice_that)
{
    static const int64_t waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
    struct throttle *t = throttle_new();
    struct cp_str who = STR("192.0.2.1");
    int64_t now_ms = 1000000;

    for (int i = 1; i < THROTTLE_FREE; i++) {
        throttle_fail(t, who, now_ms);
        CHECK_EQ(throttle_wait(t, who, now_ms), 0);
    }
    for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
        throttle_fail(t, who, now_ms);
        CHECK_EQ(throttle_wait(t, who, now_ms), waits[i]);
        CHECK_EQ(throttle_wait(t, STR("192.0.2.2"), now_ms), 0);
        now_ms += waits[i] * 1000;
        CHECK_EQ(throttle_wait(t, who, now_ms), 0);
    }
    throttle_good(t, who, now_ms);
    throttle_fail(t, who, now_ms);
    CHECK_EQ(throttle_wait(t, who, now_ms), 0);
    throttle_free(t);
}

TEST(a_network_of_ipv6_is_one_guesser)
{
    struct throttle *t = throttle_new();
    char address[64];

    for (int i = 0; i < THROTTLE_FREE; i++) {
        snprintf(address, sizeof(address), "2001:db8:1:2::%x", i);
        throttle_fail(t, str_of(address), 5000);
    }
    CHECK_EQ(throttle_wait(t, STR("2001:db8:1:2:ffff::1"), 5000), 1);
    CHECK_EQ(throttle_wait(t, STR("2001:db8:1:3::1"), 5000), 0);
    throttle_free(t);
}

TEST(many_addresses_together_make_strangers_wait)
{
    struct throttle *t = throttle_new();
    char address[64];

    throttle_good(t, STR("198.51.100.7"), 4000);
    for (int i = 0; i < 2000; i++) {
        snprintf(address, sizeof(address), "10.0.%d.%d", i / 250, i % 250);
        throttle_fail(t, str_of(address), 5000);
    }
    CHECK(throttle_wait(t, STR("203.0.113.1"), 5000) > 0);
    CHECK(throttle_wait(t, STR("203.0.113.1"), 5000) <= THROTTLE_MOST_S);
    CHECK_EQ(throttle_wait(t, STR("198.51.100.7"), 5000), 0);
    CHECK_EQ(throttle_wait(t, STR("203.0.113.1"), 5000 + THROTTLE_MOST_S * 1000), 0);
    throttle_free(t);
}

TEST(a_flood_of_strangers_does_not_push_out_who_is_known)
{
    struct throttle *t = throttle_new();
    char address[64];

    throttle_good(t, STR("198.51.100.7"), 4000);
    for (int i = 0; i < 50000; i++) { /* more than there are places */
        snprintf(address, sizeof(address), "10.%d.%d.%d", i / 62500, i / 250 % 250, i % 250);
        throttle_fail(t, str_of(address), 5000);
    }
    CHECK(throttle_wait(t, STR("203.0.113.1"), 5000) > 0);
    CHECK_EQ(throttle_wait(t, STR("198.51.100.7"), 5000), 0);
    throttle_free(t);
}

TEST(a_flood_is_told_of_a_few_times_a_second)
{
    struct throttle *t = throttle_new();
    int told = 0;

    for (int i = 0; i < 1000; i++)
        told += throttle_fail(t, STR("192.0.2.1"), 5000);
    CHECK_EQ(told, 5);
    CHECK(throttle_fail(t, STR("192.0.2.1"), 6000));
    throttle_free(t);
}

TEST_MAIN()
