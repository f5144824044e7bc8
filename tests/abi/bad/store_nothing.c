/* SPDX-License-Identifier: MIT */
/*
 * store_nothing - it keeps nothing
 */
#define STORE .append = 0, .put = 0
#include "bad_store.h"
