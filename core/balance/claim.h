/* SPDX-License-Identifier: MIT */
/*
 * claim - take what a path asks of a request: slots of its gates, passes of its breakers, the one probe that is due.
 */
#ifndef BALANCE_CLAIM_H
#define BALANCE_CLAIM_H

#include <stdbool.h>

#include "balance/path.h"

/*
 * is_forced  it rests and is asked all the same
 * returns    true, and *pick is filled but for why; false: somebody was faster, nothing is taken, look again
 */
bool claim_take(const struct choice *, const struct path *, bool is_forced, struct pick *);

#endif
