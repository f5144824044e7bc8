/* SPDX-License-Identifier: MIT */
/*
 * breadcrumb - who is running: a note per thread, read by the crash handler and by the next start.
 */
#ifndef PLUGIN_BREADCRUMB_H
#define PLUGIN_BREADCRUMB_H

#include <stdatomic.h>
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

/* The same for another thread to look at: a hook that does not come back is seen by its turn standing still. */
struct breadcrumb_slot {
    _Atomic bool is_taken;
    _Atomic(const char *) plugin, hook; /* plugin NULL: none is running */
    _Atomic uint64_t turn;              /* counts calls */
};

extern _Thread_local struct breadcrumb_slot *breadcrumb_mine; /* NULL: nobody looks */

static inline void breadcrumb_enter(const char *plugin, const char *hook)
{
    struct breadcrumb_slot *s = breadcrumb_mine;
    if (!s)
        return;
    atomic_store_explicit(&s->hook, hook, memory_order_relaxed);
    atomic_store_explicit(&s->plugin, plugin, memory_order_relaxed);
    atomic_store_explicit(&s->turn, atomic_load_explicit(&s->turn, memory_order_relaxed) + 1,
                          memory_order_release);
}

static inline void breadcrumb_leave(void)
{
    if (breadcrumb_mine)
        atomic_store_explicit(&breadcrumb_mine->plugin, NULL, memory_order_relaxed);
}

/*
 * Tells of each hook that was running at the last look, too, a second ago or more, once a minute for each thread.  One thread
 * looks, the one that unloads plugins: their names stay while it tells.
 */
void breadcrumb_look(int64_t now_ms,
                     void (*tell)(void *ctx, const char *plugin, const char *hook,
                                  int64_t least_ms),
                     void *ctx);

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
