/* SPDX-License-Identifier: MIT */
/*
 * vault - a plugin's store, opened: each call with a breadcrumb, its answer looked at.
 *
 * As guard.h for adapters: nobody else calls a store.  All functions answer 0 (or 1 where store.h says so) or a negative
 * E_* with the reason in err.  One vault is used by one thread at a time; functions may block.
 */
#ifndef PLUGIN_VAULT_H
#define PLUGIN_VAULT_H

#include <stdbool.h>

#include <claude-proxy/store.h>

#include "base/err.h"
#include "conf/option.h"

struct depot;
struct vault;

/* dir is there and ours; how: CP_STORE_READ or CP_STORE_WRITE. */
int vault_open(const struct depot *, const struct conf_option *, size_t n, const char *dir,
               int how, struct vault **, struct err *);
void vault_close(struct vault *); /* NULL: nothing */
/* What it keeps: E_UNSUPPORTED is answered for the other. */
bool vault_keeps_history(const struct vault *);
bool vault_keeps_things(const struct vault *);

int vault_append(struct vault *, const struct cp_record *, uint32_t n, struct err *);
int vault_find(struct vault *, const struct cp_filter *, struct cp_str after, uint32_t n,
               int (*row)(void *, const struct cp_record *), void *ctx, struct err *);
int vault_sum(struct vault *, const struct cp_filter *, uint32_t by, int64_t step_ms,
              int (*row)(void *, const struct cp_sum *), void *ctx, struct err *);
int vault_trim(struct vault *, int64_t before_ms, int64_t most_bytes, uint32_t most_rows,
               struct err *);
int vault_measure(struct vault *, int64_t *records, int64_t *bytes, struct err *);
int vault_put(struct vault *, const struct cp_thing *, uint32_t n, struct err *);
int vault_each(struct vault *, struct cp_str bucket, int64_t wall_ms,
               int (*row)(void *, const struct cp_thing *), void *ctx, struct err *);
int vault_prune(struct vault *, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                uint32_t most_rows, struct err *);
/* Of a store that is not opened. */
int vault_read_other(const struct depot *, const char *kind, const char *path,
                     int (*row)(void *, const struct cp_record *), void *ctx, struct err *);

#endif
