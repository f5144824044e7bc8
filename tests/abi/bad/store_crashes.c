/* SPDX-License-Identifier: MIT */
/*
 * store_crashes - in find
 */
#define FIND *(volatile int *)0 = 1;
#include "bad_store.h"
