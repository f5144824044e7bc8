/* SPDX-License-Identifier: MIT */
/*
 * null_adapters - promises adapters and has none
 */
#define PLUGIN .adapters = (void *)0
#include "bad.h"
