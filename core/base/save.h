/* SPDX-License-Identifier: MIT */
/*
 * save - a file replaced as a whole: what is there is the old one or the new one, whatever happens.
 */
#ifndef BASE_SAVE_H
#define BASE_SAVE_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

/*
 * Makes a file beside path (mode 0600), writes, syncs, moves it to path and syncs the folder.  If any of that fails, what
 * was at path is still there, or there again, and nothing is left beside it.
 *
 * returns  0; E_LIMIT: no room (disk, quota, file size, or the name is too long); E_IO
 * threads  any; the last of two at one path wins
 */
int save_file(const char *path, struct cp_str text, struct err *);
/* Removes what killed processes have left beside path while they wrote, age_s seconds ago or earlier. */
void save_sweep(const char *path, int64_t age_s);
/* The folders that path stands in, as far as they are not there: 0700, as the XDG base directory specification has it. */
void save_make_folders(const char *path);

#endif
