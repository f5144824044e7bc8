/* SPDX-License-Identifier: MIT */
/*
 * tap - a report in TAP as one JSON object, for programs.
 */
#ifndef KIT_TAP_H
#define KIT_TAP_H

#include <claude-proxy/plugin.h>

struct buf;

/*
 * {"file", "ok", "checks", "failed", "skipped", "results": [{"name", "ok", "skipped": why, "notes": [line]}]}
 *
 * Of a report that has no plan at its end the last result says so, and the notes that belong to nothing are its.
 * returns  0; E_LIMIT: out has no room for it
 */
int tap_to_json(struct cp_str tap, const char *file, struct buf *out);
/* Runs it in a child and prints what it reported as JSON.  0: all is well; 1: something is not, or it did not come to its end. */
int tap_run(int (*run)(const void *plan), const void *plan, const char *file);

#endif
