/* SPDX-License-Identifier: MIT */
/*
 * store_twice - the same store twice
 */
#define PLUGIN .stores_n = 2
#include "bad_store.h"
