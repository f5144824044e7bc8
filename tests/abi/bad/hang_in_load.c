/* SPDX-License-Identifier: MIT */
/*
 * hang_in_load - never comes back from load()
 */
#include <unistd.h>

#define LOAD                                                                                   \
    for (;;)                                                                                   \
        pause();
#include "bad.h"
