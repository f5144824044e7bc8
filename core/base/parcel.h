/* SPDX-License-Identifier: MIT */
/*
 * parcel - named texts and numbers in one piece, from one process to another of the same machine.
 *
 * What a process hands to the one that takes its place, which may be of another version: who does not know a kind or a
 * name passes over it, who misses one has a default.
 */
#ifndef BASE_PARCEL_H
#define BASE_PARCEL_H

#include <stdbool.h>
#include <stdint.h>

#include <claude-proxy/plugin.h>

struct buf;

enum { PARCEL_NAME_MOST = 255, PARCEL_BYTES_MOST = 1 << 30 };

/* ---- writing, to the end of a buf, which remembers if it failed ---- */

/* kind: at most PARCEL_NAME_MOST, as all names are.  Returns where it begins, for parcel_end(). */
size_t parcel_begin(struct buf *, const char *kind);
/* An absent text is left out. */
void parcel_text(struct buf *, const char *name, struct cp_str);
void parcel_number(struct buf *, const char *name, int64_t);
void parcel_end(struct buf *, size_t begin);

/* ---- reading ---- */

/* Lent by the bytes it was read from. */
struct parcel {
    struct cp_str kind, fields;
};

/*
 * Takes the first parcel off.
 *
 * returns  1; 0: it is not whole yet, nothing was taken; E_SYNTAX: these bytes are none
 */
int parcel_next(struct cp_str *bytes, struct parcel *);
/* The first of that name; absent: there is none. */
struct cp_str parcel_get(const struct parcel *, const char *name);
int64_t parcel_get_number(const struct parcel *, const char *name, int64_t preset);
bool parcel_is(const struct parcel *, const char *kind);

#endif
