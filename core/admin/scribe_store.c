/* SPDX-License-Identifier: MIT */
/*
 * scribe_store - a memory whose content outlives the process: in front a store of this process, behind it the scribe's.
 *
 * Requests only ever meet the memory.  What they put or drop there is copied once more, for the scribe to write behind; at
 * a start it is told again, the oldest first, so that what the limits push out is the oldest, too.  Entries that the memory
 * has pushed out stay behind until they end or a pruning finds the bucket larger than the memory may be.
 */
#include "admin/scribe_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/vault.h"
#include "state/diary.h"
#include "state/store.h"

#include <stdlib.h>
#include <time.h>

enum { TELL_WAIT_MS = 1500, PRUNE_ROWS = 200 };

struct mirror {
    struct store base; /* first */
    struct store *memory;
    struct scribe *scribe;
    struct mirror *next;
    pthread_mutex_t life; /* of memory, while it is told what was kept */
    _Atomic int64_t keep_ms;
    _Atomic uint64_t most_bytes;
    bool is_told; /* set by the scribe's thread, under its lock */
    size_t bucket_n;
    char bucket[32];
};

static struct mirror *mirror_of(struct store *s)
{
    return (struct mirror *)(void *)s;
}

static struct cp_str mirror_bucket(const struct mirror *m)
{
    return str_n(m->bucket, m->bucket_n);
}

/* ---- things that wait ---- */

static struct cp_str text_take(struct cp_str s, char **room)
{
    if (!s.p)
        return s;
    if (s.n)
        memcpy(*room, s.p, s.n);
    s.p = *room;
    *room += s.n;
    return s;
}

static struct scribe_thing *thing_new(const struct cp_thing *t)
{
    size_t bytes = sizeof(struct scribe_thing) + t->bucket.n + t->owner.n + t->id.n +
                   t->under.n + t->bytes.n + 1;
    struct scribe_thing *st = mem_new(1, bytes);
    char *room = (char *)(st + 1);

    st->is = *t;
    st->is.bucket = text_take(t->bucket, &room);
    st->is.owner = text_take(t->owner, &room);
    st->is.id = text_take(t->id, &room);
    st->is.under = text_take(t->under, &room);
    st->is.bytes = text_take(t->bytes, &room);
    st->bytes = bytes;
    list_init(&st->link);
    return st;
}

void things_add(struct scribe *s, const struct cp_thing *t)
{
    struct scribe_thing *st = thing_new(t);

    pthread_mutex_lock(&s->lock);
    bool fits = s->state.store && s->things_bytes + st->bytes <= SCRIBE_THINGS_BYTES;
    if (fits) {
        list_push(&s->things, &st->link);
        s->things_bytes += st->bytes;
    } else if (s->state.store) {
        s->things_lost++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!fits)
        free(st);
}

/* The first of those that wait, lent: only this thread takes them away. */
static uint32_t things_batch(struct scribe *s, struct cp_thing *batch)
{
    uint32_t n = 0;
    size_t bytes = 0;

    pthread_mutex_lock(&s->lock);
    LIST_EACH(l, &s->things)
    {
        const struct scribe_thing *st = LIST_ENTRY(l, struct scribe_thing, link);
        if (n == SCRIBE_BATCH || bytes > SCRIBE_BATCH_BYTES)
            break;
        batch[n++] = st->is;
        bytes += st->bytes;
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void things_forget(struct scribe *s, uint32_t n)
{
    pthread_mutex_lock(&s->lock);
    while (n-- && !list_empty(&s->things)) {
        struct scribe_thing *st = LIST_ENTRY(s->things.next, struct scribe_thing, link);
        list_remove(&st->link);
        s->things_bytes -= st->bytes;
        free(st);
    }
    pthread_mutex_unlock(&s->lock);
}

void things_drop(struct scribe *s)
{
    things_forget(s, UINT32_MAX);
}

bool things_write(struct scribe *s)
{
    struct cp_thing *batch = mem_new(SCRIBE_BATCH, sizeof(*batch));
    struct err err = { 0 };
    uint32_t n;
    int rc = 0;

    while (!rc && s->vault && (n = things_batch(s, batch))) {
        rc = vault_put(s->vault, batch, n, &err);
        if (!rc || rc == E_NOMEM || rc == E_BUG || rc == E_UNSUPPORTED)
            things_forget(s, n);
        if (rc == E_UNSUPPORTED)
            rc = 0; /* it keeps history alone, and nobody promised more */
        else if (rc)
            desk_failed(s, &err);
    }
    free(batch);
    return !rc;
}

/* ---- the table ---- */

static int mirror_put(struct store *store, struct cp_str tenant, struct cp_str id,
                      struct cp_str under, struct cp_str bytes, int64_t now_ms)
{
    struct mirror *m = mirror_of(store);
    int rc = m->memory->ops->put(m->memory, tenant, id, under, bytes, now_ms);
    int64_t wall = clock_wall_ms();

    if (!rc)
        things_add(m->scribe, &(struct cp_thing){
                                  .size = sizeof(struct cp_thing),
                                  .bucket = mirror_bucket(m),
                                  .owner = tenant,
                                  .id = id,
                                  .under = under,
                                  .wall_ms = wall,
                                  .until_ms = wall + atomic_load(&m->keep_ms),
                                  .bytes = bytes.p ? bytes : STR(""),
                              });
    return rc;
}

static int mirror_get(struct store *store, struct cp_str tenant, struct cp_str id,
                      int64_t now_ms, struct arena *arena, struct cp_str *bytes)
{
    struct mirror *m = mirror_of(store);
    return m->memory->ops->get(m->memory, tenant, id, now_ms, arena, bytes);
}

static int mirror_drop(struct store *store, struct cp_str tenant, struct cp_str id,
                       int64_t now_ms)
{
    struct mirror *m = mirror_of(store);
    int was_there = m->memory->ops->drop(m->memory, tenant, id, now_ms);

    if (tenant.p && id.n)
        things_add(m->scribe, &(struct cp_thing){ .size = sizeof(struct cp_thing),
                                                  .bucket = mirror_bucket(m),
                                                  .owner = tenant,
                                                  .id = id,
                                                  .wall_ms = clock_wall_ms() });
    return was_there;
}

static void mirror_sweep(struct store *store, int64_t now_ms)
{
    struct mirror *m = mirror_of(store);
    m->memory->ops->sweep(m->memory, now_ms);
}

static void mirror_limit(struct store *store, const struct store_limits *l, int64_t now_ms)
{
    struct mirror *m = mirror_of(store);

    atomic_store(&m->keep_ms, l->keep_ms);
    atomic_store(&m->most_bytes, l->bytes);
    m->memory->ops->limit(m->memory, l, now_ms);
}

static void mirror_count(struct store *store, uint64_t *items, uint64_t *bytes)
{
    struct mirror *m = mirror_of(store);
    m->memory->ops->count(m->memory, items, bytes);
}

static void mirror_says(struct store *store, struct tap *tap, const char *kind)
{
    struct mirror *m = mirror_of(store);

    m->memory->ops->tell(m->memory, tap, kind);
}

static void mirror_pack(struct store *store, const char *kind, struct buf *out)
{
    struct mirror *m = mirror_of(store);

    m->memory->ops->pack(m->memory, kind, out);
}

static void mirror_end(struct mirror *m)
{
    pthread_mutex_destroy(&m->life);
    free(m);
}

/* The scribe may be gone by now, or may still hold us: what is behind is freed with whichever goes last. */
static void mirror_free(struct store *store)
{
    struct mirror *m = mirror_of(store);

    pthread_mutex_lock(&m->life);
    m->memory->ops->free(m->memory);
    m->memory = NULL;
    pthread_mutex_unlock(&m->life);
    if (!m->scribe)
        mirror_end(m);
}

void mirrors_free(struct scribe *s)
{
    struct mirror *next;

    for (struct mirror *m = s->mirrors; m; m = next) {
        next = m->next;
        m->scribe = NULL;
        if (!m->memory)
            mirror_end(m);
    }
    s->mirrors = NULL;
}

/* ---- told again ---- */

struct gathering {
    struct link things; /* the newest first */
    uint64_t bytes, most_bytes;
};

static int gather(void *ctx, const struct cp_thing *t)
{
    struct gathering *g = ctx;
    struct scribe_thing *st = thing_new(t);

    list_push(&g->things, &st->link);
    g->bytes += st->bytes;
    return g->bytes >= g->most_bytes;
}

static void mirror_tell(struct scribe *s, struct mirror *m)
{
    struct gathering g = { .most_bytes = atomic_load(&m->most_bytes) };
    int64_t now = clock_ms(), wall = clock_wall_ms();
    struct err err = { 0 };

    list_init(&g.things);
    if (vault_each(s->vault, mirror_bucket(m), wall, gather, &g, &err))
        desk_failed(s, &err);
    while (!list_empty(&g.things)) {
        struct scribe_thing *st = LIST_ENTRY(g.things.prev, struct scribe_thing, link);
        list_remove(&st->link);
        pthread_mutex_lock(&m->life);
        if (m->memory)
            (void)m->memory->ops->put(m->memory, st->is.owner, st->is.id, st->is.under,
                                      st->is.bytes, now - (wall - st->is.wall_ms));
        pthread_mutex_unlock(&m->life);
        free(st);
    }
    pthread_mutex_lock(&s->lock);
    m->is_told = true;
    pthread_cond_broadcast(&s->told);
    pthread_mutex_unlock(&s->lock);
}

/* The list only grows while the thread lives. */
static struct mirror *mirrors_first(struct scribe *s)
{
    pthread_mutex_lock(&s->lock);
    struct mirror *m = s->mirrors;
    pthread_mutex_unlock(&s->lock);
    return m;
}

void mirrors_tell(struct scribe *s)
{
    for (struct mirror *m = mirrors_first(s); m && s->vault; m = m->next)
        if (!m->is_told)
            mirror_tell(s, m);
}

bool mirrors_prune(struct scribe *s)
{
    struct err err = { 0 };
    bool has_more = false;

    for (struct mirror *m = mirrors_first(s); m && s->vault; m = m->next) {
        int64_t most = (int64_t)atomic_load(&m->most_bytes);
        int rc = vault_prune(s->vault, mirror_bucket(m), clock_wall_ms(), most ? most : 1,
                             PRUNE_ROWS, &err);
        if (rc < 0)
            desk_failed(s, &err);
        has_more |= rc == 1;
    }
    return has_more;
}

bool mirrors_wait(struct scribe *s)
{
    const struct mirror *m = mirrors_first(s);

    while (m && m->is_told)
        m = m->next;
    return m != NULL;
}

static struct timespec in_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/*
 * Waits a moment for what was kept: clients that come back with the first request after a restart find their conversation.
 * A store that cannot be opened is not waited for.
 */
static void mirror_enter(struct scribe *s, struct mirror *m)
{
    struct timespec until = in_ms(s->with.has_memories ? 0 : TELL_WAIT_MS);

    pthread_mutex_lock(&s->lock);
    m->next = s->mirrors;
    s->mirrors = m;
    pthread_mutex_unlock(&s->lock);
    diary_wake(s->with.diary);
    pthread_mutex_lock(&s->lock);
    while (!m->is_told && !(s->is_told && (!s->state.store || s->state.is_failing)))
        if (pthread_cond_timedwait(&s->told, &s->lock, &until))
            break;
    pthread_mutex_unlock(&s->lock);
}

struct store *scribe_store(struct scribe *s, struct store *memory, const struct store_limits *l,
                           const char *bucket)
{
    static const struct store_ops ops = { mirror_put,   mirror_get,   mirror_drop,
                                          mirror_sweep, mirror_limit, mirror_count,
                                          mirror_free,  mirror_says,  mirror_pack };
    struct mirror *m;

    if (!s)
        return memory;
    m = mem_new(1, sizeof(*m));
    m->base.ops = &ops;
    m->memory = memory;
    pthread_mutex_init(&m->life, NULL);
    m->scribe = s;
    atomic_store(&m->keep_ms, l->keep_ms);
    atomic_store(&m->most_bytes, l->bytes);
    m->bucket_n = strnlen(bucket, sizeof(m->bucket));
    memcpy(m->bucket, bucket, m->bucket_n);
    mirror_enter(s, m);
    return &m->base;
}
