/* SPDX-License-Identifier: MIT */
/*
 * newer_minor - needs what this host does not have
 */
#define PLUGIN .needs_minor = 999
#include "bad.h"
