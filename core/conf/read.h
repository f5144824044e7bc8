/* SPDX-License-Identifier: MIT */
/*
 * read - a configuration file's text to nodes; the only file pair that knows libconfig.
 */
#ifndef CONF_READ_H
#define CONF_READ_H

#include <claude-proxy/plugin.h>

struct arena;
struct conf_report;
struct node;

/*
 * file     for messages and the nodes' places
 * text     NUL-terminated behind its end; any bytes
 * returns  the root group in arena, or NULL after a complaint that left nothing to go on with
 * threads  one at a time: libconfig switches the locale
 */
struct node *read_text(struct arena *, struct cp_str file, struct cp_str text,
                       struct conf_report *);

#endif
