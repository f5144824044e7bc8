/* SPDX-License-Identifier: MIT */
/*
 * exit_in_load - ends the process it is a guest of
 */
#include <stdlib.h>

#define LOAD exit(0);
#include "bad.h"
