/* SPDX-License-Identifier: MIT */
/*
 * panel - the files of the web panel, read once, and served out of memory.
 *
 * The page stands at "/", everything that it loads at "/panel/VERSION/NAME", where VERSION is made of all files: a browser keeps
 * those for ever, and a page never meets a file of another version.  What is served is what was read: a request's path is looked
 * up among the names that are there, and no path of a file is ever made of it.
 *
 * A snapshot never changes; a reload makes another one.  Workers hold references.
 */
#ifndef ADMIN_PANEL_H
#define ADMIN_PANEL_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct panel;
struct request;

enum { PANEL_VERSION_CHARS = 16 };

struct panel_folders {
    const char *www;        /* our own files, index.html among them */
    const char *javascript; /* where the distribution has Chart.js and SortableJS */
};

/*
 * Blocks on disks.  What is left out, and why, goes to the log.
 *
 * returns  NULL if there is no index.html
 */
struct panel *panel_read(const struct panel_folders *);
struct panel *panel_ref(struct panel *); /* NULL is fine */
void panel_unref(struct panel *);

/* Of all files together: "0123456789abcdef". */
const char *panel_version(const struct panel *);

/* "/", "/index.html", "/panel" and all below it. */
bool panel_is_path(struct cp_str path);
/* Of a path that is the panel's; it is answered at once. */
void panel_answer(const struct panel *, struct request *);
/* An Accept-Encoding that lets us send gzip; absent: it does not. */
bool panel_takes_gzip(struct cp_str accept_encoding);

#endif
