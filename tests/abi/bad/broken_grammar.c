/* SPDX-License-Identifier: MIT */
/*
 * broken_grammar - a piece of a block that was never opened
 */
#define DECODE return host->emit(tape, &(struct cp_item){ CP_ITEM(TEXT), .text = body });
#include "bad.h"
