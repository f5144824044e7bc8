/* SPDX-License-Identifier: MIT */
/*
 * purse_file - what client keys have spent, as text of libconfig.
 */
#ifndef STATE_PURSE_FILE_H
#define STATE_PURSE_FILE_H

#include "base/err.h"

struct buf;
struct purse_table;

/* Never fails but by buf's ceiling. */
void purse_file_write(struct purse_table *, struct buf *out);
/*
 * Adds what path says, all of it or nothing.
 *
 * returns  0, also if there is no file; E_IO, E_LIMIT or E_CONFIG: it cannot be used, and err says why
 */
int purse_file_load(struct purse_table *, const char *path, struct err *);

#endif
