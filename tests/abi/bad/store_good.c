/* SPDX-License-Identifier: MIT */
/*
 * store_good - a store, no adapter, and nothing wrong
 */
#define STORE .title = "Good"
#include "bad_store.h"
