/* SPDX-License-Identifier: MIT */
/*
 * no_end - a tape that stops in the middle, with a good conscience
 */
#define DECODE                                                                                 \
    host->emit(tape, &(struct cp_item){ CP_ITEM(START) });                                     \
    return CP_OK;
#include "bad.h"
