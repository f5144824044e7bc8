/* SPDX-License-Identifier: MIT */
/*
 * no_decode - an adapter that cannot read
 */
#define ADAPTER .decode = (void *)0
#include "bad.h"
