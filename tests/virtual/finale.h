/* SPDX-License-Identifier: MIT */
/*
 * finale - how each history ends: everybody is left alone, and everything gets well.
 */
#ifndef TESTS_VIRTUAL_FINALE_H
#define TESTS_VIRTUAL_FINALE_H

#include "play.h"

/* All requests end; nobody is inside anywhere. */
void finale_empty(struct play *);
/* The upstreams are well, a day passes, each path is asked once: nothing of the past may be left. */
void finale_heal(struct play *);
/* All but one path are dead for good: it must be found, and soon. */
void finale_find(struct play *, struct dice *);

#endif
