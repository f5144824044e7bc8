/* SPDX-License-Identifier: MIT */
/*
 * preflight - try a plugin in another process first.
 *
 * The child dlopens, checks, calls load() and configure(), tries its hooks on a sample, and exits; a signal or
 * five seconds of silence refuses the plugin by name, and the gateway lives.
 */
#ifndef PLUGIN_PREFLIGHT_H
#define PLUGIN_PREFLIGHT_H

#include "base/err.h"

struct adapter;
struct depot;

/* 0, what probe said, or E_BUG: it crashed, exited or hung.  Only where no other threads run. */
int preflight_run(int (*probe)(const char *file, struct err *), const char *file,
                  int timeout_ms, struct err *);
/* The same in another process of the same program, for where threads run: "PROGRAM plugin preflight FILE". */
int preflight_spawn(const char *program, const char *file, int timeout_ms, struct err *);
/* What that process does: probes, tells on the descriptor, ends. */
_Noreturn void preflight_child(int (*probe)(const char *file, struct err *), const char *file,
                               int fd);
/* The sample: every hook once, with little in its hands.  Only E_BUG counts; runs in the child. */
int preflight_sample(const struct adapter *, struct err *);
/* The same for a store, in a folder of its own below /tmp: preflight_store.c. */
int preflight_sample_store(const struct depot *, struct err *);

#endif
