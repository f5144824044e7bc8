/* SPDX-License-Identifier: MIT */
/*
 * vault - a plugin's store, opened: each call with a breadcrumb, its answer looked at.
 *
 * Every hook runs between enter() and leave(): the first leaves the breadcrumb, with a place for what the plugin says
 * through host->fail(), the second turns its answer into one of ours.  What is no enum cp_rc is a bug of the plugin.
 *
 * What a store tells goes through a row of ours first: no more rows than were asked for and none after "stop", structs of the
 * size that this host knows, whatever minor the plugin was built with, and the breadcrumb of who called while his function runs.
 */
#include "plugin/vault.h"

#include "base/mem.h"
#include "base/str.h"
#include "plugin/breadcrumb.h"
#include "plugin/loader.h"
#include "plugin/options.h"

#include <stdlib.h>
#include <string.h>

/* Of ABI 1.0: whoever tells less was never told what a struct's size is. */
enum { RECORD_BYTES = 440, TRY_BYTES = 72, SUM_BYTES = 192, THING_BYTES = 104 };
enum { TRIES_MOST = 256 };

struct vault {
    const struct depot *depot;
    struct cp_conf *conf;
    void *store;
};

struct entry {
    const struct depot *depot;
    struct breadcrumb before, here;
    const char *hook;
    struct err said;
};

static void enter(struct entry *e, const struct depot *d, const char *hook)
{
    e->depot = d;
    e->hook = hook;
    e->said = (struct err){ 0 };
    e->here = (struct breadcrumb){ d->plugin, hook, str_of("-"), &e->said };
    e->before = breadcrumb_swap(e->here);
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

/* ---- rows ---- */

/* A callback's caller: which one of the three is set is known by who called. */
struct rows {
    struct entry *entry;
    int (*record)(void *, const struct cp_record *);
    int (*sum)(void *, const struct cp_sum *);
    int (*thing)(void *, const struct cp_thing *);
    void *ctx;
    uint64_t left; /* rows that may still come */
    bool is_over;  /* who asked wants no more */
    const char *lie;
};

/* False: the row is not for the one who asked. */
static bool row_begin(struct rows *rows, const char *lie)
{
    if (rows->is_over)
        return false;
    if (!lie && !rows->left)
        lie = "it told more than it was asked for";
    if (lie) {
        rows->lie = lie;
        rows->is_over = true;
        return false;
    }
    rows->left--;
    breadcrumb_now = rows->entry->before;
    return true;
}

static int row_end(struct rows *rows, int stop)
{
    breadcrumb_now = rows->entry->here;
    rows->is_over |= stop != 0;
    return stop != 0;
}

static struct cp_try *tries_copy(const struct cp_record *r)
{
    size_t size = r->try_size < sizeof(struct cp_try) ? r->try_size : sizeof(struct cp_try);
    struct cp_try *tries = mem_new(r->tries_n, sizeof(*tries));

    for (uint32_t i = 0; i < r->tries_n; i++)
        memcpy(&tries[i], (const char *)r->tries + (size_t)i * r->try_size, size);
    return tries;
}

static const char *record_lie(const struct cp_record *r)
{
    if (r->size < RECORD_BYTES)
        return "it told a record without its size";
    if (r->tries_n > TRIES_MOST || (r->tries_n && (!r->tries || r->try_size < TRY_BYTES)))
        return "it told tries that are none";
    return NULL;
}

static int row_record(void *ctx, const struct cp_record *told)
{
    struct rows *rows = ctx;
    struct cp_record r = { 0 };

    if (!row_begin(rows, record_lie(told)))
        return 1;
    memcpy(&r, told, told->size < sizeof(r) ? told->size : sizeof(r));
    struct cp_try *tries = r.tries_n ? tries_copy(&r) : NULL;
    r.size = sizeof(r);
    r.try_size = sizeof(*tries);
    r.tries = tries;
    int stop = rows->record(rows->ctx, &r);
    free(tries);
    return row_end(rows, stop);
}

static int row_sum(void *ctx, const struct cp_sum *told)
{
    struct rows *rows = ctx;
    struct cp_sum s = { 0 };

    if (!row_begin(rows, told->size < SUM_BYTES ? "it told a sum without its size" : NULL))
        return 1;
    memcpy(&s, told, told->size < sizeof(s) ? told->size : sizeof(s));
    s.size = sizeof(s);
    return row_end(rows, rows->sum(rows->ctx, &s));
}

static int row_thing(void *ctx, const struct cp_thing *told)
{
    struct rows *rows = ctx;
    struct cp_thing t = { 0 };

    if (!row_begin(rows, told->size < THING_BYTES ? "it told a thing without its size" : NULL))
        return 1;
    memcpy(&t, told, told->size < sizeof(t) ? told->size : sizeof(t));
    t.size = sizeof(t);
    return row_end(rows, rows->thing(rows->ctx, &t));
}

/* What a store said of its rows, and what they were. */
static int leave_rows(struct rows *rows, int rc, struct err *err)
{
    rc = leave(rows->entry, rc, false, err);
    if (rows->lie)
        return err_set(err, E_BUG, rows->entry->depot->hooks.name, "%s: %s", rows->entry->hook,
                       rows->lie);
    return rc;
}

/* ---- calls ---- */

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
    *v = (struct vault){ depot_ref(d), conf, store };
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
    depot_unref(v->depot);
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
    struct rows rows = { .entry = &e, .record = row, .ctx = ctx, .left = n };

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "find");
    return leave_rows(&rows, v->depot->hooks.find(v->store, f, after, n, row_record, &rows),
                      err);
}

int vault_sum(struct vault *v, const struct cp_filter *f, uint32_t by, int64_t step_ms,
              int (*row)(void *, const struct cp_sum *), void *ctx, struct err *err)
{
    struct entry e;
    struct rows rows = { .entry = &e, .sum = row, .ctx = ctx, .left = UINT64_MAX };

    if (!vault_keeps_history(v))
        return absent(v->depot, "history", err);
    enter(&e, v->depot, "sum");
    return leave_rows(&rows, v->depot->hooks.sum(v->store, f, by, step_ms, row_sum, &rows),
                      err);
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
    struct rows rows = { .entry = &e, .thing = row, .ctx = ctx, .left = UINT64_MAX };

    if (!vault_keeps_things(v))
        return absent(v->depot, "things", err);
    enter(&e, v->depot, "each");
    return leave_rows(&rows, v->depot->hooks.each(v->store, bucket, wall_ms, row_thing, &rows),
                      err);
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
    struct rows rows = { .entry = &e, .record = row, .ctx = ctx, .left = UINT64_MAX };

    if (!d->hooks.read_other)
        return err_set(err, E_UNSUPPORTED, d->hooks.name, "the store %s reads no other history",
                       d->hooks.name);
    enter(&e, d, "read_other");
    return leave_rows(&rows, d->hooks.read_other(kind, path, row_record, &rows), err);
}
