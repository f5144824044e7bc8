/* SPDX-License-Identifier: MIT */
/*
 * steward_private - what the steward's own files share.
 */
#ifndef ADMIN_STEWARD_PRIVATE_H
#define ADMIN_STEWARD_PRIVATE_H

#include <pthread.h>

#include "admin/steward.h"

struct archive;

struct steward {
    char **
        first; /* by option, as at the start: those that only a restart changes; never written again */
    size_t first_n;
    struct steward_config config;
    pthread_mutex_t lock;    /* of changes: for as long as one takes */
    struct archive *archive; /* under lock */
    bool is_held;            /* likewise */
    pthread_mutex_t look;    /* of what follows; it is written under both locks */
    struct setup *setup;
    uint64_t version;
};

/* The whole configuration with a text in the place of managed.conf, and files as they serve (is_edit) or as they stand on the
 * disk; NULL: r tells.  With the lock, or nobody else there yet. */
struct setup *steward_build(const struct steward *, struct cp_str managed, bool is_edit,
                            const struct roster_health *, struct steward_result *);

#endif
