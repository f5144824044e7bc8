/* SPDX-License-Identifier: MIT */
/*
 * bad_item - an item that does not say how large it is
 */
#define DECODE                                                                                 \
    host->emit(tape, &(struct cp_item){ .kind = CP_START });                                   \
    return CP_OK;
#include "bad.h"
