/* SPDX-License-Identifier: MIT */
/*
 * bad_answer - answers with a number that means nothing
 */
#define DECODE return 42;
#include "bad.h"
