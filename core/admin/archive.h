/* SPDX-License-Identifier: MIT */
/*
 * archive - managed.conf on the disk: the current text, the generations before it, and the lock of their folder.
 *
 * The current text is held in memory, too, and both are always the same: a text is current when it is on the disk, not
 * earlier.  Each file ends with the group managed = { version; generation; when; who; what; sum; }, so a file that was
 * cut short is known by what it lacks.  A generation is kept from the moment it is current; the files are small.
 * Not locked in itself: one thread at a time.
 */
#ifndef ADMIN_ARCHIVE_H
#define ADMIN_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"

struct archive;
struct arena;
struct buf;
struct node;

/* What a file says of itself. */
struct archive_note {
    uint64_t generation; /* 0: nothing was ever written */
    int64_t wall_ms;
    struct cp_str who, what;
    bool is_changed; /* since it was written, by somebody else */
};

/*
 * Locks the folder until the archive is closed, makes it if it must, and sweeps it.
 *
 * state_dir  absent: nothing can be written, which is said when it is tried
 * lock_fd    a lock that was handed over, taken; 0 or less: none.  Where it is of another folder it is given up
 * returns    0, or E_AGAIN: another process has it
 */
int archive_open(struct archive **, struct cp_str state_dir, int lock_fd, struct err *);
void archive_close(struct archive *);
int archive_lock_fd(const struct archive *); /* lent; -1: there is none */
/* What is current; lent until the next archive_put() or archive_load(); "" if there is none. */
struct cp_str archive_text(const struct archive *);
const struct archive_note *archive_note(const struct archive *);

/* Reads the file of a generation, 0: managed.conf.  E_ABSENT, or what files_read() says.  The text is in the arena. */
int archive_read(const struct archive *, uint64_t generation, struct arena *,
                 struct cp_str *text, struct err *);
/* The text becomes the current one, as if it had been written by archive_put(). */
void archive_load(struct archive *, struct cp_str text);
/* Somebody else has changed or removed managed.conf since we read or wrote it. */
bool archive_is_stale(const struct archive *);
/*
 * Splits a text into the tree of its settings and what it says of itself.  NULL after complaints in said, which may be
 * NULL.  In the arena; wipe the tree.
 */
struct node *archive_parse(struct arena *, struct cp_str text, struct archive_note *,
                           struct buf *said);
/* The text of a file: the settings and the note. */
void archive_compose(const struct node *root, const struct archive_note *, struct buf *out);
/* What the next generation is called: above all there ever were. */
uint64_t archive_next(const struct archive *);
/*
 * Writes a composed text as the current one, and keeps it as its generation unless is_quiet.  The disk is as it was if it
 * fails.
 *
 * returns  0, E_LIMIT or E_IO
 */
int archive_put(struct archive *, struct cp_str text, uint64_t generation, bool is_quiet,
                struct err *);
/* Moves managed.conf out of the way, to a name that says when.  0 or E_IO; name: where to. */
int archive_set_aside(struct archive *, struct arena *, struct cp_str *name, struct err *);
/* What is kept, newest first, in the arena. */
void archive_list(const struct archive *, struct arena *, struct archive_note **, size_t *n);

#endif
