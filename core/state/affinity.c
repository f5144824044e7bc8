/* SPDX-License-Identifier: MIT */
/*
 * affinity - which channel and key a conversation had last, so that it meets its prompt cache again.
 *
 * Sixteen shards, each a hash table and a list by last use under its own lock, held for a few loads and stores.  The
 * bound is of all shards together: who adds one too many takes out the entry that is oldest of all, which the
 * shards' tails tell without a lock.
 *
 * Names of channels and keys are few and come from the configuration: each is kept once and for the table's life, found
 * without a lock, and compared by its address.
 */
#include "state/affinity.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/parcel.h"
#include "base/str.h"
#include "base/tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SHARDS = 16, BUCKETS_FIRST = 16, NAME_BUCKETS = 1024, EXPIRED_AT_ONCE = 8 };

struct name {
    struct name *next;
    size_t n;
    char text[];
};

struct entry {
    struct link by_use; /* of its shard; the newest is next to the head */
    struct entry *next; /* in its bucket */
    uint64_t hash;
    struct session session;
    struct cp_str channel, key, client_key;
    int64_t used_ms;
    uint64_t uses;
};

struct shard {
    pthread_mutex_t lock;
    struct link by_use;
    struct entry **buckets;
    uint32_t buckets_n, n;
    _Atomic int64_t oldest_ms; /* INT64_MAX: it is empty */
} __attribute__((aligned(64)));

struct affinity_table {
    struct shard shards[SHARDS];
    _Atomic uint64_t n, most;
    _Atomic int64_t ttl_ms;
    pthread_mutex_t names_lock; /* for adding */
    _Atomic(struct name *) names[NAME_BUCKETS];
    _Atomic bool is_told;
    pthread_mutex_t tap_lock; /* of the next two */
    struct tap *tap;
    const char *tap_kind;
};

/* ---- names ---- */

static const struct name *name_look(const struct affinity_table *t, struct cp_str s,
                                    uint64_t hash)
{
    const struct name *at =
        atomic_load_explicit(&t->names[hash % NAME_BUCKETS], memory_order_acquire);

    while (at && !str_eq(str_n(at->text, at->n), s))
        at = at->next;
    return at;
}

static struct cp_str name_find(const struct affinity_table *t, struct cp_str s)
{
    const struct name *found = s.p ? name_look(t, s, hash_str(s)) : NULL;

    return found ? str_n(found->text, found->n) : STR_NONE;
}

static struct cp_str name_keep(struct affinity_table *t, struct cp_str s)
{
    if (!s.p)
        return STR_NONE;
    uint64_t hash = hash_str(s);
    const struct name *found = name_look(t, s, hash);
    if (found)
        return str_n(found->text, found->n);
    pthread_mutex_lock(&t->names_lock);
    found = name_look(t, s, hash);
    if (!found) {
        struct name *fresh = mem_new(1, sizeof(*fresh) + s.n + 1);
        memcpy(fresh->text, s.p, s.n);
        fresh->n = s.n;
        fresh->next = atomic_load(&t->names[hash % NAME_BUCKETS]);
        atomic_store_explicit(&t->names[hash % NAME_BUCKETS], fresh, memory_order_release);
        found = fresh;
    }
    pthread_mutex_unlock(&t->names_lock);
    return str_n(found->text, found->n);
}

/* ---- a shard; its lock is held ---- */

static uint64_t hash_of(const struct session *s)
{
    uint64_t h = (s->id[0] ^ (s->id[1] << 32 | s->id[1] >> 32)) * 0x9E3779B97F4A7C15u;

    return h ^ h >> 29;
}

static struct shard *shard_of(struct affinity_table *t, uint64_t hash)
{
    return &t->shards[hash >> 60];
}

static struct entry *entry_of(struct link *l)
{
    return LIST_ENTRY(l, struct entry, by_use);
}

static void oldest_anew(struct shard *s)
{
    int64_t oldest = list_empty(&s->by_use) ? INT64_MAX : entry_of(s->by_use.prev)->used_ms;

    atomic_store_explicit(&s->oldest_ms, oldest, memory_order_relaxed);
}

static struct entry **entry_place(const struct shard *s, const struct session *session,
                                  uint64_t hash)
{
    struct entry **at = &s->buckets[hash & (s->buckets_n - 1)];

    while (*at &&
           ((*at)->session.id[0] != session->id[0] || (*at)->session.id[1] != session->id[1]))
        at = &(*at)->next;
    return at;
}

static void entry_remove(struct affinity_table *t, struct shard *s, struct entry *e)
{
    *entry_place(s, &e->session, e->hash) = e->next;
    list_remove(&e->by_use);
    free(e);
    s->n--;
    atomic_fetch_sub(&t->n, 1);
    oldest_anew(s);
}

static void shard_grow(struct shard *s)
{
    uint32_t n = 2 * s->buckets_n;
    struct entry **fresh = mem_new(n, sizeof(struct entry *));

    LIST_EACH(l, &s->by_use)
    {
        struct entry *e = entry_of(l);
        e->next = fresh[e->hash & (n - 1)];
        fresh[e->hash & (n - 1)] = e;
    }
    free(s->buckets);
    s->buckets = fresh;
    s->buckets_n = n;
}

static struct entry *entry_add(struct affinity_table *t, struct shard *s,
                               const struct session *session, uint64_t hash)
{
    if (s->n == s->buckets_n)
        shard_grow(s);
    struct entry *e = mem_new(1, sizeof(*e));
    *entry_place(s, session, hash) = e;
    e->hash = hash;
    e->session.id[0] = session->id[0];
    e->session.id[1] = session->id[1];
    list_init(&e->by_use);
    s->n++;
    atomic_fetch_add(&t->n, 1);
    return e;
}

static void entry_used(struct shard *s, struct entry *e, int64_t now_ms)
{
    e->used_ms = now_ms;
    e->uses++;
    list_remove(&e->by_use);
    list_push(s->by_use.next, &e->by_use);
    oldest_anew(s);
}

/* Its end, or INT64_MIN if the table keeps nothing. */
static int64_t until_of(struct affinity_table *t, const struct entry *e)
{
    int64_t ttl = atomic_load_explicit(&t->ttl_ms, memory_order_relaxed);

    return ttl > 0 ? e->used_ms + ttl : INT64_MIN;
}

static void shard_expire(struct affinity_table *t, struct shard *s, uint32_t most,
                         int64_t now_ms)
{
    while (most-- && !list_empty(&s->by_use)) {
        struct entry *oldest = entry_of(s->by_use.prev);
        if (until_of(t, oldest) > now_ms)
            return;
        entry_remove(t, s, oldest);
    }
}

/* ---- all shards ---- */

static void take_oldest(struct affinity_table *t)
{
    struct shard *oldest = &t->shards[0];
    int64_t oldest_ms = INT64_MAX;

    for (uint32_t i = 0; i < SHARDS; i++) {
        int64_t ms = atomic_load_explicit(&t->shards[i].oldest_ms, memory_order_relaxed);
        if (ms < oldest_ms) {
            oldest_ms = ms;
            oldest = &t->shards[i];
        }
    }
    pthread_mutex_lock(&oldest->lock);
    if (!list_empty(&oldest->by_use))
        entry_remove(t, oldest, entry_of(oldest->by_use.prev));
    pthread_mutex_unlock(&oldest->lock);
}

static void keep_bound(struct affinity_table *t)
{
    while (atomic_load(&t->n) > atomic_load(&t->most))
        take_oldest(t);
}

struct affinity_table *affinity_new(uint64_t most, int64_t ttl_ms)
{
    void *p;

    if (posix_memalign(&p, _Alignof(struct affinity_table), sizeof(struct affinity_table)))
        abort();
    struct affinity_table *t = p;
    memset(t, 0, sizeof(*t));
    for (uint32_t i = 0; i < SHARDS; i++) {
        struct shard *s = &t->shards[i];
        pthread_mutex_init(&s->lock, NULL);
        list_init(&s->by_use);
        s->buckets_n = BUCKETS_FIRST;
        s->buckets = mem_new(s->buckets_n, sizeof(struct entry *));
        atomic_store(&s->oldest_ms, INT64_MAX);
    }
    pthread_mutex_init(&t->names_lock, NULL);
    pthread_mutex_init(&t->tap_lock, NULL);
    atomic_store(&t->most, most);
    atomic_store(&t->ttl_ms, ttl_ms);
    return t;
}

void affinity_free(struct affinity_table *t)
{
    if (!t)
        return;
    affinity_forget(t, STR_NONE, STR_NONE);
    for (uint32_t i = 0; i < SHARDS; i++) {
        free(t->shards[i].buckets);
        pthread_mutex_destroy(&t->shards[i].lock);
    }
    for (uint32_t i = 0; i < NAME_BUCKETS; i++) {
        struct name *next, *at = atomic_load(&t->names[i]);
        for (; at; at = next) {
            next = at->next;
            free(at);
        }
    }
    pthread_mutex_destroy(&t->names_lock);
    pthread_mutex_destroy(&t->tap_lock);
    free(t);
}

void affinity_limit(struct affinity_table *t, uint64_t most, int64_t ttl_ms, int64_t now_ms)
{
    atomic_store(&t->most, most);
    atomic_store(&t->ttl_ms, ttl_ms);
    for (uint32_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&t->shards[i].lock);
        shard_expire(t, &t->shards[i], UINT32_MAX, now_ms);
        pthread_mutex_unlock(&t->shards[i].lock);
    }
    keep_bound(t);
}

bool affinity_find(struct affinity_table *t, const struct session *session, int64_t now_ms,
                   struct affinity_home *home)
{
    uint64_t hash = hash_of(session);
    struct shard *s = shard_of(t, hash);
    bool is_found = false;

    pthread_mutex_lock(&s->lock);
    const struct entry *e = *entry_place(s, session, hash);
    if (e && until_of(t, e) > now_ms) {
        *home = (struct affinity_home){ e->channel, e->key, until_of(t, e) };
        is_found = true;
    }
    pthread_mutex_unlock(&s->lock);
    return is_found;
}

static void tell_set(struct affinity_table *t, const struct affinity_entry *);

void affinity_set(struct affinity_table *t, const struct session *session,
                  struct cp_str client_key, struct cp_str channel, struct cp_str key,
                  int64_t now_ms)
{
    uint64_t hash = hash_of(session);
    struct shard *s = shard_of(t, hash);

    if (!channel.p || !atomic_load(&t->most) || atomic_load(&t->ttl_ms) <= 0)
        return;
    struct cp_str channel_kept = name_keep(t, channel), key_kept = name_keep(t, key);
    struct cp_str client_kept = name_keep(t, client_key);
    const char *source = name_keep(t, str_of(session->source)).p;
    pthread_mutex_lock(&s->lock);
    shard_expire(t, s, EXPIRED_AT_ONCE, now_ms);
    struct entry *e = *entry_place(s, session, hash);
    if (!e)
        e = entry_add(t, s, session, hash);
    e->channel = channel_kept;
    e->key = key_kept;
    e->client_key = client_kept;
    e->session.source = source;
    e->session.is_guessed = session->is_guessed;
    entry_used(s, e, now_ms);
    struct affinity_entry told = {
        e->session, { e->channel, e->key, until_of(t, e) }, e->client_key, e->uses
    };
    pthread_mutex_unlock(&s->lock);
    keep_bound(t);
    if (atomic_load_explicit(&t->is_told, memory_order_acquire))
        tell_set(t, &told);
}

uint64_t affinity_drop(struct affinity_table *t, const struct session *session)
{
    uint64_t hash = hash_of(session);
    struct shard *s = shard_of(t, hash);

    pthread_mutex_lock(&s->lock);
    struct entry *e = *entry_place(s, session, hash);
    if (e)
        entry_remove(t, s, e);
    pthread_mutex_unlock(&s->lock);
    return e != NULL;
}

static uint64_t shard_forget(struct affinity_table *t, struct shard *s, struct cp_str channel,
                             struct cp_str key)
{
    uint64_t n = 0;

    for (struct link *l = s->by_use.next, *next; l != &s->by_use; l = next) {
        struct entry *e = entry_of(l);
        next = l->next;
        if ((channel.p && e->channel.p != channel.p) || (key.p && e->key.p != key.p))
            continue;
        entry_remove(t, s, e);
        n++;
    }
    return n;
}

uint64_t affinity_forget(struct affinity_table *t, struct cp_str channel, struct cp_str key)
{
    struct cp_str of = name_find(t, channel), by = channel.p ? name_find(t, key) : STR_NONE;
    uint64_t n = 0;

    if ((channel.p && !of.p) || (channel.p && key.p && !by.p))
        return 0;
    for (uint32_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&t->shards[i].lock);
        n += shard_forget(t, &t->shards[i], of, by);
        pthread_mutex_unlock(&t->shards[i].lock);
    }
    return n;
}

uint64_t affinity_count(struct affinity_table *t)
{
    return atomic_load(&t->n);
}

/* ---- listing ---- */

struct listing {
    struct affinity_entry *at;
    size_t n, cap;
};

static void listing_add(struct listing *l, const struct entry *e, int64_t until_ms)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->at = mem_grow(l->at, l->cap * sizeof(*l->at));
    }
    l->at[l->n++] = (struct affinity_entry){
        e->session, { e->channel, e->key, until_ms }, e->client_key, e->uses
    };
}

static int by_end(const void *a, const void *b)
{
    const struct affinity_entry *x = a, *y = b;

    return (x->home.until_ms < y->home.until_ms) - (x->home.until_ms > y->home.until_ms);
}

void affinity_each(struct affinity_table *t, uint64_t most, int64_t now_ms,
                   void (*fn)(void *ctx, const struct affinity_entry *), void *ctx)
{
    struct listing all = { 0 };

    for (uint32_t i = 0; i < SHARDS; i++) {
        struct shard *s = &t->shards[i];
        uint64_t left = most;
        pthread_mutex_lock(&s->lock);
        LIST_EACH(l, &s->by_use)
        {
            int64_t until = until_of(t, entry_of(l));
            if (!left-- || until <= now_ms)
                break;
            listing_add(&all, entry_of(l), until);
        }
        pthread_mutex_unlock(&s->lock);
    }
    if (all.n)
        qsort(all.at, all.n, sizeof(*all.at), by_end);
    for (size_t i = 0; i < all.n && i < most; i++)
        fn(ctx, &all.at[i]);
    free(all.at);
}

/* ---- told again ---- */

/* Behind all that were used later. */
static void entry_sort_in(struct shard *s, struct entry *e, int64_t used_ms)
{
    struct link *l = s->by_use.prev;

    e->used_ms = used_ms;
    list_remove(&e->by_use);
    while (l != &s->by_use && entry_of(l)->used_ms < used_ms)
        l = l->prev;
    list_push(l->next, &e->by_use);
    oldest_anew(s);
}

static void restore(struct affinity_table *t, const struct affinity_entry *given,
                    bool is_newer_better, int64_t now_ms)
{
    uint64_t hash = hash_of(&given->session);
    struct shard *s = shard_of(t, hash);
    int64_t ttl = affinity_ttl_ms(t), until = given->home.until_ms;

    if (!given->home.channel.p || ttl <= 0 || until <= now_ms || !atomic_load(&t->most))
        return;
    struct cp_str channel = name_keep(t, given->home.channel);
    struct cp_str key = name_keep(t, given->home.key), client = name_keep(t, given->client_key);
    const char *source = name_keep(t, str_of(given->session.source)).p;
    pthread_mutex_lock(&s->lock);
    struct entry *before = *entry_place(s, &given->session, hash);
    if (before && before->used_ms < until - ttl && is_newer_better) {
        entry_remove(t, s, before);
        before = NULL;
    }
    if (!before) {
        struct entry *e = entry_add(t, s, &given->session, hash);
        e->channel = channel;
        e->key = key;
        e->client_key = client;
        e->session.source = source;
        e->session.is_guessed = given->session.is_guessed;
        e->uses = given->uses;
        entry_sort_in(s, e, (until < now_ms + ttl ? until : now_ms + ttl) - ttl);
    }
    pthread_mutex_unlock(&s->lock);
    keep_bound(t);
}

void affinity_restore(struct affinity_table *t, const struct affinity_entry *given,
                      int64_t now_ms)
{
    restore(t, given, false, now_ms);
}

int64_t affinity_ttl_ms(const struct affinity_table *t)
{
    return atomic_load_explicit(&t->ttl_ms, memory_order_relaxed);
}

/* ---- another process ---- */

enum { TOLD_BYTES = 4096 };

static void put_entry(struct buf *out, const char *kind, const struct affinity_entry *e)
{
    size_t begin = parcel_begin(out, kind);

    parcel_number(out, "id0", (int64_t)e->session.id[0]);
    parcel_number(out, "id1", (int64_t)e->session.id[1]);
    parcel_text(out, "source", str_of(e->session.source));
    parcel_number(out, "is_guessed", e->session.is_guessed);
    parcel_text(out, "client", e->client_key);
    parcel_text(out, "channel", e->home.channel);
    parcel_text(out, "key", e->home.key);
    parcel_number(out, "until_ms", e->home.until_ms);
    parcel_number(out, "uses", (int64_t)e->uses);
    parcel_end(out, begin);
}

static void tell_set(struct affinity_table *t, const struct affinity_entry *e)
{
    struct buf out;

    buf_init(&out, TOLD_BYTES);
    pthread_mutex_lock(&t->tap_lock);
    if (t->tap) {
        put_entry(&out, t->tap_kind, e);
        if (!buf_failed(&out))
            tap_put(t->tap, buf_str(&out));
    }
    pthread_mutex_unlock(&t->tap_lock);
    buf_fini(&out);
}

void affinity_tell(struct affinity_table *t, struct tap *tap, const char *kind)
{
    pthread_mutex_lock(&t->tap_lock);
    t->tap = tap;
    t->tap_kind = kind;
    pthread_mutex_unlock(&t->tap_lock);
    atomic_store(&t->is_told, tap != NULL);
}

struct packing {
    struct buf *out;
    const char *kind;
};

static void pack_entry(void *ctx, const struct affinity_entry *e)
{
    const struct packing *p = ctx;

    put_entry(p->out, p->kind, e);
}

void affinity_pack(struct affinity_table *t, const char *kind, int64_t now_ms, struct buf *out)
{
    affinity_each(t, UINT64_MAX, now_ms, pack_entry, &(struct packing){ out, kind });
}

void affinity_unpack(struct affinity_table *t, const struct parcel *p, int64_t now_ms)
{
    char source[256];
    struct cp_str said = str_cut(parcel_get(p, "source"), sizeof(source) - 1);
    struct affinity_entry e = {
        .session = { .id = { (uint64_t)parcel_get_number(p, "id0", 0),
                             (uint64_t)parcel_get_number(p, "id1", 0) },
                     .is_guessed = parcel_get_number(p, "is_guessed", 0) != 0 },
        .home = { parcel_get(p, "channel"), parcel_get(p, "key"),
                  parcel_get_number(p, "until_ms", 0) },
        .client_key = parcel_get(p, "client"),
        .uses = (uint64_t)parcel_get_number(p, "uses", 1),
    };

    if (said.p) {
        memcpy(source, said.p, said.n);
        source[said.n] = 0;
        e.session.source = source;
    }
    restore(t, &e, true, now_ms);
}
