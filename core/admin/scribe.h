/* SPDX-License-Identifier: MIT */
/*
 * scribe - the thread behind the requests: it takes their records from the diary and tells the census, the numbers, the
 * news and the store.
 *
 * The store is whatever plugin the configuration names (history.store), or none.  What it does not take is offered again
 * for a while, bounded, and then lost and counted: a locked, full, slow or removed database costs history, never a request.
 * Old records go in small steps between the batches.  Things (kept answers, homes of conversations) are written behind,
 * too, and told again at the start.
 */
#ifndef ADMIN_SCRIBE_H
#define ADMIN_SCRIBE_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/store.h>

#include "base/err.h"

struct affinity_table;
struct census;
struct conf;
struct diary;
struct news;
struct numbers;
struct purse_table;
struct registry;
struct scribe;
struct store;
struct store_limits;

struct scribe_config {
    struct registry *registry; /* where stores are found; it takes its own reference */
    struct diary *diary;
    struct census *census;
    struct numbers *numbers;
    struct news *news;
    struct purse_table *purses;
    struct affinity_table *homes, *seals;
    bool
        has_memories; /* another process has told what was kept: nobody waits for the store to tell it */
};

/* Opens the store that conf names and starts the thread.  A store that cannot be opened is a warning: history is off until
 * it can.  Returns 0, or E_IO: no thread. */
int scribe_open(struct scribe **, const struct scribe_config *, const struct conf *,
                struct err *);
/* Another snapshot serves: retention, intervals, another store, or the same of another file.  Any thread. */
void scribe_set_conf(struct scribe *, const struct conf *, struct registry *);
/* Writes what is waiting, for so long at most.  False: the store does not come back from a call; then nothing that the scribe was
 * given may be freed, nor the plugin unloaded.  NULL, and who has stopped: true. */
bool scribe_stop(struct scribe *, int64_t most_ms);
/*
 * Another process is about to take over: writes what is waiting, closes the store, and touches neither store nor diary until
 * scribe_go_on().  False: that took longer than most_ms; it parks as soon as it can.
 */
bool scribe_park(struct scribe *, int64_t most_ms);
void scribe_go_on(struct scribe *);
/* Stops it, and frees it if that could be done. */
void scribe_close(struct scribe *, int64_t most_ms);

/*
 * The store that keeps answers over a restart: memory in front, the scribe's store behind.  Waits a second or so for what was
 * kept.
 *
 * memory  becomes the result's, and goes with it; it was made with the same limits
 * bucket  "answers"
 * life    freed after the workers, before or after scribe_close()
 */
struct store *scribe_store(struct scribe *, struct store *memory, const struct store_limits *,
                           const char *bucket);

/* For handlers on the pool: the store opened for reading, one reader at a time.  E_ABSENT: there is no history. */
int scribe_find(struct scribe *, const struct cp_filter *, struct cp_str after, uint32_t n,
                int (*row)(void *ctx, const struct cp_record *), void *ctx, struct err *);
int scribe_sum(struct scribe *, const struct cp_filter *, uint32_t by, int64_t step_ms,
               int (*row)(void *ctx, const struct cp_sum *), void *ctx, struct err *);
/* Adds records of another program's history, behind what is waiting. */
int scribe_import(struct scribe *, const struct cp_record *, uint32_t n, struct err *);

struct scribe_state {
    const char *store; /* its name; NULL: none */
    bool is_failing;
    char why[200];                   /* the last failure */
    uint64_t written, waiting, lost; /* records */
    int64_t records, bytes;          /* of the store, as last measured; -1: unknown */
    int64_t written_wall_ms;         /* when last */
};
void scribe_look(struct scribe *, struct scribe_state *);

#endif
