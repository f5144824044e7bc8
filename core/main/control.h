/* SPDX-License-Identifier: MIT */
/*
 * control - the local door: a unix socket for claude-proxyctl, on which the kernel says who asks.
 */
#ifndef MAIN_CONTROL_H
#define MAIN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct conf;
struct inherit;

struct control {
    int fd;      /* listening, non-blocking; -1: there is none */
    int64_t gid; /* of control.group; -1: there is none */
    char path[108];
    dev_t device; /* of the socket's file: another gateway's is not ours to remove */
    ino_t inode;
    bool is_inherited; /* it was open when we were started */
    bool is_lent;      /* and is systemd's: its file stays when we end */
    bool is_handed;    /* another process has it, still or by now: likewise */
};

/*
 * Before the process becomes another user: the folder may be root's.
 *
 * inherit  a socket that was open when we were started is taken, unless the configuration names another place
 * returns  0, also where the usual place cannot be had (a warning is logged); E_CONFIG, E_IO: what the configuration names
 *          cannot be
 */
int control_open(struct control *, const struct conf *, struct inherit *, struct err *);
void control_close(struct control *);

#endif
