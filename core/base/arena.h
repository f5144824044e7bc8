/* SPDX-License-Identifier: MIT */
/*
 * arena - memory that dies together.
 *
 * Blocks grow geometrically from the size given at birth.  With a budget, arena_alloc()
 * returns NULL beyond it; the host's own small needs use arena_need(), which aborts only when
 * the machine is out of memory.  Not thread-safe: one exchange, one thread.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include <claude-proxy/plugin.h>

struct arena;

struct arena *arena_new(size_t first_block, size_t budget); /* budget 0: none */
void arena_free(struct arena *);             /* runs at-exit hooks, newest first */
void arena_wipe(struct arena *);             /* the same, and leaves no byte of it behind */
void *arena_alloc(struct arena *, size_t n); /* zeroed, 16-aligned; NULL over budget */
void *arena_raw(struct arena *, size_t n);   /* as arena_alloc, but not set */
void *arena_need(struct arena *, size_t n);  /* zeroed; outside the budget */
struct cp_str arena_copy(struct arena *,
                         struct cp_str);      /* NUL follows the bytes; by arena_need */
char *arena_z(struct arena *, struct cp_str); /* the same as char * */
struct cp_str arena_printf(struct arena *, const char *fmt, ...) CP_PRINTF(2, 3);
void arena_at_exit(struct arena *, void (*hook)(void *), void *arg);
size_t arena_used(const struct arena *); /* bytes handed out, rounded */
/* Runs the hooks, gives back every byte but keeps the first block: for reuse between requests. */
void arena_reset(struct arena *);

#endif
