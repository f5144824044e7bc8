/* SPDX-License-Identifier: MIT */
/*
 * ratio - how far estimates of a request's size are off, model by model, learned from what upstreams counted.
 *
 * A table of records that hash to places; a model's record stands in one of four places next to each other, and
 * when all four are taken the one that knows least makes room.  What a record knows is one 64-bit word
 * (a mean in 1/65536, and how many samples stand behind it, at most 32: older ones fade), so that
 * a reader never sees half of it.  Two writers at the same moment may lose a sample.
 */
#include "state/ratio.h"

#include "base/hash.h"
#include "base/str.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    RECORDS = 512,
    PLACES = 4,
    SAMPLES = 32,
    ONE = 65536,
    LEAST_TOKENS = 50,
    FIRST = 3,
    EACH = 64
};

struct ratio {
    _Atomic uint64_t key;   /* 0: free */
    _Atomic uint64_t known; /* mean << 32 | samples */
    _Atomic uint32_t seen;  /* samples and questions: who is here for something */
    _Atomic uint32_t asked; /* by ratio_wants() */
};

struct ratio_table {
    struct ratio records[RECORDS];
};

struct ratio_table *ratio_table_new(void)
{
    struct ratio_table *t = calloc(1, sizeof(*t));

    if (!t)
        abort();
    return t;
}

void ratio_table_free(struct ratio_table *t)
{
    free(t);
}

/* The model alone names no service: the same name is counted otherwise elsewhere. */
static uint64_t ratio_key(struct cp_str dialect, struct cp_str model)
{
    uint64_t key = hash_str(dialect) * 31 + hash_str(model.p ? model : STR(""));
    return key ? key : 1;
}

static uint32_t samples_of(uint64_t known)
{
    return (uint32_t)known;
}

static int64_t mean_of(uint64_t known)
{
    return (int64_t)(known >> 32);
}

static const struct ratio *ratio_find(const struct ratio_table *t, uint64_t key)
{
    for (uint32_t i = 0; i < PLACES; i++) {
        const struct ratio *r = &t->records[(key + i) % RECORDS];
        if (atomic_load_explicit(&r->key, memory_order_relaxed) == key)
            return r;
    }
    return NULL;
}

static struct ratio *ratio_place(struct ratio_table *t, uint64_t key)
{
    struct ratio *least = &t->records[key % RECORDS];

    for (uint32_t i = 0; i < PLACES; i++) {
        struct ratio *r = &t->records[(key + i) % RECORDS];
        uint64_t has = atomic_load_explicit(&r->key, memory_order_relaxed);
        if (has == key)
            return r;
        if (atomic_load_explicit(&r->seen, memory_order_relaxed) <
            atomic_load_explicit(&least->seen, memory_order_relaxed))
            least = r;
    }
    atomic_store_explicit(&least->known, 0, memory_order_relaxed);
    atomic_store_explicit(&least->seen, 0, memory_order_relaxed);
    atomic_store_explicit(&least->asked, 0, memory_order_relaxed);
    atomic_store_explicit(&least->key, key, memory_order_relaxed);
    return least;
}

static void ratio_add(struct ratio *r, int64_t sample)
{
    uint64_t old = atomic_load_explicit(&r->known, memory_order_relaxed), new;

    atomic_fetch_add_explicit(&r->seen, 1, memory_order_relaxed);
    do {
        uint32_t n = samples_of(old) < SAMPLES ? samples_of(old) + 1 : SAMPLES;
        int64_t mean = mean_of(old) + (sample - mean_of(old)) / n;
        new = (uint64_t)mean << 32 | n;
    } while (!atomic_compare_exchange_weak_explicit(&r->known, &old, new, memory_order_relaxed,
                                                    memory_order_relaxed));
}

static int64_t clamped(int64_t sample)
{
    return sample < ONE / 2 ? ONE / 2 : sample > ONE * 2 ? ONE * 2 : sample;
}

void ratio_learn(struct ratio_table *t, struct cp_str dialect, struct cp_str model,
                 int64_t real, int64_t estimate)
{
    if (estimate < LEAST_TOKENS || real <= 0 || real > INT64_MAX / ONE)
        return;
    int64_t sample = clamped(real * ONE / estimate);
    ratio_add(ratio_place(t, ratio_key(dialect, model)), sample);
    ratio_add(ratio_place(t, ratio_key(dialect, STR_NONE)), sample);
}

int64_t ratio_correct(const struct ratio_table *t, struct cp_str dialect, struct cp_str model,
                      int64_t estimate)
{
    const struct ratio *r = t ? ratio_find(t, ratio_key(dialect, model)) : NULL;
    uint64_t known = r ? atomic_load_explicit(&r->known, memory_order_relaxed) : 0;

    if (t && !samples_of(known)) {
        r = ratio_find(t, ratio_key(dialect, STR_NONE));
        known = r ? atomic_load_explicit(&r->known, memory_order_relaxed) : 0;
    }
    if (!samples_of(known) || estimate <= 0 || estimate > INT64_MAX / ONE / 4)
        return estimate;
    return (estimate * mean_of(known) + ONE / 2) / ONE;
}

bool ratio_wants(struct ratio_table *t, struct cp_str dialect, struct cp_str model)
{
    struct ratio *r = ratio_place(t, ratio_key(dialect, model));
    uint32_t n = atomic_fetch_add_explicit(&r->asked, 1, memory_order_relaxed);

    return n < FIRST || n % EACH == 0;
}
