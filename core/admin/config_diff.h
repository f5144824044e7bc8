/* SPDX-License-Identifier: MIT */
/*
 * config_diff - two texts side by side: what went, what came, as diff -u tells it.
 */
#ifndef ADMIN_CONFIG_DIFF_H
#define ADMIN_CONFIG_DIFF_H

#include <claude-proxy/plugin.h>

struct buf;

/* Nothing at all if they are the same.  from, to: what the two are called. */
void config_diff(struct cp_str a, struct cp_str b, const char *from, const char *to,
                 struct buf *out);

#endif
