/* SPDX-License-Identifier: MIT */
/*
 * crash_in_load - writes to nowhere as soon as it is loaded
 */
#define LOAD *(volatile int *)16 = 1;
#include "bad.h"
