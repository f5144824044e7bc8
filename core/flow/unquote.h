/* SPDX-License-Identifier: MIT */
/*
 * unquote - an error without what it only repeats of the request.
 *
 * Errors quote the names and values that they complain of, and those are the client's own words.  A member named
 * "invalid api key" must not cost a key its place.
 */
#ifndef FLOW_UNQUOTE_H
#define FLOW_UNQUOTE_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct arena;
struct unquote;

/* error: JSON or other text, lent.  Lives in the arena. */
struct unquote *unquote_begin(struct arena *, struct cp_str error);
/* One text of the request.  is_name: it is taken out wherever it stands, else where it stands apart from other words. */
void unquote_text(struct unquote *, struct cp_str text, bool is_name);
/* The same for each string in a JSON text, names of members included. */
void unquote_json(struct unquote *, struct cp_str json);
/* The error with dashes instead of the client's letters; absent: it has none. */
struct cp_str unquote_rest(const struct unquote *);

#endif
