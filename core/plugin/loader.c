/* SPDX-License-Identifier: MIT */
/*
 * loader - find plugins, look at them from outside, dlopen them, refuse with a reason.
 *
 *     trust      owner and mode of the file and its folder         (strict only)
 *     preflight  a forked child loads it and tries it on a sample
 *     dlopen     RTLD_NOW: a missing symbol is told now, not in a request
 *     quarantine named in the breadcrumb file three times
 *     abi1       magic, major, minor, size: read, nothing is called
 *     load()     the first call into it
 *
 * Nothing is ever dlclosed: threads may stand in its code, and its strings are used. A file that is
 * replaced on disk is picked up by the next process.
 */
#include "plugin/registry.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/guard.h"
#include "plugin/preflight.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_ours(const struct stat *s)
{
    return (s->st_uid == 0 || s->st_uid == geteuid()) && !(s->st_mode & (S_IWGRP | S_IWOTH));
}

static int check_trust(const char *file, struct err *err)
{
    char dir[PATH_MAX];
    struct stat s;

    if (lstat(file, &s))
        return err_set(err, E_IO, file, "%s", strerror(errno));
    if (!S_ISREG(s.st_mode))
        return err_set(err, E_DENIED, file, "it is no regular file");
    if (!is_ours(&s))
        return err_set(err, E_DENIED, file,
                       "others may write it, or it is not root's nor ours (--lax allows that)");
    const char *slash = strrchr(file, '/');
    snprintf(dir, sizeof(dir), "%.*s", slash > file ? (int)(slash - file) : 1,
             slash ? file : ".");
    if (stat(dir, &s) || !is_ours(&s))
        return err_set(err, E_DENIED, dir,
                       "others may write it, or it is not root's nor ours (--lax allows that)");
    return 0;
}

static int open_plugin(const char *file, const struct cp_plugin **plugin, struct err *err)
{
    char path[PATH_MAX];
    /* without a slash dlopen() would search elsewhere */
    snprintf(path, sizeof(path), "%s%s", strchr(file, '/') ? "" : "./", file);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return err_set(err, E_BUG, "dlopen", "%s", dlerror());
    *plugin = dlsym(handle, "cp_plugin_abi1");
    if (!*plugin)
        return err_set(err, E_BUG, "dlsym", "it exports no cp_plugin_abi1");
    return 0;
}

/* In the child: all that the parent will do, and the sample. */
static int probe(const char *file, struct err *err)
{
    const struct cp_plugin *plugin;
    int rc = open_plugin(file, &plugin, err);
    if (rc)
        return rc;
    struct registry *r = registry_new();
    rc = registry_add(r, plugin, file, err);
    for (size_t i = 0; !rc && i < registry_count(r); i++)
        rc = preflight_sample(registry_at(r, i), err);
    const struct depot *d;
    for (size_t i = 0; !rc && (d = registry_store_at(r, i)); i++)
        rc = preflight_sample_store(d, err);
    registry_free(r);
    return rc;
}

static int check_quarantine(const struct registry *r, const struct cp_plugin *p,
                            struct err *err)
{
    /* what abi1 has not looked at yet is not read: its turn comes in registry_add() */
    if (!r->breadcrumb_file || p->magic != CP_MAGIC || p->major != CP_ABI_MAJOR ||
        p->size < sizeof(*p) || !p->name)
        return 0;
    if (!guard_is_quarantined(r->breadcrumb_file, str_of(p->name), clock_wall_ms()))
        return 0;
    return err_set(err, E_DENIED, p->name,
                   "in quarantine: it crashed the gateway three times in "
                   "ten minutes (%s)",
                   r->breadcrumb_file);
}

int registry_load(struct registry *r, const char *file, enum loader_trust trust,
                  struct err *err)
{
    const struct cp_plugin *plugin;
    int rc = trust == LOADER_STRICT ? check_trust(file, err) : 0;
    rc = rc ? rc : preflight_run(probe, file, r->preflight_ms, err);
    rc = rc ? rc : open_plugin(file, &plugin, err);
    rc = rc ? rc : check_quarantine(r, plugin, err);
    return rc ? rc : registry_add(r, plugin, file, err);
}

static int is_plugin_file(const struct dirent *d)
{
    return d->d_name[0] != '.' && str_ends(str_of(d->d_name), ".so");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void tell_refused(const char *file, const struct err *err)
{
    struct log_field fields[] = { { "file", LOG_STR, str_of(file), 0 },
                                  { "why", LOG_STR, str_of(err->what), 0 },
                                  { "where", LOG_STR, str_of(err->where), 0 } };
    bool is_quarantined = str_begins(str_of(err->what), "in quarantine");
    log_record(CP_LOG_ERROR, is_quarantined ? "quarantine" : "plugin_refused", fields,
               strcmp(file, err->where) ? 3 : 2, "a plugin is not loaded");
}

static int load_found(struct registry *r, const char *dir, const char *name,
                      enum loader_trust trust)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    int n = snprintf(file, sizeof(file), "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof(file))
        return E_LIMIT;
    if (registry_has_file(r, file))
        return 0;
    int rc = registry_load(r, file, trust, &err);
    if (rc)
        tell_refused(file, &err);
    return rc;
}

int registry_load_dir(struct registry *r, const char *dir, enum loader_trust trust,
                      struct err *err)
{
    struct dirent **found;
    int refused = 0, n = scandir(dir, &found, is_plugin_file, by_bytes);

    if (n < 0)
        return err_set(err, E_IO, dir, "%s", strerror(errno));
    for (int i = 0; i < n; i++) {
        if (load_found(r, dir, found[i]->d_name, trust))
            refused++;
        free(found[i]);
    }
    free(found);
    return refused;
}

const char *loader_ask(const char *function)
{
    void *at = dlsym(RTLD_DEFAULT, function);
    const char *(*fn)(void) = NULL;

    memcpy(&fn, &at, sizeof(fn)); /* ISO C has no cast between the two; POSIX says this works */
    return fn ? fn() : NULL;
}
