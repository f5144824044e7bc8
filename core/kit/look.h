/* SPDX-License-Identifier: MIT */
/*
 * look - a plugin's file from outside: what it exports, and what it wants that no plugin may do.
 */
#ifndef KIT_LOOK_H
#define KIT_LOOK_H

#include <claude-proxy/plugin.h>

struct report;

/* image: the whole file.  Two checks. */
void look_check(struct report *, struct cp_str image);

#endif
