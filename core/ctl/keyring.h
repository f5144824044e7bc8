/* SPDX-License-Identifier: MIT */
/*
 * keyring - keys that are typed or piped in; and what keys and channels have in common: a place in an order, a test.
 */
#ifndef CTL_KEYRING_H
#define CTL_KEYRING_H

#include "ctl/ctl.h"

struct tree;

/* [{"key": ...}] of what is typed or stands on standard input, one a line; an exit code. */
int keyring_read(const char *question, struct tree **keys);

struct keyring_place {
    const char *list_target,
        *list;          /* where all are told, in their order: the answer's member */
    const char *target; /* where the new order goes */
    const char *id, *what;
};
/* To the PLACE of the command line; an exit code. */
int keyring_move(struct ctl *, const struct keyring_place *);
/* A test by POST; an exit code, which is 1 if the upstream did not answer well. */
int keyring_test(struct ctl *, const char *target);

#endif
