/* SPDX-License-Identifier: MIT */
/*
 * price - what tokens cost, by a table of models with dates.
 */
#include "conf/price.h"
