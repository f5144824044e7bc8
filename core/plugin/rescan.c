/* SPDX-License-Identifier: MIT */
/*
 * rescan - a folder of plugins, read for the first time and anew.
 *
 *     its file is as it was                 the module that we have
 *     another file of the same content      the same
 *     of a content that is still mapped     that mapping: who goes back and forth maps two, not a thousand
 *     another content                       tried, mapped beside what serves
 *     the file is gone                      the plugin is not in the new registry
 *
 * What is refused is an error if it would have been new: all stays as it is then.  What was refused before and is the same
 * file is only a warning, or nobody could reload until it is mended.
 */
#include "plugin/registry.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { WHY_BYTES = 1024 };

static int is_plugin_file(const struct dirent *d)
{
    return d->d_name[0] != '.' && str_ends(str_of(d->d_name), ".so");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls one() for each file, in C order. */
static int each_file(const char *dir, void (*one)(void *ctx, const char *file), void *ctx,
                     struct err *err)
{
    struct dirent **found;
    int n = scandir(dir, &found, is_plugin_file, by_bytes);

    if (n < 0)
        return err_set(err, E_IO, dir, "%s", strerror(errno));
    for (int i = 0; i < n; i++) {
        char file[PATH_MAX];
        int used = snprintf(file, sizeof(file), "%s/%s", dir, found[i]->d_name);
        if (used > 0 && (size_t)used < sizeof(file))
            one(ctx, file);
        free(found[i]);
    }
    free(found);
    return 0;
}

/* Unless the quarantine has noted it, with more than we know. */
static void note_refused(struct registry *r, const char *file, const char *digest,
                         const char *why)
{
    if (r->absent_n && !strcmp(r->absent[r->absent_n - 1].file, file))
        return;
    registry_note_absent(
        r, &(struct registry_absent){
               .file = file, .why = why, .digest = digest, .since_ms = clock_wall_ms() });
}

static void spell_why(const char *file, const struct err *err, char why[WHY_BYTES])
{
    bool has_where = err->where[0] && strcmp(err->where, file) != 0;

    snprintf(why, WHY_BYTES, "%s%s%s", has_where ? err->where : "", has_where ? ": " : "",
             err->what);
}

/* ---- the first time ---- */

struct first {
    struct registry *r;
    enum loader_trust trust;
    int refused;
};

static void tell_refused(const char *file, const struct err *err)
{
    struct log_field fields[] = { { "file", LOG_STR, str_of(file), 0 },
                                  { "why", LOG_STR, str_of(err->what), 0 },
                                  { "where", LOG_STR, str_of(err->where), 0 } };
    bool is_quarantined = str_begins(str_of(err->what), "in quarantine");
    log_record(CP_LOG_ERROR, is_quarantined ? "quarantine" : "plugin_refused", fields,
               strcmp(file, err->where) ? 3 : 2, "a plugin is not loaded");
}

static void load_first(void *ctx, const char *file)
{
    struct first *f = ctx;
    struct err err = { 0 };
    struct stamp stamp;
    char digest[65] = "", why[WHY_BYTES];

    if (registry_has_file(f->r, file))
        return;
    int rc = loader_look(file, f->trust, &stamp, digest, &err);
    struct module *m = rc ? NULL : loader_load(f->r, file, &stamp, digest, &err);
    if (m && !registry_take(f->r, m, &err))
        return;
    f->refused++;
    tell_refused(file, &err);
    spell_why(file, &err, why);
    note_refused(f->r, file, digest, why);
}

int registry_load_dir(struct registry *r, const char *dir, enum loader_trust trust,
                      struct err *err)
{
    struct first f = { r, trust, 0 };
    int rc = each_file(dir, load_first, &f, err);

    return rc ? rc : f.refused;
}

/* ---- anew ---- */

struct anew {
    struct registry *before, *r;
    enum loader_trust trust;
    void (*complain)(void *ctx, bool is_error, const char *file, const char *why);
    void *ctx;
    bool is_other, is_bad;
};

static int find_module(const struct registry *r, const char *file)
{
    for (uint32_t i = 0; i < r->modules_n; i++)
        if (!strcmp(r->modules[i]->file, file))
            return (int)i;
    return -1;
}

static struct module *module_ref(struct stock *s, struct module *m)
{
    pthread_mutex_lock(&s->lock);
    m->refs++;
    pthread_mutex_unlock(&s->lock);
    return m;
}

static void module_unref(struct stock *s, struct module *m)
{
    pthread_mutex_lock(&s->lock);
    m->refs--;
    pthread_mutex_unlock(&s->lock);
}

static const struct registry_absent *find_absent(const struct registry *r, const char *file)
{
    for (uint32_t i = 0; i < r->absent_n; i++)
        if (!r->absent[i].is_removed && !strcmp(r->absent[i].file, file))
            return &r->absent[i];
    return NULL;
}

/* is_error: it would have been another plugin than before. */
static void refuse(struct anew *a, const char *file, const char *digest, const struct err *err)
{
    const struct registry_absent *known = find_absent(a->before, file);
    bool is_known = known && !strcmp(known->digest, digest) && find_module(a->before, file) < 0;
    char why[WHY_BYTES];

    spell_why(file, err, why);
    note_refused(a->r, file, digest, why);
    /* Who was in quarantine at the start is known; who is so now has crashed us, and that is told at the start. */
    a->is_bad |= !is_known;
    a->complain(a->ctx, !is_known, file, why);
}

/* The module for what lies there now, with a reference; NULL: err. */
static struct module *module_for(struct anew *a, const char *file, const struct stamp *stamp,
                                 const char *digest, struct err *err)
{
    struct module *m = stock_find(a->r->stock, file, digest);

    if (m)
        return m;
    if (stock_has_inode(a->r->stock, stamp)) {
        (void)err_set(
            err, E_DENIED, file,
            "it was written over in place while it is in use, which may crash the gateway: "
            "lay a new file there (install, mv), and restart");
        return NULL;
    }
    return loader_load(a->r, file, stamp, digest, err);
}

static void take(struct anew *a, struct module *m, const struct stamp *stamp)
{
    struct err err = { 0 };
    struct registry *r = a->r;

    if (!registry_take(r, m, &err)) {
        r->seen[r->modules_n - 1] = *stamp;
        return;
    }
    module_unref(r->stock, m);
    refuse(a, m->file, m->digest, &err);
}

static void look_anew(void *ctx, const char *file)
{
    struct anew *a = ctx;
    int at = find_module(a->before, file);
    struct stamp stamp = { 0 };
    struct err err = { 0 };
    char digest[65] = "";

    if (at >= 0 && !loader_stamp(file, &stamp, &err) &&
        stamp_is_same(&stamp, &a->before->seen[at])) {
        take(a, module_ref(a->r->stock, a->before->modules[at]), &stamp);
        return;
    }
    err.code = 0;
    struct module *m = NULL;
    if (!loader_look(file, a->trust, &stamp, digest, &err))
        m = module_for(a, file, &stamp, digest, &err);
    if (!m) {
        refuse(a, file, digest, &err);
        return;
    }
    a->is_other |=
        at < 0 || m != a->before->modules[at] || !stamp_is_same(&stamp, &a->before->seen[at]);
    take(a, m, &stamp);
}

/* ---- what came of it ---- */

static void list_dialects(const struct module *m, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < m->adapters_n && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? "," : "",
                               m->adapters[i]->hooks.dialect);
}

static void list_stores(const struct module *m, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < m->stores_n && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? "," : "",
                               m->stores[i]->hooks.name);
}

static void note_removed(struct anew *a, const struct module *m)
{
    char dialects[1024], stores[512];

    list_dialects(m, dialects, sizeof(dialects));
    list_stores(m, stores, sizeof(stores));
    registry_note_absent(a->r, &(struct registry_absent){ .file = m->file,
                                                          .name = m->plugin.name,
                                                          .why = "the file was removed",
                                                          .dialects = dialects,
                                                          .stores = stores,
                                                          .since_ms = clock_wall_ms(),
                                                          .is_removed = true });
    registry_note_change(a->r, PLUGIN_REMOVED, m, NULL);
    a->is_other = true;
}

/* Refused files of before that are gone need no word; removed ones are remembered while nobody has their place. */
static void carry_removed(struct anew *a)
{
    for (uint32_t i = 0; i < a->before->absent_n; i++) {
        const struct registry_absent *was = &a->before->absent[i];
        if (was->is_removed && find_module(a->r, was->file) < 0 &&
            !find_absent(a->r, was->file))
            registry_note_absent(a->r, was);
        if (!was->is_removed && !find_absent(a->r, was->file))
            a->is_other = true;
    }
}

static void compare(struct anew *a)
{
    const struct registry *before = a->before;

    carry_removed(a);
    for (uint32_t i = 0; i < before->modules_n; i++)
        if (find_module(a->r, before->modules[i]->file) < 0)
            note_removed(a, before->modules[i]);
    for (uint32_t i = 0; i < a->r->modules_n; i++) {
        const struct module *m = a->r->modules[i];
        int at = find_module(before, m->file);
        if (at < 0)
            registry_note_change(a->r, PLUGIN_ADDED, m, NULL);
        else if (before->modules[at] != m)
            registry_note_change(a->r, PLUGIN_REPLACED, m, before->modules[at]);
    }
}

struct registry *registry_rescan(
    struct registry *before, const char *dir, enum loader_trust trust,
    void (*complain)(void *ctx, bool is_error, const char *file, const char *why), void *ctx)
{
    struct anew a = { .before = before,
                      .r = registry_next(before),
                      .trust = trust,
                      .complain = complain,
                      .ctx = ctx };
    struct err err = { 0 };

    pthread_mutex_lock(&before->stock->turn);
    if (each_file(dir, look_anew, &a, &err)) {
        complain(ctx, true, dir, err.what);
        a.is_bad = true;
    }
    if (!a.is_bad)
        compare(&a);
    pthread_mutex_unlock(&before->stock->turn);
    if (!a.is_bad && a.is_other)
        return a.r;
    registry_unref(a.r);
    return a.is_bad ? NULL : registry_ref(before);
}
