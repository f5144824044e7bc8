/* SPDX-License-Identifier: MIT */
/*
 * print - nodes as the text of a configuration file that reads back as the same nodes.
 */
#ifndef CONF_PRINT_H
#define CONF_PRINT_H

struct buf;
struct node;

/* All that root holds, one setting a line; strings are escaped, a NODE_TEXT becomes what it looks like: a string always can. */
void print_nodes(const struct node *root, struct buf *out);

#endif
