/* SPDX-License-Identifier: MIT */
/*
 * marks - what is known of one detail of a thing until a time: a bounded table for all that has no record of its own.
 *
 * Asked for each path of each request, answered "no" nearly always.  So the ways to a "no" take no lock: the last end
 * of all marks of the kind, then whether anything at all hangs in the bucket.
 *
 * The details come from strangers: who invents names of models must not push out what is known of others.  So when the table
 * is full, the owner that has the most marks gives one up, and promotions, which a person set, go last.  And what a channel
 * has refused is gone through for each request to it: who makes it refuse a thousand things must not make it slow.
 */
#include "state/marks.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Twice as many buckets as marks: most of them stay empty. */
enum { KINDS = MARK_PROMOTED + 1, BUCKETS = 2 * MARKS_MOST, OWNER_BUCKETS = 1024 };

struct owner {
    struct cp_str name;
    uint32_t n;      /* its marks; it goes with the last */
    uint32_t first;  /* place of one of them, + 1; the others by slot.peer */
    uint32_t bucket; /* in marks.owned */
};

struct slot {
    struct owner *owner; /* NULL: free */
    struct cp_str detail;
    uint64_t hash;
    int64_t since_ms, until_ms;
    struct cooldown_cause cause;
    enum mark_kind kind;
    uint32_t next; /* place + 1 of the next in the bucket, or of the next free one */
    uint32_t peer; /* likewise, of the same owner */
};

struct marks {
    pthread_mutex_t lock;
    _Atomic int64_t last_ms[KINDS];        /* no mark of the kind ends later */
    _Atomic uint16_t buckets[BUCKETS];     /* place + 1 of the first; 0: empty */
    _Atomic uint16_t owned[OWNER_BUCKETS]; /* how many owners have this hash */
    struct map *owners;                    /* kind and name to struct owner */
    struct slot *slots;
    uint32_t slots_n, slots_cap, free; /* free: place + 1 */
};

/* One mark's names and where they are kept. */
struct spot {
    struct cp_str owner, detail;
    uint64_t owner_hash, hash;
    enum mark_kind kind;
};

struct marks *marks_new(void)
{
    struct marks *m = mem_new(1, sizeof(*m));

    pthread_mutex_init(&m->lock, NULL);
    m->owners = map_new();
    return m;
}

void marks_free(struct marks *m)
{
    void *owner;
    size_t at = 0;

    if (!m)
        return;
    for (uint32_t i = 0; i < m->slots_n; i++)
        if (m->slots[i].owner)
            free((char *)(uintptr_t)m->slots[i].detail.p);
    while (map_each(m->owners, &at, NULL, &owner)) {
        free((char *)(uintptr_t)((struct owner *)owner)->name.p);
        free(owner);
    }
    map_free(m->owners);
    free(m->slots);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* ---- names ---- */

static struct cp_str fitted(struct cp_str s)
{
    if (!s.p)
        return STR("");
    return s.n > MARK_BYTES ? str_cut(s, utf8_cut(s, MARK_BYTES)) : s;
}

static void spot_of_owner(struct spot *s, enum mark_kind kind, struct cp_str owner)
{
    s->kind = kind;
    s->owner = fitted(owner);
    s->owner_hash = hash_str(s->owner) + (uint64_t)kind * 0x9E3779B97F4A7C15u;
}

static void spot_of(struct spot *s, enum mark_kind kind, struct cp_str owner,
                    struct cp_str detail)
{
    spot_of_owner(s, kind, owner);
    s->detail = fitted(detail);
    uint64_t h = hash_str(s->detail);
    s->hash = s->owner_hash ^ (h << 29 | h >> 35);
}

static bool is_kind(enum mark_kind kind)
{
    return (int)kind >= MARK_MODEL && (int)kind < KINDS;
}

static bool is_any(struct marks *m, enum mark_kind kind, int64_t now_ms)
{
    return is_kind(kind) &&
           atomic_load_explicit(&m->last_ms[kind], memory_order_relaxed) > now_ms;
}

/* ---- owners; the lock is held ---- */

static struct cp_str owner_key(const struct spot *s, char key[MARK_BYTES + 1])
{
    key[0] = (char)s->kind;
    memcpy(key + 1, s->owner.p, s->owner.n);
    return str_n(key, s->owner.n + 1);
}

static struct owner *owner_find(struct marks *m, const struct spot *s)
{
    char key[MARK_BYTES + 1];

    return map_get(m->owners, owner_key(s, key));
}

static struct owner *owner_get(struct marks *m, const struct spot *s)
{
    char key[MARK_BYTES + 1];
    struct owner *o = owner_find(m, s);

    if (o)
        return o;
    o = mem_new(1, sizeof(*o));
    o->name = str_n(mem_dup(s->owner.p, s->owner.n), s->owner.n);
    o->bucket = s->owner_hash % OWNER_BUCKETS;
    atomic_fetch_add(&m->owned[o->bucket], 1);
    map_set(m->owners, owner_key(s, key), o);
    return o;
}

static void owner_put(struct marks *m, enum mark_kind kind, struct owner *o)
{
    char key[MARK_BYTES + 1];
    struct spot s = { .kind = kind, .owner = o->name };

    if (o->n)
        return;
    map_set(m->owners, owner_key(&s, key), NULL);
    atomic_fetch_sub(&m->owned[o->bucket], 1);
    free((char *)(uintptr_t)o->name.p);
    free(o);
}

/* ---- slots; the lock is held ---- */

/* Place + 1, or 0. */
static uint32_t slot_find(struct marks *m, const struct spot *s)
{
    uint32_t at = atomic_load_explicit(&m->buckets[s->hash % BUCKETS], memory_order_relaxed);

    for (; at; at = m->slots[at - 1].next) {
        struct slot *l = &m->slots[at - 1];
        if (l->hash == s->hash && l->kind == s->kind && str_eq(l->detail, s->detail) &&
            str_eq(l->owner->name, s->owner))
            return at;
    }
    return 0;
}

static void unlink_bucket(struct marks *m, uint32_t at)
{
    _Atomic uint16_t *first = &m->buckets[m->slots[at - 1].hash % BUCKETS];
    uint32_t next = m->slots[at - 1].next;

    if (atomic_load(first) == at) {
        atomic_store(first, (uint16_t)next);
        return;
    }
    uint32_t before = atomic_load(first);
    while (m->slots[before - 1].next != at)
        before = m->slots[before - 1].next;
    m->slots[before - 1].next = next;
}

static void unlink_owner(struct marks *m, uint32_t at)
{
    struct owner *o = m->slots[at - 1].owner;
    uint32_t *to = &o->first;

    while (*to != at)
        to = &m->slots[*to - 1].peer;
    *to = m->slots[at - 1].peer;
    o->n--;
}

static void slot_remove(struct marks *m, uint32_t at)
{
    struct slot *l = &m->slots[at - 1];
    struct owner *o = l->owner;

    unlink_bucket(m, at);
    unlink_owner(m, at);
    owner_put(m, l->kind, o);
    free((char *)(uintptr_t)l->detail.p);
    *l = (struct slot){ .next = m->free };
    m->free = at;
}

/* Whether a has to go before b. */
static bool goes_first(const struct slot *a, const struct slot *b, int64_t now_ms)
{
    bool is_over = a->until_ms <= now_ms;

    if (is_over != (b->until_ms <= now_ms))
        return is_over;
    if ((a->kind == MARK_PROMOTED) != (b->kind == MARK_PROMOTED))
        return b->kind == MARK_PROMOTED;
    if (a->owner->n != b->owner->n)
        return a->owner->n > b->owner->n;
    return a->until_ms < b->until_ms;
}

static void make_room(struct marks *m, int64_t now_ms)
{
    uint32_t out = 0;

    for (uint32_t i = 0; i < m->slots_n; i++)
        if (!out || goes_first(&m->slots[i], &m->slots[out - 1], now_ms))
            out = i + 1;
    slot_remove(m, out);
}

static uint32_t slot_new(struct marks *m, int64_t now_ms)
{
    if (!m->free && m->slots_n == MARKS_MOST)
        make_room(m, now_ms);
    uint32_t at = m->free;
    if (at) {
        m->free = m->slots[at - 1].next;
        return at;
    }
    if (m->slots_n == m->slots_cap) {
        m->slots_cap = m->slots_cap ? 2 * m->slots_cap : 64;
        m->slots = mem_grow(m->slots, m->slots_cap * sizeof(*m->slots));
    }
    return ++m->slots_n;
}

/* What is asked for one by one, for each request, must stay short: its owner gives up the one that ends first. */
static void owner_make_room(struct marks *m, const struct spot *s)
{
    const struct owner *o = s->kind == MARK_REFUSED ? owner_find(m, s) : NULL;

    if (!o || o->n < MARKS_REFUSED_MOST)
        return;
    uint32_t out = o->first;
    for (uint32_t at = out; at; at = m->slots[at - 1].peer)
        if (m->slots[at - 1].until_ms < m->slots[out - 1].until_ms)
            out = at;
    slot_remove(m, out);
}

static struct slot *slot_add(struct marks *m, const struct spot *s, int64_t now_ms)
{
    owner_make_room(m, s);
    uint32_t at = slot_new(m, now_ms);
    struct slot *l = &m->slots[at - 1];
    struct owner *o = owner_get(m, s);
    _Atomic uint16_t *bucket = &m->buckets[s->hash % BUCKETS];

    *l = (struct slot){ .owner = o, .hash = s->hash, .kind = s->kind, .peer = o->first };
    l->detail = str_n(mem_dup(s->detail.p, s->detail.n), s->detail.n);
    l->next = atomic_load(bucket);
    atomic_store(bucket, (uint16_t)at);
    o->first = at;
    o->n++;
    return l;
}

static void last_reach(struct marks *m, enum mark_kind kind, int64_t until_ms)
{
    if (atomic_load(&m->last_ms[kind]) < until_ms)
        atomic_store(&m->last_ms[kind], until_ms);
}

static void last_anew(struct marks *m, enum mark_kind kind)
{
    int64_t last = 0;

    for (uint32_t i = 0; i < m->slots_n; i++)
        if (m->slots[i].owner && m->slots[i].kind == kind && m->slots[i].until_ms > last)
            last = m->slots[i].until_ms;
    atomic_store(&m->last_ms[kind], last);
}

/* ---- from outside ---- */

void marks_put(struct marks *m, const struct mark *mark, int64_t now_ms)
{
    struct spot s;

    if (!is_kind(mark->kind))
        return;
    if (mark->until_ms <= now_ms) {
        marks_drop(m, mark->kind, fitted(mark->owner), fitted(mark->detail));
        return;
    }
    spot_of(&s, mark->kind, mark->owner, mark->detail);
    pthread_mutex_lock(&m->lock);
    uint32_t at = slot_find(m, &s);
    struct slot *l = at ? &m->slots[at - 1] : slot_add(m, &s, now_ms);
    if (l->until_ms <= now_ms)
        l->since_ms = now_ms; /* the one before is over */
    if (s.kind == MARK_PROMOTED || l->until_ms < mark->until_ms) {
        l->until_ms = mark->until_ms;
        l->cause = mark->cause;
        last_reach(m, s.kind, mark->until_ms);
    }
    pthread_mutex_unlock(&m->lock);
}

int64_t marks_until(struct marks *m, enum mark_kind kind, struct cp_str owner,
                    struct cp_str detail, int64_t now_ms)
{
    struct spot s;

    if (!is_any(m, kind, now_ms))
        return 0;
    spot_of(&s, kind, owner, detail);
    if (!atomic_load_explicit(&m->buckets[s.hash % BUCKETS], memory_order_relaxed))
        return 0;
    pthread_mutex_lock(&m->lock);
    uint32_t at = slot_find(m, &s);
    int64_t until = at ? m->slots[at - 1].until_ms : 0;
    if (at && until <= now_ms) {
        slot_remove(m, at);
        until = 0;
    }
    pthread_mutex_unlock(&m->lock);
    return until;
}

bool marks_end(struct marks *m, enum mark_kind kind, struct cp_str owner, struct cp_str detail,
               int64_t at_ms)
{
    struct spot s;

    if (!is_kind(kind))
        return false;
    spot_of(&s, kind, owner, detail);
    if (!atomic_load_explicit(&m->buckets[s.hash % BUCKETS], memory_order_relaxed))
        return false;
    pthread_mutex_lock(&m->lock);
    uint32_t at = slot_find(m, &s);
    bool is_old = at && m->slots[at - 1].since_ms <= at_ms;
    if (is_old)
        slot_remove(m, at);
    pthread_mutex_unlock(&m->lock);
    return is_old;
}

/* The owner's first live mark at or behind the place; place + 1, or 0. */
static uint32_t peer_from(struct marks *m, const struct owner *o, size_t from, int64_t now_ms)
{
    uint32_t found = 0;

    for (uint32_t at = o ? o->first : 0; at; at = m->slots[at - 1].peer)
        if (at > from && (!found || at < found) && m->slots[at - 1].until_ms > now_ms)
            found = at;
    return found;
}

bool marks_next(struct marks *m, enum mark_kind kind, struct cp_str owner, size_t *at,
                int64_t now_ms, char out[MARK_BYTES + 1])
{
    struct spot s;

    if (!is_any(m, kind, now_ms))
        return false;
    spot_of_owner(&s, kind, owner);
    if (!atomic_load_explicit(&m->owned[s.owner_hash % OWNER_BUCKETS], memory_order_relaxed))
        return false;
    pthread_mutex_lock(&m->lock);
    uint32_t found = peer_from(m, owner_find(m, &s), *at, now_ms);
    if (found) {
        struct cp_str detail = m->slots[found - 1].detail;
        memcpy(out, detail.p, detail.n);
        out[detail.n] = '\0';
        *at = found;
    }
    pthread_mutex_unlock(&m->lock);
    return found;
}

uint32_t marks_drop(struct marks *m, enum mark_kind kind, struct cp_str owner,
                    struct cp_str detail)
{
    struct cp_str o = owner.p ? fitted(owner) : owner, d = detail.p ? fitted(detail) : detail;
    uint32_t n = 0;

    if (!is_kind(kind) || !atomic_load(&m->last_ms[kind]))
        return 0;
    pthread_mutex_lock(&m->lock);
    for (uint32_t i = 0; i < m->slots_n; i++) {
        struct slot *l = &m->slots[i];
        if (!l->owner || l->kind != kind || (o.p && !str_eq(l->owner->name, o)) ||
            (d.p && !str_eq(l->detail, d)))
            continue;
        slot_remove(m, i + 1);
        n++;
    }
    last_anew(m, kind);
    pthread_mutex_unlock(&m->lock);
    return n;
}

/* A copy in text; false: there is none at this place. */
static bool slot_copy(struct marks *m, uint32_t place, int64_t now_ms,
                      char text[2][MARK_BYTES + 1], struct mark *out)
{
    const struct slot *l = &m->slots[place];

    if (!l->owner || l->until_ms <= now_ms)
        return false;
    memcpy(text[0], l->owner->name.p, l->owner->name.n);
    memcpy(text[1], l->detail.p, l->detail.n);
    *out = (struct mark){ .kind = l->kind,
                          .owner = str_n(text[0], l->owner->name.n),
                          .detail = str_n(text[1], l->detail.n),
                          .until_ms = l->until_ms,
                          .cause = l->cause };
    return true;
}

void marks_each(struct marks *m, int64_t now_ms, void (*fn)(void *ctx, const struct mark *),
                void *ctx)
{
    char text[2][MARK_BYTES + 1];
    struct mark mark;

    for (uint32_t i = 0;; i++) {
        pthread_mutex_lock(&m->lock);
        bool is_end = i >= m->slots_n;
        bool is_there = !is_end && slot_copy(m, i, now_ms, text, &mark);
        pthread_mutex_unlock(&m->lock);
        if (is_end)
            return;
        if (is_there)
            fn(ctx, &mark);
    }
}
