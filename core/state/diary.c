/* SPDX-License-Identifier: MIT */
/*
 * diary - where workers leave the records of requests that are over, and one thread fetches them.
 *
 * The copy is made before the lock is taken, in one piece of memory: the entry, its tries, its texts.  Under the lock two
 * pointers and two counters move.  Who takes gets the whole list at once.
 */
#include "state/diary.h"

#include "base/err.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Behind the first one others come: who is woken for each costs ten times what there is to do. */
enum { GATHER_MS = 20 };

struct diary {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct link entries;
    uint32_t n;
    size_t bytes;
    size_t most_entries, most_bytes;
    bool is_woken;
    _Atomic uint64_t lost;
};

/* Where the texts of a record stand. */
static const size_t record_texts[] = {
    offsetof(struct cp_record, id),       offsetof(struct cp_record, client),
    offsetof(struct cp_record, family),   offsetof(struct cp_record, op),
    offsetof(struct cp_record, dialect),  offsetof(struct cp_record, model),
    offsetof(struct cp_record, model_up), offsetof(struct cp_record, channel),
    offsetof(struct cp_record, key),      offsetof(struct cp_record, session),
    offsetof(struct cp_record, peer),     offsetof(struct cp_record, agent),
    offsetof(struct cp_record, end),      offsetof(struct cp_record, why),
    offsetof(struct cp_record, trace),
};
static const size_t try_texts[] = { offsetof(struct cp_try, channel),
                                    offsetof(struct cp_try, key),
                                    offsetof(struct cp_try, outcome) };
enum {
    RECORD_TEXTS = sizeof(record_texts) / sizeof(record_texts[0]),
    TRY_TEXTS = sizeof(try_texts) / sizeof(try_texts[0])
};

static struct cp_str text_at(const void *of, size_t offset)
{
    struct cp_str s;
    memcpy(&s, (const char *)of + offset, sizeof(s));
    return s;
}

/* The text moves to *room, which moves on. */
static void text_move(void *of, size_t offset, char **room)
{
    struct cp_str s = text_at(of, offset);
    if (!s.p)
        return;
    if (s.n)
        memcpy(*room, s.p, s.n);
    s.p = *room;
    *room += s.n;
    memcpy((char *)of + offset, &s, sizeof(s));
}

static const struct cp_try *try_at(const struct cp_record *r, uint32_t i)
{
    return (const struct cp_try *)(const void *)((const char *)r->tries +
                                                 (size_t)i * r->try_size);
}

static size_t record_room(const struct cp_record *r)
{
    size_t n = 0;
    for (uint32_t i = 0; i < RECORD_TEXTS; i++)
        n += text_at(r, record_texts[i]).n;
    for (uint32_t t = 0; t < r->tries_n; t++)
        for (uint32_t i = 0; i < TRY_TEXTS; i++)
            n += text_at(try_at(r, t), try_texts[i]).n;
    return n;
}

struct diary_entry *diary_entry_new(const struct cp_record *r)
{
    size_t tries = r->tries_n * sizeof(struct cp_try);
    size_t bytes = sizeof(struct diary_entry) + tries + record_room(r) + 1;
    struct diary_entry *e = mem_new(1, bytes);
    struct cp_try *to = (struct cp_try *)(void *)(e + 1);
    char *room = (char *)(to + r->tries_n);

    e->record = *r;
    e->record.size = sizeof(*r);
    e->record.try_size = sizeof(struct cp_try);
    e->record.tries = r->tries_n ? to : NULL;
    e->bytes = bytes;
    for (uint32_t i = 0; i < RECORD_TEXTS; i++)
        text_move(&e->record, record_texts[i], &room);
    for (uint32_t t = 0; t < r->tries_n; t++) {
        to[t] = *try_at(r, t);
        for (uint32_t i = 0; i < TRY_TEXTS; i++)
            text_move(&to[t], try_texts[i], &room);
    }
    list_init(&e->link);
    return e;
}

void diary_entry_free(struct diary_entry *e)
{
    free(e);
}

struct diary *diary_new(size_t most_entries, size_t most_bytes)
{
    struct diary *d = mem_new(1, sizeof(*d));
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&d->more, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&d->lock, NULL);
    list_init(&d->entries);
    d->most_entries = most_entries;
    d->most_bytes = most_bytes;
    return d;
}

void diary_free(struct diary *d)
{
    if (!d)
        return;
    while (!list_empty(&d->entries)) {
        struct diary_entry *e = LIST_ENTRY(d->entries.next, struct diary_entry, link);
        list_remove(&e->link);
        diary_entry_free(e);
    }
    pthread_cond_destroy(&d->more);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

int diary_add(struct diary *d, const struct cp_record *r)
{
    struct diary_entry *e = diary_entry_new(r);

    pthread_mutex_lock(&d->lock);
    bool fits = d->n < d->most_entries && d->bytes + e->bytes <= d->most_bytes;
    if (fits) {
        list_push(&d->entries, &e->link);
        d->bytes += e->bytes;
        if (d->n++ == 0)
            pthread_cond_signal(&d->more);
    }
    pthread_mutex_unlock(&d->lock);
    if (fits)
        return 0;
    diary_entry_free(e);
    atomic_fetch_add_explicit(&d->lost, 1, memory_order_relaxed);
    return E_LIMIT;
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

/* Under the lock. */
static void diary_wait(struct diary *d, int64_t wait_ms)
{
    struct timespec until = in_ms(wait_ms);

    while (!d->n && !d->is_woken)
        if (pthread_cond_timedwait(&d->more, &d->lock, &until))
            return;
    until = in_ms(GATHER_MS);
    while (!d->is_woken)
        if (pthread_cond_timedwait(&d->more, &d->lock, &until))
            return;
}

uint32_t diary_take(struct diary *d, struct link *entries, int64_t wait_ms)
{
    pthread_mutex_lock(&d->lock);
    if (wait_ms > 0)
        diary_wait(d, wait_ms);
    uint32_t n = d->n;
    if (n) {
        struct link *first = d->entries.next, *last = d->entries.prev;
        first->prev = entries->prev;
        entries->prev->next = first;
        last->next = entries;
        entries->prev = last;
        list_init(&d->entries);
    }
    d->n = 0;
    d->bytes = 0;
    d->is_woken = false;
    pthread_mutex_unlock(&d->lock);
    return n;
}

void diary_wake(struct diary *d)
{
    pthread_mutex_lock(&d->lock);
    d->is_woken = true;
    pthread_cond_signal(&d->more);
    pthread_mutex_unlock(&d->lock);
}

uint64_t diary_lost(const struct diary *d)
{
    return atomic_load_explicit(&d->lost, memory_order_relaxed);
}

uint64_t diary_waiting(struct diary *d)
{
    pthread_mutex_lock(&d->lock);
    uint64_t n = d->n;
    pthread_mutex_unlock(&d->lock);
    return n;
}
