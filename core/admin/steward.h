/* SPDX-License-Identifier: MIT */
/*
 * steward - changes the configuration: one change at a time, checked whole before anything is written, written before it serves.
 *
 * There are two owners.  The administrator's files (claude-proxy.conf, conf.d) are read and never written.  What is changed
 * through the API stands in state_dir/managed.conf, which is ours: channels, client keys, families, switches and settings that
 * no file says.  An edit changes a copy of its tree; the whole configuration with the copy in it is built and set up as a
 * reload would; only if nothing is wrong is the file replaced (temporary file, fsync, rename, fsync of the folder) and the
 * new snapshot published.  A failure anywhere leaves file, memory and traffic as they were.
 *
 * An edit is laid over the files as they serve; what stands on the disk by now is for a reload.
 * Reloads (SIGHUP, the API) and edits wait for each other, so no update is lost.  Functions block on disks: not on a
 * worker's thread.  state_dir is locked (flock) for the process's life: a second gateway on it is refused.
 */
#ifndef ADMIN_STEWARD_H
#define ADMIN_STEWARD_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct arena;
struct buf;
struct conf;
struct conf_report;
struct conf_source;
struct news;
struct node;
struct numbers;
struct registry;
struct roster_health;
struct setup;
struct steward;

enum { STEWARD_KEPT = 10 }; /* generations of managed.conf besides the current one */

struct steward_config {
    const struct conf_source
        *source; /* lent for its life; .managed and .before are the steward's */
    const struct roster_health *health;
    /*
     * What the folder of plugins has now, for a configuration that was read anew; report is told what is wrong.
     *
     * returns  a reference, also if nothing is different; NULL: nothing is to change.  NULL as a function: never another one
     */
    struct registry *(*rescan)(void *ctx, const struct conf *, struct registry *now,
                               struct conf_report *);
    /* A new snapshot: to be handed to the workers.  Called with the steward's lock held, in the order of changes. */
    void (*publish)(void *ctx, struct setup *);
    /* A reload went well: what else was read from disks is to be read anew.  NULL: nothing.  With the lock held. */
    void (*reloaded)(void *ctx);
    void *ctx;
    struct news *news;       /* lent; is told of each change that serves; NULL: nobody */
    struct numbers *numbers; /* lent; counts what was saved and reloaded; NULL: nobody does */
    int lock_fd; /* the folder's lock as the process before had it, taken; 0 or less: there was none */
};

/*
 * Takes over a snapshot that was read by main at start (its reference) and locks its state_dir.
 *
 * A managed.conf that is damaged is put aside, and the newest generation that is good takes its place.
 *
 * E_AGAIN  another process has the folder's lock; the snapshot stays the caller's
 */
int steward_open(struct steward **, const struct steward_config *, struct setup *,
                 struct err *);
void steward_close(struct steward *);
int steward_lock_fd(const struct steward *); /* lent; -1: none */
/*
 * Another process is about to take over: waits for the change at hand; from then on changes and reloads are refused with
 * E_AGAIN, until they are not held any more.
 */
void steward_hold(struct steward *, bool is_held);
/* The newest; a reference of the caller's. */
struct setup *steward_setup(struct steward *);
/* Counts up with every change that serves; ETags are made of it where the whole configuration is meant. */
uint64_t steward_version(struct steward *);

/*
 * Names of options whose value now is another than at the start, while what was said then goes on: a restart takes them up.
 *
 * names    room for most; lent by the table
 * returns  how many
 */
size_t steward_waiting(const struct steward *, const struct conf *now, struct cp_str *names,
                       size_t most);

/* What a change came to. */
struct steward_result {
    struct buf *report;  /* the caller's: lines "WHERE: error: ..." and warnings */
    uint64_t version;    /* that serves now */
    uint64_t generation; /* of managed.conf; 0: there is none */
    uint32_t errors, warnings;
};

struct steward_edit {
    /*
     * Changes root in place: the tree of managed.conf (an empty group if there is none).  said: the tree of everything
     * that is said now, secrets masked (struct conf.said).  May run once only, under the lock: it is the place to compare an
     * If-Match.
     *
     * returns  0; E_ABSENT (404), E_AGAIN (409: it changed meanwhile), E_DENIED (409: a file says it), E_CONFIG (422):
     *          nothing happens
     */
    int (*change)(void *ctx, struct node *root, const struct node *said, struct arena *,
                  struct err *);
    void *ctx;
    struct cp_str who, what; /* for the history: "uid 0", "channel openai-1: priority" */
    bool is_quiet;           /* no generation is kept for it: order of keys, switches */
    bool is_dry;             /* checked, and nothing more */
};

/* 0; what change() said; E_CONFIG: the result would be wrong; E_LIMIT: the disk is full; E_IO. */
int steward_edit(struct steward *, const struct steward_edit *, struct steward_result *,
                 struct err *);
/* Reads all files anew.  0 or E_CONFIG. */
int steward_reload(struct steward *, struct steward_result *, struct err *);
/* What a reload would say, with text in the place of managed.conf (absent: as it is). */
int steward_test(struct steward *, struct cp_str managed, struct steward_result *,
                 struct err *);

struct steward_generation {
    uint64_t number;
    int64_t wall_ms;
    struct cp_str who, what;
    bool is_current;
};
/* Newest first; strings in the arena. */
int steward_history(struct steward *, struct arena *, struct steward_generation **, size_t *n,
                    struct err *);
/* Its text with secrets masked; 0: the current one. */
int steward_text(struct steward *, uint64_t number, struct arena *, struct cp_str *text,
                 struct err *);
/* Goes back to it, as a change of its own that is kept in the history. */
int steward_restore(struct steward *, uint64_t number, struct cp_str who,
                    struct steward_result *, struct err *);

#endif
