/* SPDX-License-Identifier: MIT */
/*
 * loader - find plugins, look at them from outside, dlopen them, refuse with a reason.
 *
 * A registry is what is loaded, and never changes once it serves.  A reload that finds other files makes another one out of it
 * (registry_rescan): plugins whose files are as they were are in both.  Who has a reference to a registry may call whatever
 * is in it; a setup has one, and an exchange has its setup.
 */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H

#include <stdatomic.h>
#include <stdbool.h>

#include <claude-proxy/store.h>

#include "base/err.h"

enum { LOADER_ADAPTERS = 64 };

/* What is counted against an adapter; shared by all threads. */
struct adapter_health {
    _Atomic uint64_t bugs;
};

struct adapter {
    struct cp_adapter hooks; /* a full-size copy: what the plugin did not know is NULL or 0 */
    const char *plugin; /* plugin's name, version, file: live as long as a registry has it */
    const char *version;
    const char *file;
    uint32_t
        ordinal; /* of its dialect, the same in registries that descend from each other; below LOADER_ADAPTERS */
    struct adapter_health *health;
};

/* A store that a plugin has; opened by vault.h. */
struct depot {
    struct cp_store hooks; /* a full-size copy, as an adapter's */
    const char *plugin;    /* as an adapter's */
    const char *version;
    const char *file;
    struct module *module; /* NULL: it stays for ever */
};

struct registry;
struct module;

enum loader_trust {
    LOADER_STRICT = 1, /* files and folder owned by root or us, not writable by others */
    LOADER_LAX = 2     /* tests, `claude-proxy tape` */
};

struct registry *registry_new(void);
/*
 * Before the first load.
 *
 * breadcrumb_file  plugins that it names too often (quarantine.h) are refused; NULL: none are
 * preflight_ms     how long a plugin may take in a process of its own (default 5000)
 */
void registry_watch(struct registry *, const char *breadcrumb_file, int preflight_ms);
/*
 * Where other threads run, a forked child could wait for ever for a lock that one of them held.  Preflight then runs this
 * program, as "PROGRAM plugin preflight FILE" (loader_preflight()).  NULL: it forks.
 */
void registry_spawns(struct registry *, const char *program);
struct registry *registry_ref(struct registry *);
/* Any thread: calls no plugin.  NULL: nothing. */
void registry_unref(struct registry *);
/* The last one of its line: calls unload() of every plugin that is left; does not dlclose. */
void registry_free(struct registry *);
/*
 * Loads every *.so of a folder in C order, each after a preflight.  A plugin that is refused is
 * logged and skipped: returns how many were refused, or E_IO when the folder cannot be read.
 */
int registry_load_dir(struct registry *, const char *dir, enum loader_trust, struct err *);
/* One file; err says why not. */
int registry_load(struct registry *, const char *file, enum loader_trust, struct err *);
/* One that is linked in (tests, fuzzers). */
int registry_add(struct registry *, const struct cp_plugin *, const char *file, struct err *);

/* ---- another one ---- */

/* Somebody who is not in. */
struct registry_absent {
    const char *file;
    const char *name;              /* of the plugin; "": not known */
    const char *why;               /* "in quarantine: ...", "the file was removed" */
    const char *dialects, *stores; /* "chat,responses"; "": none, or not known */
    const char *digest;            /* of the file; "": there is none */
    int64_t since_ms;              /* wall */
    bool
        is_quarantined; /* channels that need it are out, and nothing else is wrong with them */
    bool is_removed;
};

enum registry_deed { PLUGIN_ADDED = 1, PLUGIN_REPLACED = 2, PLUGIN_REMOVED = 3 };

struct registry_change {
    enum registry_deed deed;
    char name[40], version[40], was[40]; /* was: the version before; "" */
    char file[1024];
};

/*
 * What the folder has now.  Where all is as it was the same registry is returned, with a reference.
 *
 * complain  called for each file that is refused; is_error: it is new, or another one than before, so that something that was
 *           meant to serve would not
 * returns   NULL when the folder cannot be read, or an error was complained of: what serves goes on
 * threads   one at a time for registries that descend from each other; blocks
 */
struct registry *registry_rescan(struct registry *, const char *dir, enum loader_trust,
                                 void (*complain)(void *ctx, bool is_error, const char *file,
                                                  const char *why),
                                 void *ctx);
/* It serves from now on: who is in no other one is older. */
void registry_serve(struct registry *);
/* Gives back what nobody has any more: calls unload(), blocks.  How many that were. */
size_t registry_sweep(struct registry *);
/* An exchange begins with it, and ends: how many still run on what was replaced is known by that. */
void registry_enter(struct registry *);
void registry_leave(struct registry *);

/* A plugin that is in, or was. */
struct registry_plugin {
    const char *name, *version, *file; /* lent by the registry; of older ones: arena */
    int major, minor;                  /* the ABI it wants: minor is needs_minor */
    const char *digest;                /* of its file; "": it is linked in */
    int64_t since_ms, until_ms;        /* wall; until: 0 while it serves */
    int64_t exchanges;                 /* of older ones: begun before, and not ended */
};
/* In the order of loading; false: there are no more. */
bool registry_plugin(const struct registry *, size_t i, struct registry_plugin *);
struct arena;
/* Mappings of that file that do not serve any more and are not swept yet; the array is in the arena. */
size_t registry_older(const struct registry *, const char *file, struct arena *,
                      struct registry_plugin **);
size_t registry_older_n(const struct registry *); /* of all files */
const struct registry_absent *registry_absent_at(const struct registry *,
                                                 size_t i); /* NULL: no more */
/* Who would have had a dialect, or a store; NULL: nobody that is known. */
const struct registry_absent *registry_absent_dialect(const struct registry *, struct cp_str);
const struct registry_absent *registry_absent_store(const struct registry *, struct cp_str);
const struct registry_change *registry_change_at(const struct registry *, size_t i);
/* Writes down who is in quarantine since this start, once the folder is ours.  0 or E_IO. */
int registry_keep_quarantine(const struct registry *, struct err *);

/* Lets a plugin in again that is in quarantine, from the next look at its folder on.  0; E_ABSENT: it is not; E_IO, E_LIMIT. */
int registry_release(const struct registry *, struct cp_str plugin, int64_t wall_ms,
                     struct err *);

/* ---- what is in it ---- */

const struct adapter *registry_find(const struct registry *, struct cp_str dialect);
const struct adapter *registry_by_family(const struct registry *, struct cp_str family);
size_t registry_count(const struct registry *);
const struct adapter *registry_at(const struct registry *, size_t i);

/* NULL: no plugin has a store of that name. */
const struct depot *registry_store(const struct registry *, struct cp_str name);
/* For who has a store open longer than he has a registry: its plugin stays mapped.  Any thread. */
const struct depot *depot_ref(const struct depot *);
void depot_unref(const struct depot *);                                   /* NULL: nothing */
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

/* The child of registry_spawns(): tries the file, tells on descriptor fd, ends the process. */
_Noreturn void loader_preflight(const char *file, int fd);

/* What a function of a library that is loaded answers: its version; NULL: there is no such function. */
const char *loader_ask(const char *function);

#endif
