/* SPDX-License-Identifier: MIT */
/*
 * admin - what people and machines do to a gateway beside asking it: reload, reset, promote, restart.
 */
#ifndef TESTS_VIRTUAL_ADMIN_H
#define TESTS_VIRTUAL_ADMIN_H

#include "play.h"

void admin_reload(struct play *, struct dice *);
void admin_reset(struct play *, struct dice *);
void admin_promote(struct play *, struct dice *);
void admin_restart(struct play *, struct dice *);
void admin_forget(struct play *, struct dice *);

#endif
