/* SPDX-License-Identifier: MIT */
/*
 * bad_name - has a name that would break the breadcrumb file
 */
#define PLUGIN .name = "two words"
#include "bad.h"
