/* SPDX-License-Identifier: MIT */
/*
 * scribe_private - what the scribe's files share: its thread's desk, what waits on it, and who reads beside it.
 */
#ifndef ADMIN_SCRIBE_PRIVATE_H
#define ADMIN_SCRIBE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "admin/scribe.h"
#include "base/list.h"

struct depot;
struct diary_entry;
struct vault;

enum {
    SCRIBE_BATCH = 1000, /* records or things in one transaction */
    SCRIBE_BATCH_BYTES = 8 << 20,
    SCRIBE_MOST = 50000, /* records that wait for a store that takes none */
    SCRIBE_MOST_BYTES = 64 << 20,
    SCRIBE_THINGS_BYTES = 64 << 20,
    SCRIBE_PAUSE_MS = 250, /* after the first failure; doubles */
    SCRIBE_PAUSE_MOST_MS = 15 * 1000,
    SCRIBE_IMPORT_MOST = 20000 /* records of an import that wait */
};

/* A thing on its way to the store, with its texts behind it. */
struct scribe_thing {
    struct link link;
    struct cp_thing is;
    size_t bytes;
};

/* A memory whose content outlives the process: scribe_store.c. */
struct mirror;

/* A table of homes: scribe_homes.c. */
enum { HOMES_PARTS = 64 };
struct homes {
    struct affinity_table *table;
    const char *bucket;
    bool is_told;
    uint64_t written[HOMES_PARTS]; /* hashes of what is in the store */
};

struct scribe {
    struct scribe_config with;
    bool is_stopped;         /* its thread was joined */
    struct diary *own_diary; /* when none was given; NULL */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t told;

    /* under the lock */
    struct conf *conf;
    struct registry *registry;
    const struct depot
        *open_depot; /* whose store may be opened; the thread has its reference */
    char open_dir[1024];
    bool is_closing;
    int64_t close_by_ms;
    bool is_to_park, is_parked;
    struct link imports;
    uint32_t imports_n;
    struct link things; /* struct scribe_thing */
    size_t things_bytes;
    uint64_t things_lost;
    struct mirror *mirrors;
    bool is_told; /* the thread has looked at the store once, however that went */
    struct scribe_state state;
    char state_store[64]; /* state.store */

    /* the thread's */
    struct conf *now;
    struct vault *vault;
    const struct depot *depot; /* a reference; NULL: no store */
    char dir[1024];
    struct link waiting; /* struct diary_entry, oldest first */
    uint32_t waiting_n;
    size_t waiting_bytes;
    int64_t flush_ms, retry_ms, pause_ms; /* when; when; how long */
    int64_t retain_ms, homes_ms;          /* when next */
    bool is_failing, is_census_told, has_more;
    bool has_imported;            /* records that the census has not been told of */
    uint32_t times_left, times_n; /* records to tell the census times of; told at this turn */
    int64_t times_ms;             /* older than that */
    char times_id[256];           /* and behind this one; "": none yet */
    struct homes homes[2];
    int64_t started_wall_ms;

    /* readers' */
    pthread_mutex_t reading;
    struct vault *reader;
};

/* scribe_desk.c: writing. */
void desk_conf(struct scribe *, const struct registry *); /* the snapshot at hand has changed */
void desk_take(struct scribe *, int64_t wait_ms);
bool desk_write(struct scribe *);  /* all that waits, if it may; true: nothing waits any more */
void desk_retain(struct scribe *); /* one small step */
void desk_close(struct scribe *);
void desk_drop(struct scribe *);    /* what still waits */
bool desk_is_open(struct scribe *); /* opens it, if it is time to */
void desk_failed(struct scribe *, const struct err *);
int64_t desk_keep_ms(struct scribe *);

/* scribe_told.c: what is told again at a start. */
void told_all(struct scribe *);
/* The census anew from the store, once all of an import is in it. */
void told_imports(struct scribe *);

/* scribe_store.c */
bool mirrors_wait(struct scribe *); /* some have not been told what was kept */
void mirrors_tell(struct scribe *);
bool mirrors_prune(struct scribe *); /* true: there is more to do */
void mirrors_free(struct scribe *);
/* Copies; bounded: what is too much is lost and counted. */
void things_add(struct scribe *, const struct cp_thing *);
bool things_write(struct scribe *); /* true: nothing waits any more */
void things_drop(struct scribe *);

/* scribe_homes.c */
void homes_tell(struct scribe *, struct homes *);
/* Hands the parts that have changed to things_add(). */
void homes_write(struct scribe *, struct homes *);

/* scribe_read.c */
void reader_close(struct scribe *);

#endif
