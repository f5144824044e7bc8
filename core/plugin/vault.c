/* SPDX-License-Identifier: MIT */
/*
 * vault - a plugin's store, opened: each call with a breadcrumb, its answer looked at.
 *
 * Every hook runs between enter() and leave(): the first leaves the breadcrumb, with a place for what the plugin says
 * through host->fail(), the second turns its answer into one of ours.  What is no enum cp_rc is a bug of the plugin.
 */
#include "plugin/vault.h"

#include "base/mem.h"
#include "base/str.h"
#include "plugin/breadcrumb.h"
#include "plugin/loader.h"
#include "plugin/options.h"

#include <stdlib.h>

struct vault {
    const struct depot *depot;
    struct cp_conf *conf;
    void *store;
};

struct entry {
    const struct depot *depot;
    struct breadcrumb before;
    const char *hook;
    struct err said;
};

static void enter(struct entry *e, const struct depot *d, const char *hook)
{
    e->depot = d;
    e->hook = hook;
    e->said = (struct err){ 0 };
    e->before = breadcrumb_swap((struct breadcrumb){ d->plugin, hook, str_of("-"), &e->said });
}

static int leave(struct entry *e, int rc, bool may_be_one, struct err *err)
{
    breadcrumb_now = e->before;
    if (rc == CP_OK || (rc == 1 && may_be_one))
        return rc;
    if (rc > 0 || rc < CP_E_BUG)
        return err_set(err, E_BUG, e->depot->hooks.name,
                       "%s answered %d, which is no enum cp_rc", e->hook, rc);
    return err_set(err, rc, e->depot->hooks.name, "%s",
                   e->said.code ? e->said.what : "it failed without a reason");
}

static int absent(const struct depot *d, const char *what, struct err *err)
{
    return err_set(err, E_UNSUPPORTED, d->hooks.name, "the store %s keeps no %s", d->hooks.name,
                   what);
}

int vault_open(const struct depot *d, const struct conf_option *given, size_t n,
               const char *dir, int how, struct vault **out, struct err *err)
{
    /* options are checked against whatever has a name and a table */
    struct cp_adapter named = { .dialect = d->hooks.name,
                                .options = d->hooks.options,
                                .options_n = d->hooks.options_n };
    struct cp_conf *conf = NULL;
    struct entry e;
    void *store = NULL;

    int rc = options_check(&named, given, n, &conf, err);
    if (rc)
        return rc;
    enter(&e, d, "open");
    rc = leave(&e, d->hooks.open(conf, dir, how, &store), false, err);
    if (rc) {
        options_free(conf);
        return rc;
    }
    struct vault *v = mem_new(1, sizeof(*v));
    *v = (struct vault){ d, conf, store };
    *out = v;
    return 0;
}

void vault_close(struct vault *v)
{
    struct entry e;

    if (!v)
        return;
    enter(&e, v->depot, "close");
    v->depot->hooks.close(v->store);
    (void)leave(&e, CP_OK, false, NULL);
    options_free(v->conf);
    free(v);
}

bool vault_keeps_history(const struct vault *v)
{
    return v->depot->hooks.append != NULL;
}

bool vault_keeps_things(const struct vault *v)
{
    return v->depot->hooks.put != NULL;
}

int vault_append(struct vault *v, const struct cp_record *records, uint32_t n, struct err *err)
{
    struct entry e;

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "append");
    return leave(&e, v->depot->hooks.append(v->store, records, n, sizeof(*records)), false,
                 err);
}

int vault_find(struct vault *v, const struct cp_filter *f, struct cp_str after, uint32_t n,
               int (*row)(void *, const struct cp_record *), void *ctx, struct err *err)
{
    struct entry e;

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "find");
    return leave(&e, v->depot->hooks.find(v->store, f, after, n, row, ctx), false, err);
}

int vault_sum(struct vault *v, const struct cp_filter *f, uint32_t by, int64_t step_ms,
              int (*row)(void *, const struct cp_sum *), void *ctx, struct err *err)
{
    struct entry e;

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "sum");
    return leave(&e, v->depot->hooks.sum(v->store, f, by, step_ms, row, ctx), false, err);
}

int vault_trim(struct vault *v, int64_t before_ms, int64_t most_bytes, uint32_t most_rows,
               struct err *err)
{
    struct entry e;

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "trim");
    return leave(&e, v->depot->hooks.trim(v->store, before_ms, most_bytes, most_rows), true,
                 err);
}

int vault_measure(struct vault *v, int64_t *records, int64_t *bytes, struct err *err)
{
    struct entry e;

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "measure");
    return leave(&e, v->depot->hooks.measure(v->store, records, bytes), false, err);
}

int vault_put(struct vault *v, const struct cp_thing *things, uint32_t n, struct err *err)
{
    struct entry e;

    if (!vault_keeps_things(v))
        return absent(v->depot, "things", err);
    enter(&e, v->depot, "put");
    return leave(&e, v->depot->hooks.put(v->store, things, n, sizeof(*things)), false, err);
}

int vault_each(struct vault *v, struct cp_str bucket, int64_t wall_ms,
               int (*row)(void *, const struct cp_thing *), void *ctx, struct err *err)
{
    struct entry e;

    if (!vault_keeps_things(v))
        return absent(v->depot, "things", err);
    enter(&e, v->depot, "each");
    return leave(&e, v->depot->hooks.each(v->store, bucket, wall_ms, row, ctx), false, err);
}

int vault_prune(struct vault *v, struct cp_str bucket, int64_t wall_ms, int64_t most_bytes,
                uint32_t most_rows, struct err *err)
{
    struct entry e;

    if (!vault_keeps_things(v))
        return absent(v->depot, "things", err);
    enter(&e, v->depot, "prune");
    return leave(&e, v->depot->hooks.prune(v->store, bucket, wall_ms, most_bytes, most_rows),
                 true, err);
}

int vault_read_other(const struct depot *d, const char *kind, const char *path,
                     int (*row)(void *, const struct cp_record *), void *ctx, struct err *err)
{
    struct entry e;

    if (!d->hooks.read_other)
        return err_set(err, E_UNSUPPORTED, d->hooks.name, "the store %s reads no other history",
                       d->hooks.name);
    enter(&e, d, "read_other");
    return leave(&e, d->hooks.read_other(kind, path, row, ctx), false, err);
}
