/* SPDX-License-Identifier: MIT */
/*
 * print - nodes as the text of a configuration file that reads back as the same nodes.
 */
#ifndef CONF_PRINT_H
#define CONF_PRINT_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct buf;
struct node;

/*
 * All that root holds, one setting a line; strings are escaped.  A NODE_TEXT becomes what it looks like: an integer, true,
 * false, or a string.  Texts without NUL bytes read back as they are; a name that no file can have (print_is_name) comes out
 * so that the text is refused whole.  Passing the buffer's ceiling is remembered by it.
 */
void print_nodes(const struct node *root, struct buf *out);
/* True if a setting of a file can be called so. */
bool print_is_name(struct cp_str);

#endif
