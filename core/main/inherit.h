/* SPDX-License-Identifier: MIT */
/*
 * inherit - descriptors that were open when we were started: listening sockets of systemd, or all of the process before us.
 *
 * Both come as sd_listen_fds(3) says: from 3 on, LISTEN_FDS of them, named by LISTEN_FDNAMES, for the process LISTEN_PID.
 */
#ifndef MAIN_INHERIT_H
#define MAIN_INHERIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct conf_listener;

enum { INHERIT_MOST = 24, INHERIT_NAME_BYTES = 128 };

/* Names by which a gateway hands its own to the next one. */
#define INHERIT_CORD   "claude-proxy upgrade"
#define INHERIT_LOCK   "claude-proxy lock"
#define INHERIT_STDERR "claude-proxy stderr"

struct inherit {
    struct inherited {
        int fd; /* -1: it was taken */
        char name[INHERIT_NAME_BYTES];
    } at[INHERIT_MOST];
    uint32_t n;
    bool is_handed; /* by a gateway, not by systemd */
};

/* Reads and forgets the environment's; before there are threads. */
void inherit_read(struct inherit *);
/* The one of that name, the caller's from now on; -1: there is none. */
int inherit_take(struct inherit *, const char *name);

/* How a gateway calls a listening socket. */
struct inherit_name {
    char text[INHERIT_NAME_BYTES];
};
/* address and port as configured; is_lent: it is systemd's, and stays open when we end. */
struct inherit_name inherit_listener_name(struct cp_str address, uint16_t port, bool is_lent);
struct inherit_name inherit_control_name(bool is_lent);
/*
 * The listening socket for what is configured; -1: there is none.
 *
 * came_as  what it was called: by this it is known to who handed it over, whatever the configuration calls it now
 */
int inherit_listener(struct inherit *, const struct conf_listener *, bool *is_lent,
                     struct inherit_name *came_as);
/* The listening unix socket. */
int inherit_control(struct inherit *, bool *is_lent);
/*
 * Closes what nobody has taken.
 *
 * E_CONFIG  systemd gave a listening socket that the configuration does not name: who made it meant it to be served
 */
int inherit_close(struct inherit *, struct err *);

#endif
