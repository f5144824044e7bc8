/* SPDX-License-Identifier: MIT */
/*
 * registry - the plugins that are in, and their adapters by dialect and family.
 *
 * It is filled by one thread and then never changes, so whoever has a reference looks things up without a lock.  Which
 * registries there still are, and which modules they have, is known by their stock.
 */
#include "plugin/registry.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/abi1.h"
#include "plugin/breadcrumb.h"
#include "plugin/host.h"

#include <stdio.h>
#include <stdlib.h>

static void registry_join(struct registry *r, struct stock *stock)
{
    r->stock = stock;
    pthread_mutex_lock(&stock->lock);
    list_push(&stock->registries, &r->link);
    pthread_mutex_unlock(&stock->lock);
}

struct registry *registry_new(void)
{
    struct registry *r = mem_new(1, sizeof(*r));

    atomic_init(&r->refs, 1);
    r->preflight_ms = REGISTRY_PREFLIGHT_MS;
    registry_join(r, stock_new());
    return r;
}

struct registry *registry_next(const struct registry *before)
{
    struct registry *r = mem_new(1, sizeof(*r));

    atomic_init(&r->refs, 1);
    registry_watch(r, before->breadcrumb_file, before->preflight_ms);
    registry_spawns(r, before->program);
    registry_join(r, before->stock);
    return r;
}

void registry_watch(struct registry *r, const char *breadcrumb_file, int preflight_ms)
{
    free(r->breadcrumb_file);
    r->breadcrumb_file =
        breadcrumb_file ? mem_dup(breadcrumb_file, strlen(breadcrumb_file)) : NULL;
    r->preflight_ms = preflight_ms;
}

void registry_spawns(struct registry *r, const char *program)
{
    free(r->program);
    r->program = program ? mem_dup(program, strlen(program)) : NULL;
}

struct registry *registry_ref(struct registry *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

static void absent_free(struct registry_absent *a)
{
    const char *const texts[] = { a->file, a->name, a->why, a->dialects, a->stores, a->digest };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        free((void *)(uintptr_t)texts[i]);
}

void registry_unref(struct registry *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
        return;
    struct stock *stock = r->stock;
    pthread_mutex_lock(&stock->lock);
    for (uint32_t i = 0; i < r->modules_n; i++)
        r->modules[i]->refs--;
    list_remove(&r->link);
    bool is_last = list_empty(&stock->registries);
    pthread_mutex_unlock(&stock->lock);
    if (is_last)
        stock_free(stock);
    for (uint32_t i = 0; i < r->absent_n; i++)
        absent_free(&r->absent[i]);
    free(r->absent);
    free(r->changes);
    free(r->breadcrumb_file);
    free(r->program);
    free(r);
}

void registry_free(struct registry *r)
{
    registry_unref(r);
}

size_t registry_sweep(struct registry *r)
{
    return stock_sweep(r->stock);
}

bool registry_has_file(const struct registry *r, const char *file)
{
    for (uint32_t i = 0; i < r->modules_n; i++)
        if (strcmp(r->modules[i]->file, file) == 0)
            return true;
    return false;
}

/* ---- coming in ---- */

static int plugin_load(const struct cp_plugin *p, struct err *err)
{
    struct err said = { 0 };
    if (!p->load)
        return 0;
    struct breadcrumb before =
        breadcrumb_swap((struct breadcrumb){ p->name, "load", STR("-"), &said });
    int rc = p->load(host_table());
    breadcrumb_now = before;
    if (rc == 0)
        return 0;
    return err_set(err, E_BUG, "load", "%s",
                   said.code ? said.what : "it failed without a reason");
}

static int module_adapter(struct registry *r, struct module *m, uint32_t i, struct err *err)
{
    struct cp_adapter hooks;
    int rc = abi1_adapter(m->plugin.adapters[i], &hooks, err);
    if (rc)
        return rc;
    struct adapter *a = mem_new(1, sizeof(*a));
    a->hooks = hooks;
    a->plugin = m->plugin.name;
    a->version = m->plugin.version ? m->plugin.version : "";
    a->file = m->file;
    a->health = mem_new(1, sizeof(*a->health));
    m->adapters[m->adapters_n++] = a;
    return 0;
}

static int module_store(struct module *m, uint32_t i, struct err *err)
{
    struct cp_store hooks;
    int rc = abi1_store(m->plugin.stores[i], &hooks, err);
    if (rc)
        return rc;
    struct depot *d = mem_new(1, sizeof(*d));
    d->hooks = hooks;
    d->plugin = m->plugin.name;
    d->version = m->plugin.version ? m->plugin.version : "";
    d->file = m->file;
    d->module = m;
    m->stores[m->stores_n++] = d;
    return 0;
}

static int module_fill(struct registry *r, struct module *m, struct err *err)
{
    int rc = 0;
    if (r->modules_n == REGISTRY_PLUGINS ||
        m->plugin.adapters_n > LOADER_ADAPTERS - r->adapters_n)
        return err_set(err, E_LIMIT, "adapters", "more than %d", LOADER_ADAPTERS);
    if (m->plugin.stores_n > REGISTRY_STORES - r->stores_n)
        return err_set(err, E_LIMIT, "stores", "more than %d", REGISTRY_STORES);
    for (uint32_t i = 0; !rc && i < m->plugin.adapters_n; i++)
        rc = module_adapter(r, m, i, err);
    for (uint32_t i = 0; !rc && i < m->plugin.stores_n; i++)
        rc = module_store(m, i, err);
    return rc;
}

static bool has_twin(const struct module *m, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (!strcmp(m->adapters[k]->hooks.dialect, m->adapters[i]->hooks.dialect))
            return true;
    return false;
}

static bool has_store_twin(const struct module *m, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (!strcmp(m->stores[k]->hooks.name, m->stores[i]->hooks.name))
            return true;
    return false;
}

/* A name is one plugin's. */
static int check_names(const struct registry *r, const struct module *m, struct err *err)
{
    for (uint32_t i = 0; i < m->adapters_n; i++) {
        const char *dialect = m->adapters[i]->hooks.dialect;
        if (has_twin(m, i) || registry_find(r, str_of(dialect)))
            return err_set(err, E_BUG, "dialect", "there is an adapter for \"%s\" already",
                           dialect);
    }
    for (uint32_t i = 0; i < m->stores_n; i++) {
        const char *name = m->stores[i]->hooks.name;
        if (has_store_twin(m, i) || registry_store(r, str_of(name)))
            return err_set(err, E_BUG, "stores", "there is a store \"%s\" already", name);
    }
    return 0;
}

int registry_take(struct registry *r, struct module *m, struct err *err)
{
    if (r->modules_n == REGISTRY_PLUGINS || m->adapters_n > LOADER_ADAPTERS - r->adapters_n ||
        m->stores_n > REGISTRY_STORES - r->stores_n)
        return err_set(err, E_LIMIT, "plugins", "there are too many");
    int rc = check_names(r, m, err);
    if (rc)
        return rc;
    r->seen[r->modules_n] = m->stamp;
    r->modules[r->modules_n++] = m;
    for (uint32_t i = 0; i < m->adapters_n; i++)
        r->adapters[r->adapters_n++] = m->adapters[i];
    for (uint32_t i = 0; i < m->stores_n; i++)
        r->stores[r->stores_n++] = m->stores[i];
    return 0;
}

/* It can still be dropped without a word: nothing was called. */
static int module_make(struct registry *r, struct module *m, struct err *err)
{
    int rc = module_fill(r, m, err);
    rc = rc ? rc : check_names(r, m, err);
    return rc ? rc : plugin_load(&m->plugin, err);
}

int registry_bring(struct registry *r, struct module *m, struct err *err)
{
    int rc = module_make(r, m, err);
    if (rc)
        return rc;
    for (uint32_t i = 0; i < m->adapters_n; i++)
        m->adapters[i]->ordinal = stock_ordinal(r->stock, m->adapters[i]->hooks.dialect, r);
    pthread_mutex_lock(&r->stock->lock);
    m->refs = 1;
    m->stock = r->stock;
    list_push(&r->stock->modules, &m->link);
    pthread_mutex_unlock(&r->stock->lock);
    return 0;
}

int registry_add(struct registry *r, const struct cp_plugin *given, const char *file,
                 struct err *err)
{
    struct cp_plugin full;
    int rc = abi1_plugin(given, &full, err);
    if (rc)
        return rc;
    struct module *m = module_new(&full, file, NULL);
    rc = registry_bring(r, m, err);
    if (rc) {
        module_drop(m);
        return rc;
    }
    return registry_take(r, m, err); /* its names were looked at */
}

/* ---- looking ---- */

size_t registry_count(const struct registry *r)
{
    return r->adapters_n;
}

const struct adapter *registry_at(const struct registry *r, size_t i)
{
    return i < r->adapters_n ? r->adapters[i] : NULL;
}

const struct adapter *registry_find(const struct registry *r, struct cp_str dialect)
{
    for (size_t i = 0; i < r->adapters_n; i++)
        if (str_is(dialect, r->adapters[i]->hooks.dialect))
            return r->adapters[i];
    return NULL;
}

const struct adapter *registry_by_family(const struct registry *r, struct cp_str family)
{
    for (size_t i = 0; i < r->adapters_n; i++)
        if (str_is(family, r->adapters[i]->hooks.family))
            return r->adapters[i];
    return NULL;
}

const struct depot *registry_store_at(const struct registry *r, size_t i)
{
    return i < r->stores_n ? r->stores[i] : NULL;
}

const struct depot *registry_store(const struct registry *r, struct cp_str name)
{
    const struct depot *d;
    for (size_t i = 0; (d = registry_store_at(r, i)); i++)
        if (str_is(name, d->hooks.name))
            return d;
    return NULL;
}
