/* SPDX-License-Identifier: MIT */
/*
 * wrong_magic - something else that exports our symbol
 */
#define PLUGIN .magic = 0x12345678
#include "bad.h"
