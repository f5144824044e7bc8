/* SPDX-License-Identifier: MIT */
/*
 * bad_dialect - has a dialect that no configuration could name
 */
#define DIALECT "Bad Dialect"
#include "bad.h"
