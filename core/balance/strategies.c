/* SPDX-License-Identifier: MIT */
/*
 * strategies - the strategies there are, by the names that configurations use.
 */
#include "balance/strategy.h"

#include "base/str.h"

static const struct strategy *const strategies[] = {
    &strategy_failover,   &strategy_round_robin, &strategy_random,
    &strategy_least_busy, &strategy_two_choices,
};

const struct strategy *strategy_find(struct cp_str name)
{
    for (size_t i = 0; i < sizeof(strategies) / sizeof(*strategies); i++)
        if (str_is(name, strategies[i]->name))
            return strategies[i];
    return NULL;
}
