/* SPDX-License-Identifier: MIT */
/*
 * spawn - the program on the disk as a child, with descriptors and without anything else of ours.
 */
#ifndef MAIN_SPAWN_H
#define MAIN_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "main/inherit.h"

struct spawn {
    const char *file;      /* path of the program */
    char *const *argv;     /* as we were started */
    int fds[INHERIT_MOST]; /* lent: the child has them from 3 on */
    struct inherit_name names[INHERIT_MOST];
    uint32_t n;
    int stderr_fd; /* lent: its standard error */
};

void spawn_add(struct spawn *, int fd, const struct inherit_name *);
/* The child's number; E_IO.  That the program cannot be run it says itself, with exit code 127. */
pid_t spawn_start(const struct spawn *, struct err *);

#endif
