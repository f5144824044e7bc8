/* SPDX-License-Identifier: MIT */
/*
 * listen - listening sockets and the number of descriptors we may have.
 */
#ifndef MAIN_LISTEN_H
#define MAIN_LISTEN_H

#include <stdint.h>

#include "base/err.h"

struct conf_listener;

/* A non-blocking listening socket, or a negative code. */
int listen_open(const struct conf_listener *, struct err *);
/* Raises the soft limit to the hard one; returns what it is now. */
uint64_t listen_raise_fds(void);

#endif
