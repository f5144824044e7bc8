/* SPDX-License-Identifier: MIT */
/*
 * facts - everything the scheduler has learned, one by one, in a form that can be written down, read back, or told to
 * another gateway.
 *
 * A fact is a name, a few words, and the wall time until which it holds.  The tables (vitals, marks) are where
 * facts live and are asked for at memory speed; this is the door through which a store keeps them: the file
 * of this process today (facts_file.c), a shared store between gateways tomorrow.  Nothing is called back while a
 * lock is held.
 */
#ifndef STATE_FACTS_H
#define STATE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "base/err.h"
#include "state/cooldown.h"

struct buf;
struct map;
struct marks;
struct parcel;
struct vitals_table;

enum fact_kind {
    FACT_COOLDOWN = 1, /* owner: a record's name */
    FACT_BREAKER = 2,  /* owner: a record's name: open until */
    FACT_DEMOTED = 3,  /* owner: a key's name; until: 0, it has no end of its own */
    FACT_MODEL = 4,    /* marks.h */
    FACT_REFUSED = 5,
    FACT_PROMOTED = 6
};

struct fact {
    enum fact_kind kind;
    struct cp_str owner, detail;
    int64_t until_wall_ms, since_wall_ms;
    struct cooldown_cause cause;
};

/* Where the facts of a process live. */
struct facts {
    struct vitals_table *vitals;
    struct marks *marks;
};

/* Everything that holds now. */
void facts_each(const struct facts *, int64_t now_ms, int64_t wall_ms,
                void (*fn)(void *ctx, const struct fact *), void *ctx);
/*
 * Takes over what somebody else knows.  What is over, or belongs to nobody here, is left; what would hold for longer than
 * COOLDOWN_HARD_MS (what was refused, and promotions: eight days) is cut to that.
 */
void facts_apply(const struct facts *, const struct fact *, int64_t now_ms, int64_t wall_ms);

/*
 * Those that hold now as parcels, for another process: facts_pack.c.
 *
 * known    what was told already is left out; what is told is put in, and is the caller's to free
 */
void facts_pack(const struct facts *, struct map *known, int64_t now_ms, int64_t wall_ms,
                struct buf *out);
/* Applies one.  False: a parcel of another kind. */
bool facts_unpack(const struct facts *, const struct parcel *, int64_t now_ms, int64_t wall_ms);

/* ---- the file ---- */

/* libconfig text, 0600, by temporary file, fsync, rename, fsync of the folder.  0, or err says what failed. */
int facts_save(const struct facts *, const char *path, struct err *);
/* Removes what was left beside the file by a process that was killed a minute ago or earlier, while it was writing. */
void facts_sweep(const char *path);
/*
 * A file that is not there is no error; one that cannot be read is, and nothing of it is taken.  After the records were
 * made: facts of others are left.  One thread at a time, like all that reads configuration.
 */
int facts_load(const struct facts *, const char *path, struct err *);

#endif
