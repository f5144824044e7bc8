/* SPDX-License-Identifier: MIT */
/*
 * print - nodes as the text of a configuration file that reads back as the same nodes.
 */
#include "conf/print.h"
