/* SPDX-License-Identifier: MIT */
/*
 * test_failover - written order; the last usable path is never closed.
 */
#include "balance/balance.h"

#include "test.h"

TEST(failover_takes_the_first_that_is_well)
{
    struct candidate c[] = { { 0, 0, 0, 900 }, { 1, 0, 0, 100 }, { 2, 0, 0, 0 } };

    CHECK_EQ(strategy_failover.pick(c, 3, 1000), 0);
    CHECK_EQ(strategy_failover.pick(c, 3, 500), 1);
    CHECK_EQ(strategy_failover.pick(c, 3, 50), 2);
}

TEST(failover_asks_the_one_that_wakes_first_when_all_rest)
{
    struct candidate c[] = { { 0, 0, 0, 900 }, { 1, 0, 0, 300 }, { 2, 0, 0, 400 } };

    CHECK_EQ(strategy_failover.pick(c, 3, 10), 1);
}

TEST(failover_never_asks_what_needs_a_human)
{
    struct candidate c[] = { { 0, 0, 0, INT64_MAX }, { 1, 0, 0, INT64_MAX } };

    CHECK_EQ(strategy_failover.pick(c, 2, 10), -1);
    CHECK_EQ(strategy_failover.pick(c, 0, 10), -1);
}

TEST_MAIN()
