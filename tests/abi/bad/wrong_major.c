/* SPDX-License-Identifier: MIT */
/*
 * wrong_major - built for another ABI
 */
#define PLUGIN .major = 2
#include "bad.h"
