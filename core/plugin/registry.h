/* SPDX-License-Identifier: MIT */
/*
 * registry - what is behind struct registry; only for the files that are the loader.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include "plugin/loader.h"
#include "plugin/module.h"

enum { REGISTRY_PLUGINS = 64, REGISTRY_STORES = 16, REGISTRY_PREFLIGHT_MS = 5000 };

struct registry {
    _Atomic int refs;
    struct stock *stock;
    struct link link;      /* in it, under its lock */
    char *breadcrumb_file; /* NULL: nobody is quarantined */
    char *program;         /* NULL: preflight forks */
    int preflight_ms;
    _Atomic int64_t exchanges; /* begun with it and not ended */
    uint32_t modules_n;
    struct module *modules[REGISTRY_PLUGINS];
    struct stamp
        seen[REGISTRY_PLUGINS]; /* of the files as they lay there: of the same content */
    uint32_t adapters_n;
    struct adapter *adapters[LOADER_ADAPTERS]; /* the modules' */
    uint32_t stores_n;
    struct depot *stores[REGISTRY_STORES]; /* likewise */
    struct registry_absent *absent;        /* who is not in, and why */
    uint32_t absent_n;
    struct registry_change *changes; /* from the one before */
    uint32_t changes_n;
};

/* An empty one of the same line. */
struct registry *registry_next(const struct registry *before);
bool registry_has_file(const struct registry *, const char *file);
/* A module whose reference becomes the registry's.  E_BUG, E_LIMIT: it does not go with those that are in; it stays the
 * caller's. */
int registry_take(struct registry *, struct module *, struct err *);
/* Calls load() of a new module, which has one reference then; not 0: it can be dropped.  registry_take() comes after it. */
int registry_bring(struct registry *, struct module *, struct err *);
void registry_note_absent(struct registry *, const struct registry_absent *); /* copies */
void registry_note_change(struct registry *, enum registry_deed, const struct module *,
                          const struct module *was);
/* A file that loader_look() has looked at, tried, mapped and loaded; NULL: err. */
struct module *loader_load(struct registry *, const char *file, const struct stamp *,
                           const char *digest, struct err *);
/* Owner and mode, then which file it is and what is in it. */
int loader_look(const char *file, enum loader_trust, struct stamp *, char digest[65],
                struct err *);
int loader_stamp(const char *file, struct stamp *, struct err *);
bool stamp_is_same(const struct stamp *, const struct stamp *);
/* Gives the mapping back; says so if it stays. */
void loader_close(struct module *);

#endif
