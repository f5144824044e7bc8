/* SPDX-License-Identifier: MIT */
/*
 * same_dialect - brings one dialect twice
 */
#define PLUGIN .adapters_n = 2
#include "bad.h"
