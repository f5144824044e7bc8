/* SPDX-License-Identifier: MIT */
/*
 * map - text to pointer, open addressing, keyed hash.
 *
 * Two arrays: the entries in the order they came, and a table of their numbers.  A removed entry
 * stays as a hole until the next growth, which keeps probing and stepping simple and lets a caller
 * remove while he steps.
 */
#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>

enum { MAP_FIRST_SLOTS = 16 };

struct entry {
    char *key; /* NULL: a hole */
    size_t key_bytes;
    uint64_t hash;
    void *value;
};

struct map {
    struct entry *entries;
    uint32_t *slots; /* number of the entry + 1; 0: free */
    size_t slots_n;  /* a power of two; entries has half as many places */
    size_t used;     /* entries and holes */
    size_t count;
};

struct map *map_new(void)
{
    return mem_new(1, sizeof(struct map));
}

void map_free(struct map *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->used; i++)
        free(m->entries[i].key);
    free(m->entries);
    free(m->slots);
    free(m);
}

static void map_place(struct map *m, size_t number)
{
    size_t mask = m->slots_n - 1;
    size_t i = (size_t)m->entries[number].hash & mask;
    while (m->slots[i])
        i = (i + 1) & mask;
    m->slots[i] = (uint32_t)number + 1;
}

/* Closes the holes, and doubles if what is left would soon be full again. */
static void map_rebuild(struct map *m)
{
    size_t slots_n = m->slots_n ? m->slots_n : MAP_FIRST_SLOTS;
    while (m->count >= slots_n * 3 / 8)
        slots_n *= 2;
    if (slots_n > UINT32_MAX / 2)
        abort();

    struct entry *entries = mem_new(slots_n / 2, sizeof(*entries));
    size_t n = 0;
    for (size_t i = 0; i < m->used; i++)
        if (m->entries[i].key)
            entries[n++] = m->entries[i];
    free(m->entries);
    free(m->slots);
    m->entries = entries;
    m->slots = mem_new(slots_n, sizeof(*m->slots));
    m->slots_n = slots_n;
    m->used = n;
    for (size_t i = 0; i < n; i++)
        map_place(m, i);
}

static struct entry *map_find(const struct map *m, struct cp_str key, uint64_t hash)
{
    if (m->count == 0)
        return NULL;
    size_t mask = m->slots_n - 1;
    for (size_t i = (size_t)hash & mask; m->slots[i]; i = (i + 1) & mask) {
        struct entry *e = &m->entries[m->slots[i] - 1];
        if (e->key && e->hash == hash && str_eq(str_n(e->key, e->key_bytes), key))
            return e;
    }
    return NULL;
}

void *map_get(const struct map *m, struct cp_str key)
{
    if (!key.p)
        return NULL;
    struct entry *e = map_find(m, key, hash_str(key));
    return e ? e->value : NULL;
}

static void map_remove(struct map *m, struct entry *e)
{
    free(e->key);
    e->key = NULL;
    e->value = NULL;
    m->count--;
}

void map_set(struct map *m, struct cp_str key, void *value)
{
    if (!key.p)
        return;
    uint64_t hash = hash_str(key);
    struct entry *e = map_find(m, key, hash);
    if (e && !value)
        map_remove(m, e);
    else if (e)
        e->value = value;
    if (e || !value)
        return;

    if (m->used >= m->slots_n / 2)
        map_rebuild(m);
    m->entries[m->used] = (struct entry){ mem_dup(key.p, key.n), key.n, hash, value };
    map_place(m, m->used++);
    m->count++;
}

size_t map_count(const struct map *m)
{
    return m->count;
}

bool map_each(const struct map *m, size_t *at, struct cp_str *key, void **value)
{
    while (*at < m->used && !m->entries[*at].key)
        ++*at;
    if (*at >= m->used)
        return false;
    const struct entry *e = &m->entries[(*at)++];
    if (key)
        *key = str_n(e->key, e->key_bytes);
    if (value)
        *value = e->value;
    return true;
}
