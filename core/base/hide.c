/* SPDX-License-Identifier: MIT */
/*
 * hide - finds known secrets in text about to be logged, without keeping them.
 *
 * A table over the first four bytes says where a secret may begin; there, a keyed hash of as many
 * bytes as the secret has says whether it does.  So the table holds no secret, and a key that was
 * wiped is nowhere any more.  Lists only grow at their front, by a release store: readers need no
 * lock.
 *
 * Services quote the beginning of a key they refuse.  So a long secret's beginning is hidden as
 * well, with all that hangs on it.
 */
#include "base/hide.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>

enum { HIDE_PREFIX = 4, HIDE_BUCKETS = 1024, HIDE_LENGTHS = 16 };
enum { HIDE_LONG = 24, HIDE_BEGINNING = 16 }; /* of so many bytes, so many at the beginning */

struct hidden {
    const struct hidden *older;
    size_t n;
    uint64_t hash;
    bool is_beginning; /* of a longer one */
};

static const struct hidden *_Atomic hide_buckets[HIDE_BUCKETS];
static atomic_bool hide_any;
static pthread_mutex_t hide_adding = PTHREAD_MUTEX_INITIALIZER;

static size_t hide_bucket(const char *p)
{
    uint32_t word;
    memcpy(&word, p, HIDE_PREFIX);
    return (word * 2654435761u) >> 22;
}

/* How many bytes of text, from its byte n on, may belong to a key. */
static size_t hide_rest(struct cp_str text, size_t n)
{
    size_t end = n;
    while (end < text.n && ((text.p[end] >= '0' && text.p[end] <= '9') ||
                            (text.p[end] >= 'A' && text.p[end] <= 'Z') ||
                            (text.p[end] >= 'a' && text.p[end] <= 'z') || text.p[end] == '-' ||
                            text.p[end] == '_'))
        end++;
    return end - n;
}

/* The length of the longest secret that text begins with, or 0. */
static size_t hide_match(const struct hidden *list, struct cp_str text)
{
    /* Keys of one service have one beginning and few lengths: each is hashed once. */
    struct {
        size_t n;
        uint64_t hash;
    } known[HIDE_LENGTHS] = { { 0, 0 } };
    size_t longest = 0;
    for (; list; list = list->older) {
        size_t at = list->n % HIDE_LENGTHS;
        if (list->n > text.n || list->n <= longest)
            continue;
        if (list->n != known[at].n)
            known[at].hash = hash_str(str_cut(text, list->n));
        known[at].n = list->n;
        if (known[at].hash == list->hash)
            longest = list->n + (list->is_beginning ? hide_rest(text, list->n) : 0);
    }
    return longest;
}

static void hide_list(struct cp_str secret, bool is_beginning)
{
    const struct hidden *_Atomic *bucket = &hide_buckets[hide_bucket(secret.p)];
    pthread_mutex_lock(&hide_adding);
    const struct hidden *list = atomic_load(bucket);
    if (hide_match(list, secret) < secret.n) {
        struct hidden *h = mem_new(1, sizeof(*h));
        *h = (struct hidden){ list, secret.n, hash_str(secret), is_beginning };
        atomic_store_explicit(bucket, h, memory_order_release);
        atomic_store_explicit(&hide_any, true, memory_order_release);
    }
    pthread_mutex_unlock(&hide_adding);
}

void hide_add(struct cp_str secret)
{
    if (secret.n < HIDE_SHORTEST)
        return;
    hide_list(secret, false);
    if (secret.n >= HIDE_LONG)
        hide_list(str_cut(secret, HIDE_BEGINNING), true);
}

size_t hide_find(struct cp_str text, size_t *at)
{
    bool any = atomic_load_explicit(&hide_any, memory_order_acquire);
    for (size_t i = *at; any && i + HIDE_SHORTEST <= text.n; i++) {
        const struct hidden *list =
            atomic_load_explicit(&hide_buckets[hide_bucket(text.p + i)], memory_order_acquire);
        size_t n = list ? hide_match(list, str_from(text, i)) : 0;
        if (n) {
            *at = i;
            return n;
        }
    }
    *at = text.n;
    return 0;
}
