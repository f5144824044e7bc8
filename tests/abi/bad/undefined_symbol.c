/* SPDX-License-Identifier: MIT */
/*
 * undefined_symbol - wants a function that nobody has
 */
int nobody_has_this(void);
#define LOAD nobody_has_this();
#include "bad.h"
