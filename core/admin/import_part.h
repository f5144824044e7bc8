/* SPDX-License-Identifier: MIT */
/*
 * import_part - what the files of the importer share.
 */
#ifndef ADMIN_IMPORT_PART_H
#define ADMIN_IMPORT_PART_H

#include "admin/import.h"

/* Into which list of the report. */
#define IMPORT_TAKEN   "taken"
#define IMPORT_CHANGED "changed"
#define IMPORT_NOT     "not_supported"

void import_say(struct import *, const char *list, const char *fmt, ...) CP_PRINTF(3, 4);
/* The text without control characters, in the arena. */
struct cp_str import_clean(struct import *, struct cp_str);

/* import_env.c: settings and the access key; E_SYNTAX. */
int import_env(struct import *, struct cp_str text, struct err *);
/* import_config.c: families and channels. */
int import_config(struct import *, const struct tree *, int64_t wall_ms, struct err *);

struct import_family {
    const char *family;  /* "messages" */
    const char *list;    /* "upstream" */
    const char *balance; /* "loadBalance" */
    const char *current; /* "currentUpstream"; NULL: it never had one */
};
/* import_channel.c: one element of a list; false: it is no channel that could work. */
bool import_channel(struct import *, const struct import_family *, const struct tree *,
                    size_t place, const char *status, int64_t wall_ms);

#endif
