/* SPDX-License-Identifier: MIT */
/*
 * symbols - the dynamic symbols of a shared object, read from its bytes: nothing of it runs.
 */
#ifndef KIT_SYMBOLS_H
#define KIT_SYMBOLS_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

/*
 * Calls each() for every symbol of the dynamic symbol table that has a name.
 *
 * image    the whole file; may be anything
 * returns  0; E_SYNTAX: it is no shared object of this machine's kind, or it is cut off
 */
int symbols_read(struct cp_str image,
                 void (*each)(void *ctx, const char *name, bool is_defined), void *ctx,
                 struct err *);

#endif
