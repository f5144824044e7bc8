/* SPDX-License-Identifier: MIT */
/*
 * preflight - try a plugin in a forked child first.
 *
 * The child dlopens, checks, calls load() and configure(), decodes a sample, and exits; a signal or
 * five seconds of silence refuses the plugin by name, and the gateway lives.
 */
#ifndef PLUGIN_PREFLIGHT_H
#define PLUGIN_PREFLIGHT_H

#include "base/err.h"

/* 0, or E_BUG with the reason.  Call before threads exist. */
int preflight_run(int (*probe)(const char *file, struct err *), const char *file, struct err *);

#endif
