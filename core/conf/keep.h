/* SPDX-License-Identifier: MIT */
/*
 * keep - the texts that a snapshot was made of, so that an edit changes what it says and nothing else.
 *
 * An administrator saves a file before he means it to serve; half of one may stand there for a moment.  So only a
 * reload looks at the disk: an edit is laid over the texts that serve.  They may hold keys, and are wiped with the snapshot.
 */
#ifndef CONF_KEEP_H
#define CONF_KEEP_H

#include <claude-proxy/plugin.h>

struct build;
struct conf;

/* One text of a file; an absent one is kept as "it was not there". */
struct conf_text {
    struct cp_str path, text;
    struct conf_text *next;
};

/* Copies both. */
void keep_text(struct build *, struct cp_str path, struct cp_str text);
/* The text under that path, a copy in b->scratch that may be wiped; absent: none was kept. */
struct cp_str keep_find(struct build *, const struct conf *, struct cp_str path);
void keep_wipe(struct conf *);

#endif
