/* SPDX-License-Identifier: MIT */
/*
 * tree - a JSON value as a tree, for the control plane; the only file pair that knows json-c.
 */
#include "json/tree.h"
