/* SPDX-License-Identifier: MIT */
/*
 * store_memory - the store in this process: bounded by age, count and bytes, fair to tenants.
 *
 * A tenant lives in one of the shards, chosen by its name: what hangs together is under one lock,
 * and no two locks are ever held at once.  Under a lock only pointers move: bytes are copied before
 * it is taken or, from a counted blob, after it was given back.
 *
 * When there is too much, the tenant that holds most loses what it has not used for longest.  Who
 * holds less than an equal share therefore never loses anything to one that holds more, and a
 * tenant that is alone may have it all.  Shards are looked at one after the other while this is
 * found out, so for a moment there may be a little too much.
 */
#include "state/store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SHARDS = 16,
    SWEEP_AT_PUT = 8, /* old entries given back by each put */
    MAP_COST = 64,    /* of an entry in the map */
    ROOM_PART = 64 /* what is made is a 64th more than is needed: not again for the next put */
};

struct blob {
    atomic_int refs;
    size_t n;
    char bytes[];
};

struct owner;

struct entry {
    struct link use; /* in the owner's list, the longest unused first */
    struct link age; /* in the shard's list, oldest first */
    struct owner *owner;
    struct blob *blob;
    int64_t put_ms;
    uint64_t under; /* hash of the id it is kept under; 0: none */
    size_t cost;
    size_t id_n, under_n;
    char id[]; /* and behind it the id it is kept under */
};

struct owner {
    struct map *entries;
    struct link use;
    size_t bytes;
    uint64_t items;
    size_t name_n;
    char name[];
};

struct shard {
    pthread_mutex_t lock;
    struct map *owners;
    struct link age;
};

struct memory {
    struct store base; /* first */
    struct shard shards[SHARDS];
    _Atomic int64_t keep_ms;
    _Atomic uint64_t bytes_most, items_most;
    _Atomic uint64_t bytes, items, owners;
    _Atomic bool is_told;
    pthread_mutex_t tap_lock; /* of the next two */
    struct tap *tap;
    const char *tap_kind;
};

static struct memory *memory_of(struct store *s)
{
    return (struct memory *)(void *)s;
}

static struct shard *memory_shard(struct memory *m, struct cp_str tenant)
{
    return &m->shards[hash_str(tenant) % SHARDS];
}

/* ---- blobs ---- */

static struct blob *blob_new(struct cp_str bytes)
{
    struct blob *b = mem_new(1, sizeof(*b) + bytes.n);

    atomic_init(&b->refs, 1);
    b->n = bytes.n;
    if (bytes.n)
        memcpy(b->bytes, bytes.p, bytes.n);
    return b;
}

static void blob_unref(struct blob *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
        free(b);
}

/* ---- entries: the shard's lock is held ---- */

static struct cp_str entry_id(const struct entry *e)
{
    return str_n(e->id, e->id_n);
}

static struct entry *entry_new(struct cp_str id, struct cp_str under, struct cp_str bytes,
                               int64_t now_ms)
{
    struct entry *e = mem_new(1, sizeof(*e) + id.n + under.n);

    memcpy(e->id, id.p, id.n);
    e->id_n = id.n;
    if (under.n)
        memcpy(e->id + id.n, under.p, under.n);
    e->under_n = under.n;
    e->blob = blob_new(bytes);
    e->put_ms = now_ms;
    e->under = under.n ? hash_str(under) | 1 : 0;
    e->cost = sizeof(*e) + id.n * 2 + under.n + sizeof(struct blob) + bytes.n + MAP_COST;
    list_init(&e->use);
    list_init(&e->age);
    return e;
}

static void owner_free_empty(struct memory *m, struct shard *s, struct owner *o)
{
    if (o->items)
        return;
    map_set(s->owners, str_n(o->name, o->name_n), NULL);
    map_free(o->entries);
    free(o);
    atomic_fetch_sub_explicit(&m->owners, 1, memory_order_relaxed);
}

static void entry_remove(struct memory *m, struct entry *e)
{
    struct owner *o = e->owner;

    map_set(o->entries, entry_id(e), NULL);
    list_remove(&e->use);
    list_remove(&e->age);
    o->bytes -= e->cost;
    o->items--;
    atomic_fetch_sub_explicit(&m->bytes, e->cost, memory_order_relaxed);
    atomic_fetch_sub_explicit(&m->items, 1, memory_order_relaxed);
    blob_unref(e->blob);
    free(e);
}

static struct owner *owner_get(struct memory *m, struct shard *s, struct cp_str tenant)
{
    struct owner *o = map_get(s->owners, tenant);

    if (o)
        return o;
    o = mem_new(1, sizeof(*o) + tenant.n);
    if (tenant.n)
        memcpy(o->name, tenant.p, tenant.n);
    o->name_n = tenant.n;
    o->entries = map_new();
    list_init(&o->use);
    map_set(s->owners, tenant, o);
    atomic_fetch_add_explicit(&m->owners, 1, memory_order_relaxed);
    return o;
}

static void entry_insert(struct memory *m, struct shard *s, struct owner *o, struct entry *e)
{
    struct entry *before = map_get(o->entries, entry_id(e));

    if (before)
        entry_remove(m, before);
    e->owner = o;
    map_set(o->entries, entry_id(e), e);
    list_push(&o->use, &e->use);
    list_push(&s->age, &e->age);
    o->bytes += e->cost;
    o->items++;
    atomic_fetch_add_explicit(&m->bytes, e->cost, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->items, 1, memory_order_relaxed);
}

static bool entry_is_old(const struct memory *m, const struct entry *e, int64_t now_ms)
{
    return now_ms - e->put_ms >= atomic_load_explicit(&m->keep_ms, memory_order_relaxed);
}

/* At most so many of the oldest, if they are too old; most 0: all. */
static void shard_sweep(struct memory *m, struct shard *s, int64_t now_ms, uint32_t most)
{
    for (uint32_t n = 0; !list_empty(&s->age) && (!most || n < most); n++) {
        struct entry *e = LIST_ENTRY(s->age.next, struct entry, age);
        if (!entry_is_old(m, e, now_ms))
            return;
        struct owner *o = e->owner;
        entry_remove(m, e);
        owner_free_empty(m, s, o);
    }
}

/* ---- too much ---- */

/* How much of all that may be kept: 1.0 is all. */
static double memory_weight(struct memory *m, uint64_t bytes, uint64_t items)
{
    double most_bytes = (double)atomic_load_explicit(&m->bytes_most, memory_order_relaxed);
    double most_items = (double)atomic_load_explicit(&m->items_most, memory_order_relaxed);
    double by_bytes = (double)bytes / (most_bytes > 0 ? most_bytes : 1);
    double by_items = (double)items / (most_items > 0 ? most_items : 1);

    return by_bytes > by_items ? by_bytes : by_items;
}

static double memory_fill(struct memory *m)
{
    return memory_weight(m, atomic_load_explicit(&m->bytes, memory_order_relaxed),
                         atomic_load_explicit(&m->items, memory_order_relaxed));
}

static struct owner *shard_heaviest(struct memory *m, struct shard *s, double *weight)
{
    struct owner *found = NULL;
    void *value;

    for (size_t at = 0; map_each(s->owners, &at, NULL, &value);) {
        struct owner *o = value;
        double w = memory_weight(m, o->bytes, o->items);
        if (w > *weight) {
            *weight = w;
            found = o;
        }
    }
    return found;
}

/* Takes from the heaviest of this shard until all is well or it has no more than its share. */
static bool shard_relieve(struct memory *m, struct shard *s, double most)
{
    double weight = 0;
    struct owner *o = shard_heaviest(m, s, &weight);
    uint64_t owners = atomic_load_explicit(&m->owners, memory_order_relaxed);
    double share = most / (double)(owners ? owners : 1);

    if (!o)
        return false;
    do {
        entry_remove(m, LIST_ENTRY(o->use.next, struct entry, use));
    } while (o->items && memory_fill(m) > most && memory_weight(m, o->bytes, o->items) > share);
    owner_free_empty(m, s, o);
    return true;
}

static void memory_relieve(struct memory *m)
{
    const double most = 1 - 1.0 / ROOM_PART;

    while (memory_fill(m) > most) {
        double weight = 0;
        struct shard *heaviest = NULL;
        for (size_t i = 0; i < SHARDS; i++) {
            pthread_mutex_lock(&m->shards[i].lock);
            if (shard_heaviest(m, &m->shards[i], &weight))
                heaviest = &m->shards[i];
            pthread_mutex_unlock(&m->shards[i].lock);
        }
        if (!heaviest)
            return;
        pthread_mutex_lock(&heaviest->lock);
        (void)shard_relieve(m, heaviest, most); /* another thread was quicker: look anew */
        pthread_mutex_unlock(&heaviest->lock);
    }
}

/* ---- the table ---- */

static void tell_put(struct memory *m, struct cp_str tenant, struct cp_str id,
                     struct cp_str under, struct cp_str bytes, int64_t now_ms)
{
    struct buf out;

    buf_init(&out, SIZE_MAX);
    pthread_mutex_lock(&m->tap_lock);
    if (m->tap) {
        store_parcel_put(&out, m->tap_kind, tenant, id, under, bytes, now_ms);
        tap_put(m->tap, buf_str(&out));
    }
    pthread_mutex_unlock(&m->tap_lock);
    buf_fini(&out);
}

static void tell_drop(struct memory *m, struct cp_str tenant, struct cp_str id)
{
    struct buf out;

    buf_init(&out, SIZE_MAX);
    pthread_mutex_lock(&m->tap_lock);
    if (m->tap) {
        store_parcel_drop(&out, m->tap_kind, tenant, id);
        tap_put(m->tap, buf_str(&out));
    }
    pthread_mutex_unlock(&m->tap_lock);
    buf_fini(&out);
}

static int memory_put(struct store *store, struct cp_str tenant, struct cp_str id,
                      struct cp_str under, struct cp_str bytes, int64_t now_ms)
{
    struct memory *m = memory_of(store);
    struct shard *s = memory_shard(m, tenant);
    uint64_t most = atomic_load_explicit(&m->bytes_most, memory_order_relaxed);

    if (!tenant.p || !id.n || bytes.n >= most || id.n >= most ||
        !atomic_load_explicit(&m->items_most, memory_order_relaxed) ||
        atomic_load_explicit(&m->keep_ms, memory_order_relaxed) <= 0)
        return E_LIMIT;
    struct entry *e = entry_new(id, under, bytes, now_ms);
    if (e->cost > most) {
        blob_unref(e->blob);
        free(e);
        return E_LIMIT;
    }
    pthread_mutex_lock(&s->lock);
    shard_sweep(m, s, now_ms, SWEEP_AT_PUT);
    entry_insert(m, s, owner_get(m, s, tenant), e);
    pthread_mutex_unlock(&s->lock);
    if (memory_fill(m) > 1)
        memory_relieve(m);
    if (atomic_load_explicit(&m->is_told, memory_order_acquire))
        tell_put(m, tenant, id, under, bytes, now_ms);
    return 0;
}

static struct blob *shard_find(struct memory *m, struct shard *s, struct cp_str tenant,
                               struct cp_str id, int64_t now_ms)
{
    struct owner *o = map_get(s->owners, tenant);
    struct entry *e = o ? map_get(o->entries, id) : NULL;

    if (!e)
        return NULL;
    if (entry_is_old(m, e, now_ms)) {
        entry_remove(m, e);
        owner_free_empty(m, s, o);
        return NULL;
    }
    list_remove(&e->use);
    list_push(&o->use, &e->use);
    atomic_fetch_add_explicit(&e->blob->refs, 1, memory_order_relaxed);
    return e->blob;
}

static int memory_get(struct store *store, struct cp_str tenant, struct cp_str id,
                      int64_t now_ms, struct arena *arena, struct cp_str *bytes)
{
    struct memory *m = memory_of(store);
    struct shard *s = memory_shard(m, tenant);

    if (!tenant.p || !id.n)
        return STORE_NOTHING;
    pthread_mutex_lock(&s->lock);
    struct blob *b = shard_find(m, s, tenant, id, now_ms);
    pthread_mutex_unlock(&s->lock);
    if (!b)
        return STORE_NOTHING;
    *bytes = arena_copy(arena, str_n(b->bytes, b->n));
    blob_unref(b);
    return STORE_FOUND;
}

static int memory_drop(struct store *store, struct cp_str tenant, struct cp_str id,
                       int64_t now_ms)
{
    struct memory *m = memory_of(store);
    struct shard *s = memory_shard(m, tenant);
    int was_there = 0;
    void *value;

    if (!tenant.p || !id.n)
        return 0;
    uint64_t under = hash_str(id) | 1;
    pthread_mutex_lock(&s->lock);
    struct owner *o = map_get(s->owners, tenant);
    for (size_t at = 0; o && map_each(o->entries, &at, NULL, &value);) {
        struct entry *e = value;
        bool is_it = str_eq(entry_id(e), id);
        if (!is_it && e->under != under)
            continue;
        was_there |= is_it && !entry_is_old(m, e, now_ms);
        entry_remove(m, e);
    }
    if (o)
        owner_free_empty(m, s, o);
    pthread_mutex_unlock(&s->lock);
    if (atomic_load_explicit(&m->is_told, memory_order_acquire))
        tell_drop(m, tenant, id);
    return was_there;
}

static void memory_sweep(struct store *store, int64_t now_ms)
{
    struct memory *m = memory_of(store);

    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&m->shards[i].lock);
        shard_sweep(m, &m->shards[i], now_ms, 0);
        pthread_mutex_unlock(&m->shards[i].lock);
    }
}

static void memory_limit(struct store *store, const struct store_limits *l, int64_t now_ms)
{
    struct memory *m = memory_of(store);
    bool is_none = l->keep_ms <= 0 || !l->bytes || !l->items;

    atomic_store(&m->keep_ms, is_none ? 0 : l->keep_ms);
    atomic_store(&m->bytes_most, is_none ? 0 : l->bytes);
    atomic_store(&m->items_most, is_none ? 0 : l->items);
    memory_sweep(store, now_ms);
    if (memory_fill(m) > 1)
        memory_relieve(m);
}

static void memory_count(struct store *store, uint64_t *items, uint64_t *bytes)
{
    struct memory *m = memory_of(store);

    *items = atomic_load_explicit(&m->items, memory_order_relaxed);
    *bytes = atomic_load_explicit(&m->bytes, memory_order_relaxed);
}

static void memory_free(struct store *store)
{
    struct memory *m = memory_of(store);

    atomic_store(&m->keep_ms, INT64_MIN);
    memory_sweep(store, 0);
    for (size_t i = 0; i < SHARDS; i++) {
        map_free(m->shards[i].owners);
        pthread_mutex_destroy(&m->shards[i].lock);
    }
    pthread_mutex_destroy(&m->tap_lock);
    free(m);
}

static void memory_tell(struct store *store, struct tap *tap, const char *kind)
{
    struct memory *m = memory_of(store);

    pthread_mutex_lock(&m->tap_lock);
    m->tap = tap;
    m->tap_kind = kind;
    pthread_mutex_unlock(&m->tap_lock);
    atomic_store(&m->is_told, tap != NULL);
}

static void memory_pack(struct store *store, const char *kind, struct buf *out)
{
    struct memory *m = memory_of(store);

    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&m->shards[i].lock);
        LIST_EACH(l, &m->shards[i].age)
        {
            const struct entry *e = LIST_ENTRY(l, struct entry, age);
            store_parcel_put(out, kind, str_n(e->owner->name, e->owner->name_n), entry_id(e),
                             e->under_n ? str_n(e->id + e->id_n, e->under_n) : STR_NONE,
                             str_n(e->blob->bytes, e->blob->n), e->put_ms);
        }
        pthread_mutex_unlock(&m->shards[i].lock);
    }
}

struct store *store_memory_new(const struct store_limits *l)
{
    static const struct store_ops ops = { memory_put,   memory_get,   memory_drop,
                                          memory_sweep, memory_limit, memory_count,
                                          memory_free,  memory_tell,  memory_pack };
    struct memory *m = mem_new(1, sizeof(*m));

    m->base.ops = &ops;
    pthread_mutex_init(&m->tap_lock, NULL);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&m->shards[i].lock, NULL);
        m->shards[i].owners = map_new();
        list_init(&m->shards[i].age);
    }
    memory_limit(&m->base, l, 0);
    return &m->base;
}
