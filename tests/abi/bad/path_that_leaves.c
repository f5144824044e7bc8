/* SPDX-License-Identifier: MIT */
/*
 * path_that_leaves - climbs out of the base URL
 */
#define TARGET host->set_path(head, "v1", "/../../admin");
#include "bad.h"
