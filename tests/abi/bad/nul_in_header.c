/* SPDX-License-Identifier: MIT */
/*
 * nul_in_header - a header value with a NUL in it
 */
#define TARGET host->add_header(head, "x-test", (struct cp_str){ "a\0b", 3 });
#include "bad.h"
