/* SPDX-License-Identifier: MIT */
/*
 * view - an answer of the API as people read it: a list as a table, an object as a page.
 *
 * Whatever the tree is, something sensible is written: members that are missing are "-", of another kind are shown as
 * they are.
 */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

#include "ctl/look.h"

struct buf;
struct tree;

enum view_as {
    VIEW_TEXT = 0,
    VIEW_STATE = 1, /* a word, coloured by what it says */
    VIEW_NUMBER = 2,
    VIEW_COUNT = 3,   /* how many are in it */
    VIEW_LIST = 4,    /* "a, b" */
    VIEW_TIME = 5,    /* RFC 3339 as the local time */
    VIEW_AGE = 6,     /* RFC 3339 as "5m ago" or "in 5m" */
    VIEW_SECONDS = 7, /* "2m5s" */
    VIEW_MS = 8,      /* "1.2s", "230ms" */
    VIEW_BIG = 9,     /* "1.2k", "3.4M" */
    VIEW_MONEY = 10,  /* millionths: "1.25" */
    VIEW_PERCENT = 11,
    VIEW_BYTES = 12,
    VIEW_US = 13,    /* as VIEW_MS, of microseconds */
    VIEW_LIMIT = 14, /* as VIEW_BIG, but 0 is no limit: "-" */
    VIEW_YES = 15    /* "yes" or nothing */
};

struct view_column {
    const char *title;
    const char *
        path; /* "health.state|state": members in members, the first of several that is there */
    enum view_as as;
};

struct view {
    const char *list; /* the member that has the rows; NULL: the answer is the list itself */
    const struct view_column *columns; /* ended by a NULL title */
    const char *nothing;               /* told when there are no rows */
};

/* At "a.b|c"; NULL: not there, or null. */
const struct tree *view_at(const struct tree *, const char *path);
/* A value as a cell shows it; is_raw: as programs want it (CSV): times, numbers and words unchanged. */
void view_value(const struct tree *, enum view_as, int64_t wall_ms, bool is_raw,
                struct buf *out);
enum look_colour view_colour(struct cp_str word);

void view_list(const struct view *, const struct tree *answer, const struct look *,
               int64_t wall_ms, struct buf *out);
/* Any value: members as "name: value", objects in it further in, lists of objects as tables. */
void view_page(const struct tree *, const struct look *, struct buf *out);

#endif
