/* SPDX-License-Identifier: MIT */
/*
 * store_forgets - what it gives back is not what it was given
 */
#define FIND kept.wall_ms = 1;
#include "bad_store.h"
