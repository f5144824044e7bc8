/* SPDX-License-Identifier: MIT */
/*
 * registry_told - what a registry says of itself: who is in since when, who was before and still runs, who is not in and why.
 */
#include "plugin/registry.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- who runs ---- */

void registry_enter(struct registry *r)
{
    atomic_fetch_add_explicit(&r->exchanges, 1, memory_order_relaxed);
}

void registry_leave(struct registry *r)
{
    atomic_fetch_sub_explicit(&r->exchanges, 1, memory_order_relaxed);
}

static bool registry_has(const struct registry *r, const struct module *m)
{
    for (uint32_t i = 0; i < r->modules_n; i++)
        if (r->modules[i] == m)
            return true;
    return false;
}

void registry_serve(struct registry *r)
{
    int64_t now_ms = clock_wall_ms();

    pthread_mutex_lock(&r->stock->lock);
    LIST_EACH(l, &r->stock->modules)
    {
        struct module *m = LIST_ENTRY(l, struct module, link);
        int64_t until_ms = atomic_load(&m->until_ms);
        if (registry_has(r, m) && until_ms) {
            atomic_store(&m->since_ms, now_ms);
            atomic_store(&m->until_ms, 0);
        } else if (!registry_has(r, m) && !until_ms) {
            atomic_store(&m->until_ms, now_ms);
        }
    }
    pthread_mutex_unlock(&r->stock->lock);
}

static struct registry_plugin plugin_told(struct module *m)
{
    return (struct registry_plugin){
        .name = m->plugin.name,
        .version = m->plugin.version ? m->plugin.version : "",
        .file = m->file,
        .digest = m->digest,
        .major = m->plugin.major,
        .minor = m->plugin.needs_minor,
        .since_ms = atomic_load(&m->since_ms),
        .until_ms = atomic_load(&m->until_ms),
    };
}

bool registry_plugin(const struct registry *r, size_t i, struct registry_plugin *out)
{
    if (i >= r->modules_n)
        return false;
    *out = plugin_told(r->modules[i]);
    return true;
}

/* With the stock's lock. */
static int64_t exchanges_on(struct stock *s, const struct module *m)
{
    int64_t n = 0;

    LIST_EACH(l, &s->registries)
    {
        const struct registry *r = LIST_ENTRY(l, struct registry, link);
        if (registry_has(r, m))
            n += atomic_load_explicit(&r->exchanges, memory_order_relaxed);
    }
    return n;
}

static bool is_older(const struct module *m)
{
    return m->handle && atomic_load(&m->until_ms) > 0;
}

size_t registry_older_n(const struct registry *r)
{
    size_t n = 0;

    pthread_mutex_lock(&r->stock->lock);
    LIST_EACH(l, &r->stock->modules)
    n += is_older(LIST_ENTRY(l, struct module, link));
    pthread_mutex_unlock(&r->stock->lock);
    return n;
}

/* Copies: it may be swept a moment later. */
static void older_copy(struct stock *s, struct module *m, struct arena *arena,
                       struct registry_plugin *out)
{
    *out = plugin_told(m);
    out->name = arena_z(arena, str_of(out->name));
    out->version = arena_z(arena, str_of(out->version));
    out->file = arena_z(arena, str_of(out->file));
    out->digest = arena_z(arena, str_of(out->digest));
    out->exchanges = exchanges_on(s, m);
}

size_t registry_older(const struct registry *r, const char *file, struct arena *arena,
                      struct registry_plugin **out)
{
    struct stock *s = r->stock;
    size_t n = 0, at = 0;

    pthread_mutex_lock(&s->lock);
    LIST_EACH(l, &s->modules)
    n++;
    *out = arena_need(arena, (n + 1) * sizeof(**out));
    LIST_EACH(l, &s->modules)
    {
        struct module *m = LIST_ENTRY(l, struct module, link);
        if (is_older(m) && !strcmp(m->file, file))
            older_copy(s, m, arena, &(*out)[at++]);
    }
    pthread_mutex_unlock(&s->lock);
    return at;
}

/* ---- who is not in ---- */

static const char *keep(const char *s)
{
    return mem_dup(s ? s : "", s ? strlen(s) : 0);
}

void registry_note_absent(struct registry *r, const struct registry_absent *a)
{
    struct registry_absent *more = realloc(r->absent, (r->absent_n + 1) * sizeof(*more));

    if (!more)
        abort();
    r->absent = more;
    r->absent[r->absent_n++] = (struct registry_absent){
        .file = keep(a->file),
        .name = keep(a->name),
        .why = keep(a->why),
        .dialects = keep(a->dialects),
        .stores = keep(a->stores),
        .digest = keep(a->digest),
        .since_ms = a->since_ms,
        .is_quarantined = a->is_quarantined,
        .is_removed = a->is_removed,
    };
}

const struct registry_absent *registry_absent_at(const struct registry *r, size_t i)
{
    return i < r->absent_n ? &r->absent[i] : NULL;
}

static bool is_listed(const char *list, struct cp_str name)
{
    struct cp_str rest = str_of(list), one;

    while (str_split(&rest, ',', &one))
        if (one.n && str_eq(one, name))
            return true;
    return false;
}

const struct registry_absent *registry_absent_dialect(const struct registry *r,
                                                      struct cp_str dialect)
{
    for (uint32_t i = r->absent_n; i-- > 0;)
        if (is_listed(r->absent[i].dialects, dialect))
            return &r->absent[i];
    return NULL;
}

const struct registry_absent *registry_absent_store(const struct registry *r,
                                                    struct cp_str name)
{
    for (uint32_t i = r->absent_n; i-- > 0;)
        if (is_listed(r->absent[i].stores, name))
            return &r->absent[i];
    return NULL;
}

/* ---- what is different ---- */

void registry_note_change(struct registry *r, enum registry_deed deed, const struct module *m,
                          const struct module *was)
{
    struct registry_change *more = realloc(r->changes, (r->changes_n + 1) * sizeof(*more));

    if (!more)
        abort();
    r->changes = more;
    struct registry_change *c = &r->changes[r->changes_n++];
    *c = (struct registry_change){ .deed = deed };
    snprintf(c->name, sizeof(c->name), "%s", m->plugin.name);
    snprintf(c->version, sizeof(c->version), "%s", m->plugin.version ? m->plugin.version : "");
    snprintf(c->file, sizeof(c->file), "%s", m->file);
    if (was)
        snprintf(c->was, sizeof(c->was), "%s", was->plugin.version ? was->plugin.version : "");
}

const struct registry_change *registry_change_at(const struct registry *r, size_t i)
{
    return i < r->changes_n ? &r->changes[i] : NULL;
}
