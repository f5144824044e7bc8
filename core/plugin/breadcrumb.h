/* SPDX-License-Identifier: MIT */
/*
 * breadcrumb - who is running: a note per thread, read by the crash handler and by the next start.
 */
#ifndef PLUGIN_BREADCRUMB_H
#define PLUGIN_BREADCRUMB_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct err;

struct breadcrumb {
    const char *plugin;  /* NULL: no plugin is running */
    const char *hook;    /* "decode" */
    struct cp_str trace; /* of the request */
    struct err *err;     /* where fail() puts its words when it has no call; or NULL */
};

/* Set around every hook (guard.c); no lock, no call: two moves of a few words. */
extern _Thread_local struct breadcrumb breadcrumb_now;

static inline struct breadcrumb breadcrumb_swap(struct breadcrumb next)
{
    struct breadcrumb before = breadcrumb_now;
    breadcrumb_now = next;
    return before;
}

/*
 * Handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT; what handled them before gets its turn
 * afterwards.  file NULL: only stderr.  0 or E_IO.
 */
int breadcrumb_install(const char *file);
/* In every thread that runs hooks: a stack for the handler, so that an overflow is told too. */
void breadcrumb_thread(void);
/* For a forked child whose crash is its parent's business: nothing is written to the file any more. */
void breadcrumb_close(void);
/* How often the file names the plugin since wall_s (seconds since the epoch). */
int breadcrumb_count(const char *file, struct cp_str plugin, int64_t since_s);

#endif
