/* SPDX-License-Identifier: MIT */
/*
 * report - what the checks of the kit for authors found, as TAP.
 *
 * TAP (source: testanything.org, version 13, 2026-11-23), because an author's test runner reads it, and people do, too.
 */
#ifndef KIT_REPORT_H
#define KIT_REPORT_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

/* Zeroed: nothing was checked yet.  Prints to standard output as it goes. */
struct report {
    int checks, failed, skipped;
};

/* One check.  Returns is_good. */
bool report_tell(struct report *, bool is_good, const char *fmt, ...) CP_PRINTF(3, 4);
/* One that could not be made here, and why. */
void report_skip(struct report *, const char *what, const char *why);
/* A line that explains the check that is told next; line feeds in it are kept as lines of their own. */
void report_note(const char *fmt, ...) CP_PRINTF(1, 2);
/* The plan, and a last line for people.  0 if all is well, else 1. */
int report_end(const struct report *);

#endif
