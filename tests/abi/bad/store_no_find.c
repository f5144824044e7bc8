/* SPDX-License-Identifier: MIT */
/*
 * store_no_find - it takes history and gives none back
 */
#define STORE .find = 0
#include "bad_store.h"
