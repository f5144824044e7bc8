/* SPDX-License-Identifier: MIT */
/*
 * registry - the plugins that are in, and their adapters by dialect and family.
 *
 * It only grows, and a reader sees an adapter only when it is complete; so workers look things up
 * without a lock while a reload adds a new file.
 */
#include "plugin/registry.h"

#include "base/mem.h"
#include "base/str.h"
#include "plugin/abi1.h"
#include "plugin/breadcrumb.h"
#include "plugin/host.h"

#include <stdlib.h>

struct registry *registry_new(void)
{
    struct registry *r = mem_new(1, sizeof(*r));
    r->preflight_ms = REGISTRY_PREFLIGHT_MS;
    return r;
}

void registry_watch(struct registry *r, const char *breadcrumb_file, int preflight_ms)
{
    free(r->breadcrumb_file);
    r->breadcrumb_file =
        breadcrumb_file ? mem_dup(breadcrumb_file, strlen(breadcrumb_file)) : NULL;
    r->preflight_ms = preflight_ms;
}

static void adapter_free(struct adapter *a)
{
    abi1_adapter_free(&a->hooks);
    free(a->health);
    free(a);
}

static void depot_free(struct depot *d)
{
    abi1_store_free(&d->hooks);
    free(d);
}

static void plugin_unload(const struct cp_plugin *p)
{
    struct err err = { 0 };
    if (!p->unload)
        return;
    struct breadcrumb before =
        breadcrumb_swap((struct breadcrumb){ p->name, "unload", STR("-"), &err });
    p->unload();
    breadcrumb_now = before;
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->adapters_n; i++)
        adapter_free(r->adapters[i]);
    for (uint32_t i = 0; i < r->stores_n; i++)
        depot_free(r->stores[i]);
    for (uint32_t i = r->plugins_n; i-- > 0;) {
        plugin_unload(&r->plugins[i].plugin);
        free(r->plugins[i].file);
    }
    free(r->breadcrumb_file);
    free(r);
}

bool registry_has_file(const struct registry *r, const char *file)
{
    for (uint32_t i = 0; i < r->plugins_n; i++)
        if (strcmp(r->plugins[i].file, file) == 0)
            return true;
    return false;
}

bool registry_abi(const struct registry *r, const char *file, int *major, int *minor)
{
    for (uint32_t i = 0; i < r->plugins_n; i++) {
        const struct registry_plugin *p = &r->plugins[i];
        if (strcmp(p->file, file) != 0)
            continue;
        *major = p->plugin.major;
        *minor = p->plugin.needs_minor;
        return true;
    }
    return false;
}

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

/* A plugin on its way in: nothing of it is seen before all of it is good. */
struct candidate {
    struct cp_plugin plugin;
    struct adapter *adapters[REGISTRY_ADAPTERS];
    uint32_t adapters_n;
    struct depot *stores[REGISTRY_STORES];
    uint32_t stores_n;
};

static void candidate_drop(struct candidate *c)
{
    for (uint32_t i = 0; i < c->adapters_n; i++)
        adapter_free(c->adapters[i]);
    for (uint32_t i = 0; i < c->stores_n; i++)
        depot_free(c->stores[i]);
    c->adapters_n = c->stores_n = 0;
}

static bool is_taken(const struct registry *r, const struct candidate *c, const char *dialect)
{
    for (uint32_t i = 0; i < c->adapters_n; i++)
        if (strcmp(c->adapters[i]->hooks.dialect, dialect) == 0)
            return true;
    return registry_find(r, str_of(dialect)) != NULL;
}

static int candidate_adapter(struct registry *r, struct candidate *c, uint32_t i,
                             struct err *err)
{
    struct cp_adapter hooks;
    int rc = abi1_adapter(c->plugin.adapters[i], &hooks, err);
    if (rc)
        return rc;
    if (is_taken(r, c, hooks.dialect)) {
        rc = err_set(err, E_BUG, "dialect", "there is an adapter for \"%s\" already",
                     hooks.dialect);
        abi1_adapter_free(&hooks);
        return rc;
    }
    struct adapter *a = mem_new(1, sizeof(*a));
    a->hooks = hooks;
    a->plugin = c->plugin.name;
    a->version = c->plugin.version ? c->plugin.version : "";
    a->ordinal = r->adapters_n + c->adapters_n;
    a->health = mem_new(1, sizeof(*a->health));
    c->adapters[c->adapters_n++] = a;
    return 0;
}

static bool is_store_taken(const struct registry *r, const struct candidate *c,
                           const char *name)
{
    for (uint32_t i = 0; i < c->stores_n; i++)
        if (strcmp(c->stores[i]->hooks.name, name) == 0)
            return true;
    return registry_store(r, str_of(name)) != NULL;
}

static int candidate_store(struct registry *r, struct candidate *c, uint32_t i, struct err *err)
{
    struct cp_store hooks;
    int rc = abi1_store(c->plugin.stores[i], &hooks, err);
    if (rc)
        return rc;
    if (is_store_taken(r, c, hooks.name)) {
        rc = err_set(err, E_BUG, "stores", "there is a store \"%s\" already", hooks.name);
        abi1_store_free(&hooks);
        return rc;
    }
    struct depot *d = mem_new(1, sizeof(*d));
    d->hooks = hooks;
    d->plugin = c->plugin.name;
    d->version = c->plugin.version ? c->plugin.version : "";
    c->stores[c->stores_n++] = d;
    return 0;
}

static int candidate_fill(struct registry *r, struct candidate *c, struct err *err)
{
    int rc = 0;
    if (r->plugins_n == REGISTRY_PLUGINS ||
        c->plugin.adapters_n > REGISTRY_ADAPTERS - registry_count(r))
        return err_set(err, E_LIMIT, "adapters", "more than %d", REGISTRY_ADAPTERS);
    if (c->plugin.stores_n > REGISTRY_STORES - r->stores_n)
        return err_set(err, E_LIMIT, "stores", "more than %d", REGISTRY_STORES);
    for (uint32_t i = 0; !rc && i < c->plugin.adapters_n; i++)
        rc = candidate_adapter(r, c, i, err);
    for (uint32_t i = 0; !rc && i < c->plugin.stores_n; i++)
        rc = candidate_store(r, c, i, err);
    return rc;
}

static void candidate_enter(struct registry *r, struct candidate *c, const char *file)
{
    struct registry_plugin *p = &r->plugins[r->plugins_n++];
    p->plugin = c->plugin;
    p->file = mem_dup(file ? file : "", file ? strlen(file) : 0);
    for (uint32_t i = 0; i < c->adapters_n; i++) {
        c->adapters[i]->file = p->file;
        r->adapters[c->adapters[i]->ordinal] = c->adapters[i];
    }
    for (uint32_t i = 0; i < c->stores_n; i++) {
        c->stores[i]->file = p->file;
        r->stores[r->stores_n + i] = c->stores[i];
    }
    atomic_fetch_add_explicit(&r->stores_n, c->stores_n, memory_order_release);
    atomic_fetch_add_explicit(&r->adapters_n, c->adapters_n, memory_order_release);
}

int registry_add(struct registry *r, const struct cp_plugin *given, const char *file,
                 struct err *err)
{
    struct candidate c = { .adapters_n = 0 };
    int rc = abi1_plugin(given, &c.plugin, err);
    if (rc)
        return rc;
    rc = candidate_fill(r, &c, err);
    if (!rc)
        rc = plugin_load(&c.plugin, err);
    if (rc) {
        candidate_drop(&c);
        return rc;
    }
    candidate_enter(r, &c, file);
    return 0;
}

size_t registry_count(const struct registry *r)
{
    return atomic_load_explicit(&r->adapters_n, memory_order_acquire);
}

const struct adapter *registry_at(const struct registry *r, size_t i)
{
    return i < registry_count(r) ? r->adapters[i] : NULL;
}

const struct adapter *registry_find(const struct registry *r, struct cp_str dialect)
{
    for (size_t i = 0, n = registry_count(r); i < n; i++)
        if (str_is(dialect, r->adapters[i]->hooks.dialect))
            return r->adapters[i];
    return NULL;
}

const struct adapter *registry_by_family(const struct registry *r, struct cp_str family)
{
    for (size_t i = 0, n = registry_count(r); i < n; i++)
        if (str_is(family, r->adapters[i]->hooks.family))
            return r->adapters[i];
    return NULL;
}

const struct depot *registry_store_at(const struct registry *r, size_t i)
{
    return i < atomic_load_explicit(&r->stores_n, memory_order_acquire) ? r->stores[i] : NULL;
}

const struct depot *registry_store(const struct registry *r, struct cp_str name)
{
    const struct depot *d;
    for (size_t i = 0; (d = registry_store_at(r, i)); i++)
        if (str_is(name, d->hooks.name))
            return d;
    return NULL;
}
