/* SPDX-License-Identifier: MIT */
/*
 * files - which files are read, and reading them without being tricked.
 */
#ifndef CONF_FILES_H
#define CONF_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;
struct env;

enum { FILES_CONF_BYTES = 16 << 20, FILES_KEY_BYTES = 256 << 10 };

/* The first of the default places that is there; absent: none. */
struct cp_str files_find(struct arena *, const struct env *);
/*
 * Reads a regular file whole; a NUL follows the text.  Wipe the text if it may hold keys.
 *
 * most     bytes
 * returns  0; E_ABSENT: not there; E_IO, E_LIMIT or E_UNSUPPORTED (no regular file), told by err
 */
int files_read(struct arena *, struct cp_str path, size_t most, struct cp_str *text,
               struct err *);
/* The *.conf files of the folder conf.d beside main, in C order; a missing folder has none. */
int files_list(struct arena *, struct cp_str main, struct cp_str **files, size_t *n,
               struct err *);
/*
 * True if others can read path, or a group can that is not the one the file was given to us by
 * (owned by root, group one of ours: how a packaged daemon gets its keys; for root any group but his own).
 */
bool files_is_open(struct cp_str path);
/* The command that closes such a file and leaves it to whom it was given. */
const char *files_way_out(struct cp_str path);
/* path itself if it is absolute or where names no file, else path beside the file of where. */
struct cp_str files_beside(struct arena *, struct cp_str where, struct cp_str path);

#endif
