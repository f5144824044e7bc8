/* SPDX-License-Identifier: MIT */
/*
 * good - nothing is wrong with it: the shelf itself is tested
 */
#include "bad.h"
