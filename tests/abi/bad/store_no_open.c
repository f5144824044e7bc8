/* SPDX-License-Identifier: MIT */
/*
 * store_no_open - nobody can open it
 */
#define STORE .open = 0
#include "bad_store.h"
