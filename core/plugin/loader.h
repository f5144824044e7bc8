/* SPDX-License-Identifier: MIT */
/*
 * loader - find plugins, look at them from outside, dlopen them, refuse with a reason.
 *
 * The only file that includes <dlfcn.h>.  A registry is built once at start (and anew on reload for
 * new files); adapters stay valid as long as the process lives, because nothing is ever dlclosed.
 */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H

#include <stdatomic.h>
#include <stdbool.h>

#include <claude-proxy/store.h>

#include "base/err.h"

/* What is counted against an adapter; shared by all threads. */
struct adapter_health {
    _Atomic uint64_t bugs;
};

struct adapter {
    struct cp_adapter hooks; /* a full-size copy: what the plugin did not know is NULL or 0 */
    const char *plugin;      /* plugin's name, version, file: live as long as the process */
    const char *version;
    const char *file;
    uint32_t ordinal; /* 0.. in the registry; below 64 */
    struct adapter_health *health;
};

/* A store that a plugin has; opened by vault.h. */
struct depot {
    struct cp_store hooks; /* a full-size copy, as an adapter's */
    const char *plugin;    /* as an adapter's */
    const char *version;
    const char *file;
};

struct registry;

enum loader_trust {
    LOADER_STRICT = 1, /* files and folder owned by root or us, not writable by others */
    LOADER_LAX = 2     /* tests, `claude-proxy tape` */
};

struct registry *registry_new(void);
/*
 * Before the first load.
 *
 * breadcrumb_file  plugins that it names too often (guard.h) are refused; NULL: none are
 * preflight_ms     how long a plugin may take in the forked child (default 5000)
 */
void registry_watch(struct registry *, const char *breadcrumb_file, int preflight_ms);
void registry_free(struct registry *); /* calls unload(); does not dlclose */
/*
 * Loads every *.so of a folder in C order, each after a preflight in a forked child.  A plugin that is refused is
 * logged and skipped: returns how many were refused, or E_IO when the folder cannot be read.
 */
int registry_load_dir(struct registry *, const char *dir, enum loader_trust, struct err *);
/* One file; err says why not. */
int registry_load(struct registry *, const char *file, enum loader_trust, struct err *);
/* One that is linked in (tests, fuzzers). */
int registry_add(struct registry *, const struct cp_plugin *, const char *file, struct err *);

/* The ABI that a loaded file wants: its major, and the least minor (needs_minor).  False, and neither is set: it is not loaded. */
bool registry_abi(const struct registry *, const char *file, int *major, int *minor);

const struct adapter *registry_find(const struct registry *, struct cp_str dialect);
const struct adapter *registry_by_family(const struct registry *, struct cp_str family);
size_t registry_count(const struct registry *);
const struct adapter *registry_at(const struct registry *, size_t i);

/* NULL: no plugin has a store of that name. */
const struct depot *registry_store(const struct registry *, struct cp_str name);
const struct depot *registry_store_at(const struct registry *, size_t i); /* NULL: no more */

/* What a client's request line leads to. */
struct endpoint_match {
    const struct adapter *adapter;      /* NULL: no such path */
    const struct cp_endpoint *endpoint; /* NULL with adapter set: path known, method not */
    struct cp_str model; /* {model} as it stands in the path, not unescaped; or absent */
    const char *allow;   /* with endpoint NULL: methods for an Allow header */
};
/*
 * path is undecoded, without query.  has_header tells whether the request carries a header.
 * {model} matches one or more bytes, also '/', up to the literal that follows it in the pattern.
 */
struct endpoint_match registry_match(const struct registry *, struct cp_str method,
                                     struct cp_str path, struct cp_str query,
                                     bool (*has_header)(void *ctx, const char *name),
                                     void *ctx);

/* What a function of a library that is loaded answers: its version; NULL: there is no such function. */
const char *loader_ask(const char *function);

#endif
