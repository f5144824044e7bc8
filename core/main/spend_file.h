/* SPDX-License-Identifier: MIT */
/*
 * spend_file - what client keys have spent goes on over a restart: spend.conf in the state folder.
 *
 * Nothing here keeps the gateway from starting or running: without a folder, with a broken file or a full disk it goes on,
 * and says so once.  All of it on the main thread.
 */
#ifndef MAIN_SPEND_FILE_H
#define MAIN_SPEND_FILE_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

enum { SPEND_FILE_LOOK_S = 2 };

struct purse_table;
struct spend_file;

/*
 * Reads the file.  A broken one is moved aside to spend.conf.bad.
 *
 * state_dir  absent: nothing is kept
 * is_known   the purses have what it says already: it is not read
 */
struct spend_file *spend_file_open(struct purse_table *, struct cp_str state_dir,
                                   bool is_known);
/* Every SPEND_FILE_LOOK_S: writes if anything was spent.  That much a crash may lose. */
void spend_file_look(struct spend_file *);
/* Writes a last time and frees; NULL does nothing. */
void spend_file_close(struct spend_file *);
/* Frees: another process writes it by now. */
void spend_file_forget(struct spend_file *);

#endif
