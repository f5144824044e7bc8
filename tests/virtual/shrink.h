/* SPDX-License-Identifier: MIT */
/*
 * shrink - a broken history made as short as it can be while the same is broken.
 */
#ifndef TESTS_VIRTUAL_SHRINK_H
#define TESTS_VIRTUAL_SHRINK_H

#include "play.h"

/* Switches events off. */
void shrink(struct play *, struct script *);
/* "3,7,12\n": the events that are left. */
void shrink_print(const struct script *);
/* Only these; false: no such list. */
bool shrink_keep(struct script *, const char *list);

#endif
