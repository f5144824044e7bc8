/* SPDX-License-Identifier: MIT */
/*
 * health_file - what was learned of the upstreams goes on over a restart: health.conf in the state folder.
 *
 * Nothing here keeps the gateway from starting or running: without a folder, with a broken file or a full disk it goes on,
 * and says so once.  All of it on the main thread.
 */
#ifndef MAIN_HEALTH_FILE_H
#define MAIN_HEALTH_FILE_H

#include <claude-proxy/plugin.h>

#include "state/facts.h"

enum { HEALTH_FILE_LOOK_S = 5 };

struct health_file;

/*
 * Reads the file.  A broken one is moved aside to health.conf.bad.
 *
 * facts      the tables must outlive it, and have the records of the configuration already
 * state_dir  absent: nothing is kept; made when there is something to write
 */
struct health_file *health_file_open(const struct facts *, struct cp_str state_dir);
/* Every HEALTH_FILE_LOOK_S: writes if something has changed that will hold for a while. */
void health_file_look(struct health_file *);
/* Writes a last time and frees; NULL does nothing. */
void health_file_close(struct health_file *);
/* Frees: another process writes it by now. */
void health_file_forget(struct health_file *);

#endif
