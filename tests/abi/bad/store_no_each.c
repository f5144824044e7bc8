/* SPDX-License-Identifier: MIT */
/*
 * store_no_each - it takes things and gives none back
 */
#define STORE .each = 0
#include "bad_store.h"
