/* SPDX-License-Identifier: MIT */
/*
 * panel_private - what the panel's files share; nobody else includes it.
 *
 *   panel.c        answers
 *   panel_read.c   from the disk into memory
 */
#ifndef ADMIN_PANEL_PRIVATE_H
#define ADMIN_PANEL_PRIVATE_H

#include <stdatomic.h>
#include <stddef.h>

#include "admin/panel.h"

struct buf;
struct map;

enum { PANEL_TAG_CHARS = 32, PANEL_FILES = 1000 };

struct panel_file {
    char *name;       /* heap: "lib/signal.js" */
    const char *type; /* Content-Type */
    char *bytes;      /* heap; as gzip if that is smaller */
    size_t n, plain_n;
    bool is_packed;
    char tag[PANEL_TAG_CHARS + 1]; /* of the plain bytes */
};

struct panel {
    atomic_uint refs;
    struct panel_file *files; /* by name */
    size_t files_n;
    struct map *by_name;           /* all but the page */
    const struct panel_file *page; /* with the version in it */
    char version[PANEL_VERSION_CHARS + 1];
};

/* The plain bytes; out: room for plain_n. */
void panel_unpack(const struct panel_file *, struct buf *out);

#endif
