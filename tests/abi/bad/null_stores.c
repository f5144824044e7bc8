/* SPDX-License-Identifier: MIT */
/*
 * null_stores - it says it has one, and has no array
 */
#define PLUGIN .stores = 0
#include "bad_store.h"
