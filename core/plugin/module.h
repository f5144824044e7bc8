/* SPDX-License-Identifier: MIT */
/*
 * module - one plugin that is in: its mapping, what it brings, and who still has it.
 *
 * A file that was replaced on the disk is a module of its own beside the one that it was before: registries have the one or
 * the other, and exchanges have the registry that they began with.  All modules of registries that descend from each other
 * are in one stock, so it is known which of them are older than what serves, and a sweep can give back what nobody has any more.
 */
#ifndef PLUGIN_MODULE_H
#define PLUGIN_MODULE_H

#include <pthread.h>

#include "base/list.h"
#include "plugin/loader.h"

enum { MODULE_DIALECT_BYTES = 36 }; /* abi1.c lets a name be 32 long */

/* Which file it was: another one at the same path differs in some of it. */
struct stamp {
    uint64_t device, inode;
    int64_t bytes, changed_ns, written_ns; /* ctime, mtime */
};

struct module {
    struct link link; /* in its stock; under its lock */
    struct stock *stock;
    int refs;                /* registries that have it, stores of it that are open; likewise */
    void *handle;            /* of dlopen(); NULL: it is linked in */
    struct cp_plugin plugin; /* today's size */
    char *file;              /* where it was found; "" if it is linked in */
    struct stamp stamp;      /* of the file that is mapped */
    char digest[65];         /* SHA-256 of it; "": it is linked in */
    _Atomic int64_t since_ms; /* wall: when it began to serve */
    _Atomic int64_t until_ms; /* wall: when another took its place, or nothing; 0: it serves */
    struct adapter **adapters;
    uint32_t adapters_n;
    struct depot **stores;
    uint32_t stores_n;
};

/* What registries that descend from each other share. */
struct stock {
    pthread_mutex_t turn; /* of who maps, and of who gives back */
    pthread_mutex_t lock; /* of the two lists, and of refs */
    struct link modules, registries;
    char dialects[LOADER_ADAPTERS]
                 [MODULE_DIALECT_BYTES]; /* by ordinal; who builds a registry */
};

struct stock *stock_new(void);
/* Nobody has a registry of it any more: unload() of all that is there.  Nothing is dlclosed: the process ends, or is a test. */
void stock_free(struct stock *);
/* The dialect's place in tables; the same as long as a registry of the line has it. */
uint32_t stock_ordinal(struct stock *, const char *dialect, const struct registry *);
/* Calls unload() of those that no registry has and gives their mappings back; how many those were. */
size_t stock_sweep(struct stock *);
/* One that is still mapped, and was loaded from a file of that content; a reference, or NULL. */
struct module *stock_find(struct stock *, const char *file, const char *digest);
/* Whether the very file is mapped, whatever it holds by now. */
bool stock_has_inode(struct stock *, const struct stamp *);

/* Of a plugin's struct of today's size; handle becomes the module's, NULL: it is linked in. */
struct module *module_new(const struct cp_plugin *, const char *file, void *handle);
/* Before it is in a stock. */
void module_drop(struct module *);

#endif
