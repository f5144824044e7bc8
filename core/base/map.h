/* SPDX-License-Identifier: MIT */
/*
 * map - text to pointer, open addressing, keyed hash.
 *
 * Keys are copied; an absent key is never in.  Not thread-safe.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>

#include <claude-proxy/plugin.h>

struct map;

struct map *map_new(void);
void map_free(struct map *);
void *map_get(const struct map *, struct cp_str key);
void map_set(struct map *, struct cp_str key, void *value); /* value NULL removes */
size_t map_count(const struct map *);
/* Steps through all in the order they came; *at starts at 0.  key (lent until removed) and value
 * may be NULL.  Removing on the way is fine, adding is not. */
bool map_each(const struct map *, size_t *at, struct cp_str *key, void **value);

#endif
