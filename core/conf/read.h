/* SPDX-License-Identifier: MIT */
/*
 * read - a configuration file's text to nodes; the only file pair that knows libconfig.
 */
#ifndef CONF_READ_H
#define CONF_READ_H

#include <claude-proxy/plugin.h>

#include "base/err.h"

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
/*
 * A file that this program keeps for itself, whole.
 *
 * root     in arena; its places are "NAME:LINE", without the folder
 * returns  0; E_ABSENT, E_IO, E_LIMIT or E_UNSUPPORTED of files_read(); E_CONFIG: err has the first complaint
 */
int read_own(struct arena *, const char *path, struct node **root, struct err *);

#endif
