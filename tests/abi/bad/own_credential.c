/* SPDX-License-Identifier: MIT */
/*
 * own_credential - brings a key of its own
 */
#define TARGET host->add_header(head, "Authorization", (struct cp_str){ "Bearer x", 8 });
#include "bad.h"
