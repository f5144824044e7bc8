/* SPDX-License-Identifier: MIT */
/*
 * master - the main thread: reads, listens, starts workers, then waits for signals.
 */
#ifndef MAIN_MASTER_H
#define MAIN_MASTER_H

#include <stdbool.h>

struct conf_source;

struct master_options {
    const struct conf_source *source;
    const char *plugin_dir;               /* NULL: the configuration's */
    const char *www_dir, *javascript_dir; /* the panel's files, and what it borrows */
    const char *program;                  /* its file on the disk */
    char *const *argv;                    /* as it was started: an upgrade starts it so again */
    bool is_lax; /* plugins' owner and mode are not looked at (development) */
    const char *
        port_file; /* the first listener's port is written here once it is open; NULL: nowhere */
};

/* An exit code as in sysexits.h: 71 listening, 75 state_dir is in use, 77 permission, 78 configuration; 1 anything else. */
int master_run(const struct master_options *);

#endif
