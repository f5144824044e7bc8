/* SPDX-License-Identifier: MIT */
/*
 * shelf - what upstreams have said lately, kept for some minutes: so that a page that is opened again does not ask again.
 *
 * A few dozen texts by name; the oldest goes.  Any thread; a short lock.
 */
#ifndef ADMIN_SHELF_H
#define ADMIN_SHELF_H

#include <stdint.h>

#include <claude-proxy/plugin.h>

struct arena;
struct shelf;

enum { SHELF_KEPT = 64, SHELF_TEXT_BYTES = 256 * 1024 };

struct shelf *shelf_new(void);
void shelf_free(struct shelf *); /* may be NULL */
/* A copy in the arena; absent: nothing, or it is too old.  NULL shelf: absent. */
struct cp_str shelf_get(struct shelf *, struct cp_str name, int64_t now_ms, struct arena *);
/* What is longer than SHELF_TEXT_BYTES is not kept.  NULL shelf: nothing happens. */
void shelf_put(struct shelf *, struct cp_str name, struct cp_str text, int64_t until_ms);

#endif
