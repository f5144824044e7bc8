/* SPDX-License-Identifier: MIT */
/*
 * endless_emit - does not care what emit() answers
 */
#define DECODE                                                                                 \
    for (;;)                                                                                   \
        host->emit(tape, &(struct cp_item){ CP_ITEM(SYSTEM), .text = body });
#include "bad.h"
