/* SPDX-License-Identifier: MIT */
/*
 * crash_in_decode - writes to nowhere when it sees a body
 */
#define DECODE *(volatile int *)16 = 1;
#include "bad.h"
