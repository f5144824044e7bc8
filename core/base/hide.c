/* SPDX-License-Identifier: MIT */
/*
 * hide - finds known secrets in text about to be logged, without keeping them.
 *
 * A table over the first four bytes says where a secret may begin and how long those are that begin so; there, a keyed hash
 * of as many bytes is looked for among all secrets' hashes.  So the tables hold no secret, and a key that was wiped is nowhere
 * any more; and thousands of keys of one service, which begin alike and have few lengths, cost what one does.  Lists only
 * grow at their front, by a release store: readers need no lock.
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

enum { HIDE_PREFIX = 4, HIDE_BUCKETS = 1024, HIDE_CHAINS = 8192 };
enum { HIDE_LONG = 24, HIDE_BEGINNING = 16 }; /* of so many bytes, so many at the beginning */

/* A length that secrets of a bucket have. */
struct length {
    const struct length *older;
    size_t n;
};

struct hidden {
    const struct hidden *older;
    size_t n;
    uint64_t hash;
    bool is_beginning; /* of a longer one */
};

static const struct length *_Atomic hide_buckets[HIDE_BUCKETS];
static const struct hidden *_Atomic hide_chains[HIDE_CHAINS];
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

static const struct hidden *_Atomic *hide_chain(uint64_t hash)
{
    return &hide_chains[hash % HIDE_CHAINS];
}

/* How many bytes of text belong to secrets of n bytes that it begins with, or 0. */
static size_t hide_match_length(struct cp_str text, size_t n)
{
    uint64_t hash = hash_str(str_cut(text, n));
    const struct hidden *h = atomic_load_explicit(hide_chain(hash), memory_order_acquire);
    size_t found = 0;

    for (; h; h = h->older)
        if (h->hash == hash && h->n == n && h->is_beginning)
            return n + hide_rest(text, n);
        else if (h->hash == hash && h->n == n)
            found = n;
    return found;
}

/* The length of the longest secret that text begins with, or 0. */
static size_t hide_match(const struct length *lengths, struct cp_str text)
{
    size_t longest = 0;

    for (; lengths; lengths = lengths->older) {
        if (lengths->n > text.n || lengths->n <= longest)
            continue;
        size_t n = hide_match_length(text, lengths->n);
        longest = n > longest ? n : longest;
    }
    return longest;
}

static bool hide_is_known(uint64_t hash, size_t n, bool is_beginning)
{
    const struct hidden *h = atomic_load(hide_chain(hash));

    while (h && !(h->hash == hash && h->n == n && h->is_beginning == is_beginning))
        h = h->older;
    return h != NULL;
}

static void hide_add_length(struct cp_str secret)
{
    const struct length *_Atomic *bucket = &hide_buckets[hide_bucket(secret.p)];
    const struct length *l = atomic_load(bucket), *all = l;

    while (l && l->n != secret.n)
        l = l->older;
    if (l)
        return;
    struct length *made = mem_new(1, sizeof(*made));
    *made = (struct length){ all, secret.n };
    atomic_store_explicit(bucket, made, memory_order_release);
}

static void hide_list(struct cp_str secret, bool is_beginning)
{
    uint64_t hash = hash_str(secret);

    pthread_mutex_lock(&hide_adding);
    if (!hide_is_known(hash, secret.n, is_beginning)) {
        struct hidden *h = mem_new(1, sizeof(*h));
        *h = (struct hidden){ atomic_load(hide_chain(hash)), secret.n, hash, is_beginning };
        atomic_store_explicit(hide_chain(hash), h, memory_order_release);
        hide_add_length(secret);
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
        const struct length *lengths =
            atomic_load_explicit(&hide_buckets[hide_bucket(text.p + i)], memory_order_acquire);
        size_t n = lengths ? hide_match(lengths, str_from(text, i)) : 0;
        if (n) {
            *at = i;
            return n;
        }
    }
    *at = text.n;
    return 0;
}
