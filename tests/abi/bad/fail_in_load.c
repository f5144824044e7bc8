/* SPDX-License-Identifier: MIT */
/*
 * fail_in_load - says itself that it cannot work here
 */
#define LOAD return h->fail((void *)0, CP_E_CONFIG, "no licence for this machine");
#include "bad.h"
