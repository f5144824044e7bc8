/* SPDX-License-Identifier: MIT */
/*
 * store_size_8 - a struct that is too small
 */
#define STORE .size = 8
#include "bad_store.h"
