/* SPDX-License-Identifier: MIT */
/*
 * capture - what administrators want to see of requests for a while, and what was seen on its way to their files.
 *
 * The copy of a piece is made before the lock is taken; under it a few pointers and counters move.
 */
#include "state/capture.h"

#include "base/mem.h"
#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct place {
    bool is_taken;
    uint32_t turn, left;
    uint64_t lost;
    struct capture_rules rules; /* channel and client point below */
    char channel[CAPTURE_NAME_BYTES], client[CAPTURE_NAME_BYTES];
};

struct capture_hall {
    atomic_uint running;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct place places[CAPTURES_MOST];
    struct link entries;
    size_t bytes, most_bytes;
    bool is_woken;
};

struct capture_hall *capture_hall_new(size_t most_bytes)
{
    struct capture_hall *h = mem_new(1, sizeof(*h));
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->more, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&h->lock, NULL);
    list_init(&h->entries);
    h->most_bytes = most_bytes;
    return h;
}

void capture_hall_free(struct capture_hall *h)
{
    if (!h)
        return;
    while (!list_empty(&h->entries)) {
        struct capture_entry *e = LIST_ENTRY(h->entries.next, struct capture_entry, link);
        list_remove(&e->link);
        capture_entry_free(e);
    }
    pthread_cond_destroy(&h->more);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* ---- who is wanted ---- */

bool capture_is_on(const struct capture_hall *h)
{
    return h && atomic_load_explicit(&((struct capture_hall *)(uintptr_t)h)->running,
                                     memory_order_relaxed);
}

static bool place_wants(const struct place *p, struct cp_str channel, struct cp_str client)
{
    return p->is_taken && p->left &&
           (!p->rules.channel.p || str_eq(p->rules.channel, channel)) &&
           (!p->rules.client.p || str_eq(p->rules.client, client));
}

void capture_match(struct capture_hall *h, struct cp_str channel, struct cp_str client,
                   struct capture_who *who)
{
    *who = (struct capture_who){ 0 };
    pthread_mutex_lock(&h->lock);
    for (uint32_t i = 0; i < CAPTURES_MOST; i++) {
        struct place *p = &h->places[i];
        if (!place_wants(p, channel, client))
            continue;
        p->left--;
        who->places |= 1u << i;
        who->turn[i] = p->turn;
        who->has_bodies |= p->rules.has_bodies;
        if (p->rules.has_bodies && p->rules.body_bytes > who->body_bytes)
            who->body_bytes = p->rules.body_bytes;
    }
    pthread_mutex_unlock(&h->lock);
}

static bool place_is_of(const struct capture_hall *h, const struct capture_who *who, uint32_t i)
{
    return who->places >> i & 1 && h->places[i].is_taken && h->places[i].turn == who->turn[i];
}

bool capture_is_of(struct capture_hall *h, const struct capture_who *who, int place)
{
    pthread_mutex_lock(&h->lock);
    bool is_of = place_is_of(h, who, (uint32_t)place);
    pthread_mutex_unlock(&h->lock);
    return is_of;
}

/* ---- pieces ---- */

/* Moves to *room, which moves on. */
static void text_move(struct cp_str *s, char **room)
{
    if (!s->p)
        return;
    if (s->n)
        memcpy(*room, s->p, s->n);
    s->p = *room;
    *room += s->n;
}

static struct capture_entry *entry_new(const struct capture_piece *p)
{
    size_t n = p->request.n + p->channel.n + p->key.n + p->line.n + p->headers.n + p->body.n;
    struct capture_entry *e = mem_new(1, sizeof(*e) + n + 1);
    char *room = (char *)(e + 1);

    e->piece = *p;
    e->bytes = sizeof(*e) + n;
    text_move(&e->piece.request, &room);
    text_move(&e->piece.channel, &room);
    text_move(&e->piece.key, &room);
    text_move(&e->piece.line, &room);
    text_move(&e->piece.headers, &room);
    text_move(&e->piece.body, &room);
    list_init(&e->link);
    return e;
}

void capture_entry_free(struct capture_entry *e)
{
    free(e);
}

void capture_add(struct capture_hall *h, const struct capture_piece *p)
{
    struct capture_entry *e = entry_new(p);

    pthread_mutex_lock(&h->lock);
    bool fits = h->bytes + e->bytes <= h->most_bytes;
    if (fits) {
        if (list_empty(&h->entries))
            pthread_cond_signal(&h->more);
        list_push(&h->entries, &e->link);
        h->bytes += e->bytes;
    }
    for (uint32_t i = 0; !fits && i < CAPTURES_MOST; i++)
        h->places[i].lost += place_is_of(h, &p->who, i);
    pthread_mutex_unlock(&h->lock);
    if (!fits)
        capture_entry_free(e);
}

/* Under the lock. */
static void hall_wait(struct capture_hall *h, int64_t wait_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (list_empty(&h->entries) && !h->is_woken) {
        if (wait_ms < 0)
            pthread_cond_wait(&h->more, &h->lock);
        else if (pthread_cond_timedwait(&h->more, &h->lock, &until))
            return;
    }
}

void capture_take(struct capture_hall *h, struct link *entries, int64_t wait_ms)
{
    pthread_mutex_lock(&h->lock);
    if (wait_ms)
        hall_wait(h, wait_ms);
    h->is_woken = false;
    h->bytes = 0;
    while (!list_empty(&h->entries)) {
        struct link *l = h->entries.next;
        list_remove(l);
        list_push(entries, l);
    }
    pthread_mutex_unlock(&h->lock);
}

void capture_wake(struct capture_hall *h)
{
    pthread_mutex_lock(&h->lock);
    h->is_woken = true;
    pthread_cond_signal(&h->more);
    pthread_mutex_unlock(&h->lock);
}

/* ---- captures ---- */

static struct cp_str name_keep(char *to, struct cp_str s)
{
    if (!s.n)
        return STR_NONE;
    s = str_cut(s, CAPTURE_NAME_BYTES - 1);
    memcpy(to, s.p, s.n);
    return str_n(to, s.n);
}

int capture_begin(struct capture_hall *h, const struct capture_rules *rules)
{
    int found = -1;

    pthread_mutex_lock(&h->lock);
    for (int i = 0; found < 0 && i < CAPTURES_MOST; i++)
        if (!h->places[i].is_taken)
            found = i;
    if (found >= 0) {
        struct place *p = &h->places[found];
        p->is_taken = true;
        p->turn++;
        p->lost = 0;
        p->left = rules->requests;
        p->rules = *rules;
        p->rules.channel = name_keep(p->channel, rules->channel);
        p->rules.client = name_keep(p->client, rules->client);
        atomic_fetch_add(&h->running, 1);
    }
    pthread_mutex_unlock(&h->lock);
    return found;
}

void capture_finish(struct capture_hall *h, int place)
{
    pthread_mutex_lock(&h->lock);
    if (h->places[place].is_taken)
        atomic_fetch_sub(&h->running, 1);
    h->places[place].is_taken = false;
    pthread_mutex_unlock(&h->lock);
}

uint32_t capture_left(struct capture_hall *h, int place)
{
    pthread_mutex_lock(&h->lock);
    uint32_t left = h->places[place].left;
    pthread_mutex_unlock(&h->lock);
    return left;
}

uint64_t capture_lost(struct capture_hall *h, int place)
{
    pthread_mutex_lock(&h->lock);
    uint64_t lost = h->places[place].lost;
    h->places[place].lost = 0;
    pthread_mutex_unlock(&h->lock);
    return lost;
}
