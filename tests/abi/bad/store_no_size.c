/* SPDX-License-Identifier: MIT */
/*
 * store_no_size - its records do not say how long they are
 */
#define FIND kept.size = 0;
#include "bad_store.h"
