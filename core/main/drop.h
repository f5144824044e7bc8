/* SPDX-License-Identifier: MIT */
/*
 * drop - become another user for good.
 */
#ifndef MAIN_DROP_H
#define MAIN_DROP_H

#include "base/err.h"

/* Empty or absent: stays who it is.  Not root: only checks that it is that user already. */
int drop_user(struct cp_str user, struct err *);

#endif
