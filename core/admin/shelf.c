/* SPDX-License-Identifier: MIT */
/*
 * shelf - what upstreams have said lately, kept for some minutes: so that a page that is opened again does not ask again.
 */
#include "admin/shelf.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>

struct shelf_place {
    char *name, *text; /* NULL: free */
    size_t text_n;
    int64_t until_ms;
};

struct shelf {
    pthread_mutex_t lock;
    struct shelf_place at[SHELF_KEPT];
};

struct shelf *shelf_new(void)
{
    struct shelf *s = mem_new(1, sizeof(*s));

    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void place_clear(struct shelf_place *p)
{
    free(p->name);
    free(p->text);
    *p = (struct shelf_place){ 0 };
}

void shelf_free(struct shelf *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SHELF_KEPT; i++)
        place_clear(&s->at[i]);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct shelf_place *place_of(struct shelf *s, struct cp_str name)
{
    for (size_t i = 0; i < SHELF_KEPT; i++)
        if (s->at[i].name && str_is(name, s->at[i].name))
            return &s->at[i];
    return NULL;
}

/* A free one ends at 0: before all others. */
static struct shelf_place *place_eldest(struct shelf *s)
{
    struct shelf_place *p = &s->at[0];

    for (size_t i = 1; i < SHELF_KEPT; i++)
        if (s->at[i].until_ms < p->until_ms)
            p = &s->at[i];
    return p;
}

struct cp_str shelf_get(struct shelf *s, struct cp_str name, int64_t now_ms,
                        struct arena *arena)
{
    struct cp_str text = STR_NONE;

    if (!s)
        return text;
    pthread_mutex_lock(&s->lock);
    const struct shelf_place *p = place_of(s, name);
    if (p && now_ms < p->until_ms)
        text = arena_copy(arena, str_n(p->text, p->text_n));
    pthread_mutex_unlock(&s->lock);
    return text;
}

void shelf_put(struct shelf *s, struct cp_str name, struct cp_str text, int64_t until_ms)
{
    struct shelf_place *p;

    if (!s || text.n > SHELF_TEXT_BYTES)
        return;
    pthread_mutex_lock(&s->lock);
    p = place_of(s, name);
    if (!p)
        p = place_eldest(s);
    place_clear(p);
    p->name = mem_dup(name.p, name.n);
    p->text = mem_dup(text.p, text.n);
    p->text_n = text.n;
    p->until_ms = until_ms;
    pthread_mutex_unlock(&s->lock);
}
