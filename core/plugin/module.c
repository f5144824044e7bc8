/* SPDX-License-Identifier: MIT */
/*
 * module - one plugin that is in: its mapping, what it brings, and who still has it.
 *
 * Giving a mapping back is housekeeping, never needed for anything to be right: who has ended his last call into a plugin may
 * be a worker in the middle of a request, so he only counts down, and a thread that may wait sweeps later.  A mapping may stay
 * all the same (a library with thread-local destructors, or linked with -z nodelete); it is then nobody's.
 */
#include "plugin/module.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/abi1.h"
#include "plugin/breadcrumb.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- modules ---- */

struct module *module_new(const struct cp_plugin *plugin, const char *file, void *handle)
{
    struct module *m = mem_new(1, sizeof(*m));

    list_init(&m->link);
    m->plugin = *plugin;
    m->handle = handle;
    m->file = mem_dup(file ? file : "", file ? strlen(file) : 0);
    m->adapters = mem_new(LOADER_ADAPTERS, sizeof(struct adapter *));
    m->stores = mem_new(REGISTRY_STORES, sizeof(struct depot *));
    m->since_ms = clock_wall_ms();
    return m;
}

void module_drop(struct module *m)
{
    for (uint32_t i = 0; i < m->adapters_n; i++) {
        abi1_adapter_free(&m->adapters[i]->hooks);
        free(m->adapters[i]->health);
        free(m->adapters[i]);
    }
    for (uint32_t i = 0; i < m->stores_n; i++) {
        abi1_store_free(&m->stores[i]->hooks);
        free(m->stores[i]);
    }
    free(m->adapters);
    free(m->stores);
    free(m->file);
    free(m);
}

static void module_unload(const struct module *m)
{
    struct err err = { 0 };

    if (!m->plugin.unload)
        return;
    struct breadcrumb before =
        breadcrumb_swap((struct breadcrumb){ m->plugin.name, "unload", STR("-"), &err });
    m->plugin.unload();
    breadcrumb_now = before;
}

/* ---- the stock ---- */

struct stock *stock_new(void)
{
    struct stock *s = mem_new(1, sizeof(*s));

    pthread_mutex_init(&s->turn, NULL);
    pthread_mutex_init(&s->lock, NULL);
    list_init(&s->modules);
    list_init(&s->registries);
    return s;
}

void stock_free(struct stock *s)
{
    while (!list_empty(&s->modules)) { /* the last to come goes first */
        struct module *m = LIST_ENTRY(s->modules.prev, struct module, link);
        list_remove(&m->link);
        module_unload(m);
        module_drop(m);
    }
    pthread_mutex_destroy(&s->turn);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static bool is_spoken(const struct registry *r, const char *dialect)
{
    return dialect[0] && registry_find(r, str_of(dialect)) != NULL;
}

/* Tables by ordinal are for 64: a dialect that is gone makes room only when all places are taken. */
uint32_t stock_ordinal(struct stock *s, const char *dialect, const struct registry *r)
{
    uint32_t at = LOADER_ADAPTERS;

    for (uint32_t i = 0; i < LOADER_ADAPTERS; i++)
        if (!strcmp(s->dialects[i], dialect))
            return i;
    for (uint32_t i = LOADER_ADAPTERS; i-- > 0;)
        if (!s->dialects[i][0])
            at = i;
    for (uint32_t i = 0; at == LOADER_ADAPTERS && i < LOADER_ADAPTERS; i++)
        if (!is_spoken(r, s->dialects[i]))
            at = i;
    at %= LOADER_ADAPTERS; /* there is one: who asks has fewer than 64 */
    snprintf(s->dialects[at], sizeof(s->dialects[at]), "%s", dialect);
    return at;
}

static struct module *take_idle(struct stock *s)
{
    struct module *found = NULL;

    pthread_mutex_lock(&s->lock);
    LIST_EACH(l, &s->modules)
    {
        struct module *m = LIST_ENTRY(l, struct module, link);
        if (!m->refs && !found)
            found = m;
    }
    if (found)
        list_remove(&found->link);
    pthread_mutex_unlock(&s->lock);
    return found;
}

size_t stock_sweep(struct stock *s)
{
    struct module *m;
    size_t n = 0;

    if (pthread_mutex_trylock(&s->turn)) /* whoever maps may want it again */
        return 0;
    for (; (m = take_idle(s)); n++) {
        module_unload(m);
        loader_close(m);
        module_drop(m);
    }
    pthread_mutex_unlock(&s->turn);
    return n;
}

struct module *stock_find(struct stock *s, const char *file, const char *digest)
{
    struct module *found = NULL;

    pthread_mutex_lock(&s->lock);
    LIST_EACH(l, &s->modules)
    {
        struct module *m = LIST_ENTRY(l, struct module, link);
        if (!strcmp(m->file, file) && !strcmp(m->digest, digest))
            found = m;
    }
    if (found)
        found->refs++;
    pthread_mutex_unlock(&s->lock);
    return found;
}

static void depot_count(const struct depot *d, int n)
{
    if (!d || !d->module)
        return;
    pthread_mutex_lock(&d->module->stock->lock);
    d->module->refs += n;
    pthread_mutex_unlock(&d->module->stock->lock);
}

const struct depot *depot_ref(const struct depot *d)
{
    depot_count(d, 1);
    return d;
}

void depot_unref(const struct depot *d)
{
    depot_count(d, -1);
}

bool stock_has_inode(struct stock *s, const struct stamp *stamp)
{
    bool has = false;

    pthread_mutex_lock(&s->lock);
    LIST_EACH(l, &s->modules)
    {
        const struct module *m = LIST_ENTRY(l, struct module, link);
        has |= m->stamp.inode == stamp->inode && m->stamp.device == stamp->device &&
               m->handle != NULL;
    }
    pthread_mutex_unlock(&s->lock);
    return has;
}
