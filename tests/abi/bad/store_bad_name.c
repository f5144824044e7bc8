/* SPDX-License-Identifier: MIT */
/*
 * store_bad_name - a name with a capital
 */
#define STORE .name = "Bad"
#include "bad_store.h"
