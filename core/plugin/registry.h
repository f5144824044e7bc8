/* SPDX-License-Identifier: MIT */
/*
 * registry - what is behind struct registry; only for the files that are the loader.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include "plugin/loader.h"

enum {
    REGISTRY_ADAPTERS = 64,
    REGISTRY_PLUGINS = 64,
    REGISTRY_STORES = 16,
    REGISTRY_PREFLIGHT_MS = 5000
};

struct registry_plugin {
    struct cp_plugin plugin; /* today's size */
    char *file;
};

struct registry {
    char *breadcrumb_file; /* NULL: nobody is quarantined */
    int preflight_ms;
    uint32_t plugins_n;
    struct registry_plugin plugins[REGISTRY_PLUGINS];
    _Atomic uint32_t adapters_n; /* grows only after the adapter is complete */
    struct adapter *adapters[REGISTRY_ADAPTERS];
    _Atomic uint32_t stores_n; /* the same */
    struct depot *stores[REGISTRY_STORES];
};

bool registry_has_file(const struct registry *, const char *file);

#endif
