/* SPDX-License-Identifier: MIT */
/*
 * store_bad_answer - a number that means nothing
 */
#define FIND return 5;
#include "bad_store.h"
