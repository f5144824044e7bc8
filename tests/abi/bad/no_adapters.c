/* SPDX-License-Identifier: MIT */
/*
 * no_adapters - offers nothing
 */
#define PLUGIN .adapters_n = 0
#include "bad.h"
