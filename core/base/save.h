/* SPDX-License-Identifier: MIT */
/*
 * save - a file replaced as a whole: what is there is the old one or the new one, whatever happens.
 */
#ifndef BASE_SAVE_H
#define BASE_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

/*
 * Whether path may be replaced or moved: it is a file, or nothing is there.  A device, a pipe, a folder or a link to one of
 * them stays what it is: whoever runs as root and names /dev/null keeps it.
 */
bool save_is_file(const char *path);
/* Moves what is at path to another name.  0; E_IO: it could not, or is no file. */
int save_set_aside(const char *path, const char *to, struct err *err);
/*
 * Makes a file beside path (mode 0600), writes, syncs, moves it to path and syncs the folder.  If any of that fails, what
 * was at path is still there, or there again, and nothing is left beside it.
 *
 * returns  0; E_LIMIT: no room (disk, quota, file size, or the name is too long); E_IO, also where !save_is_file()
 * threads  any; the last of two at one path wins
 */
int save_file(const char *path, struct cp_str text, struct err *);
/* Removes what killed processes have left beside path while they wrote, age_s seconds ago or earlier. */
void save_sweep(const char *path, int64_t age_s);
/* The folders that path stands in, as far as they are not there: 0700, as the XDG base directory specification has it. */
void save_make_folders(const char *path);

#endif
