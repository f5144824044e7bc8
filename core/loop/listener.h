/* SPDX-License-Identifier: MIT */
/*
 * listener - accepts connections for one worker, and turns away what is too much.
 */
#ifndef LOOP_LISTENER_H
#define LOOP_LISTENER_H

#include <stdbool.h>

#include "loop/loop.h"

struct server;

struct listener {
    struct server *server;
    struct watch watch;
    struct timer again; /* after running out of descriptors */
    int spare_fd;       /* given up to accept one more, only to say no */
    int64_t log_ms;     /* when running out was last logged */
};

void listener_init(struct listener *, struct server *);
int listener_open(struct listener *);   /* 0, or E_IO with errno */
void listener_close(struct listener *); /* the listening socket stays open; twice is fine */
/* "127.0.0.1", "::1", "unix"; name holds LISTENER_PEER_BYTES. */
enum { LISTENER_PEER_BYTES = 48 };
void listener_name_peer(const void *sockaddr, char *name);

#endif
