/* SPDX-License-Identifier: MIT */
/*
 * store_options_lie - it says it has an option, and has no table
 */
#define STORE .options_n = 1
#include "bad_store.h"
