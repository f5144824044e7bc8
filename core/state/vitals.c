/* SPDX-License-Identifier: MIT */
/*
 * vitals - the health of one thing: a channel, a key, a base URL, or a path (a key at a base URL).
 *
 * The table only grows, and by no more than what configurations name, so a pointer once given stays good and no
 * request counts references.
 */
#include "state/vitals.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

struct vitals_table {
    pthread_mutex_t lock;
    struct map *records;
};

struct vitals_table *vitals_table_new(void)
{
    struct vitals_table *t = mem_new(1, sizeof(*t));

    pthread_mutex_init(&t->lock, NULL);
    t->records = map_new();
    return t;
}

static void vitals_free(struct vitals *v)
{
    breaker_fini(&v->breaker);
    free(v);
}

void vitals_table_free(struct vitals_table *t)
{
    struct cp_str name;
    void *value;

    if (!t)
        return;
    for (size_t at = 0; map_each(t->records, &at, &name, &value);)
        vitals_free(value);
    map_free(t->records);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* The name lies behind the record. */
static struct vitals *vitals_new(struct cp_str name)
{
    struct vitals *v = mem_new(1, sizeof(*v) + name.n + 1);
    char *text = (char *)(v + 1);

    if (name.n)
        memcpy(text, name.p, name.n);
    v->name = str_n(text, name.n);
    breaker_init(&v->breaker);
    return v;
}

struct vitals *vitals_table_get(struct vitals_table *t, struct cp_str name)
{
    if (!name.p)
        name = STR("");
    pthread_mutex_lock(&t->lock);
    struct vitals *v = map_get(t->records, name);
    if (!v) {
        v = vitals_new(name);
        map_set(t->records, name, v);
    }
    pthread_mutex_unlock(&t->lock);
    return v;
}

struct vitals *vitals_table_find(struct vitals_table *t, struct cp_str name)
{
    pthread_mutex_lock(&t->lock);
    struct vitals *v = map_get(t->records, name);
    pthread_mutex_unlock(&t->lock);
    return v;
}

struct vitals *vitals_table_each(struct vitals_table *t, size_t *at)
{
    void *value = NULL;

    pthread_mutex_lock(&t->lock);
    bool is_there = map_each(t->records, at, NULL, &value);
    pthread_mutex_unlock(&t->lock);
    return is_there ? value : NULL;
}

/* True if anything was not well. */
static bool reset_one(struct vitals *v)
{
    static const struct breaker_rules any = { .window = BREAKER_WINDOW };
    struct breaker_view view;

    breaker_view(&v->breaker, &any, 0, &view);
    bool was_resting = cooldown_clear(&v->cooldown);
    bool was_behind = atomic_exchange(&v->demoted_ms, 0) != 0;
    breaker_reset(&v->breaker);
    atomic_store(&v->failed_in_a_row, 0);
    atomic_store(&v->told, 0); /* who resets says so himself */
    return was_resting || was_behind || view.state != BREAKER_CLOSED;
}

void vitals_reset(struct vitals *v)
{
    reset_one(v);
}

static bool is_meant(struct cp_str name, struct cp_str prefix)
{
    if (!prefix.p)
        return true;
    return name.n >= prefix.n && memcmp(name.p, prefix.p, prefix.n) == 0 &&
           (name.n == prefix.n || name.p[prefix.n] == '/');
}

uint32_t vitals_table_reset(struct vitals_table *t, struct cp_str prefix)
{
    uint32_t n = 0;
    struct vitals *v;

    for (size_t at = 0; (v = vitals_table_each(t, &at));)
        if (is_meant(v->name, prefix) && reset_one(v))
            n++;
    return n;
}
