/* SPDX-License-Identifier: MIT */
/*
 * manual - the table of options as the section OPTIONS of claude-proxy.conf(5).
 */
#ifndef CONF_MANUAL_H
#define CONF_MANUAL_H

struct buf;

/* man(7) macros, one paragraph for each row. */
void manual_write(struct buf *out);

#endif
