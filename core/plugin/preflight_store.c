/* SPDX-License-Identifier: MIT */
/*
 * preflight_store - try a store in the forked child: write one record and one thing into a folder of its own, read them.
 *
 * A store that cannot be opened here (its server is elsewhere, there is no folder to write to) is no bad store: only what
 * breaks the interface's rules counts, and what crashes or hangs.
 */
#include "base/folder.h"
#include "base/str.h"
#include "plugin/loader.h"
#include "plugin/preflight.h"
#include "plugin/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SAMPLE_WALL_MS = 86400000 };

struct seen {
    int rows;
    bool is_right;
};

static int see_record(void *ctx, const struct cp_record *r)
{
    struct seen *seen = ctx;
    seen->rows++;
    seen->is_right = str_is(r->id, "sample") && str_is(r->model, "sample-model") &&
                     r->wall_ms == SAMPLE_WALL_MS && r->tokens[CP_OUTPUT] == 7;
    return 0;
}

static int see_sum(void *ctx, const struct cp_sum *s)
{
    struct seen *seen = ctx;
    seen->rows++;
    seen->is_right = s->requests == 1 && s->tokens[CP_OUTPUT] == 7;
    return 0;
}

static int see_thing(void *ctx, const struct cp_thing *t)
{
    struct seen *seen = ctx;
    seen->rows++;
    seen->is_right = str_is(t->id, "sample") && str_is(t->bytes, "bytes");
    return 0;
}

/* What it says it could not do is its right here; what it did must be what was asked. */
static int judge(int rc, const char *hook, const struct seen *seen, struct err *err)
{
    if (rc == E_BUG)
        return rc;
    if (!rc && seen && (seen->rows != 1 || !seen->is_right))
        return err_set(err, E_BUG, hook, "it did not give back what it was given");
    return 0;
}

static int sample_history(struct vault *v, struct err *err)
{
    struct cp_record r = { .size = sizeof(r),
                           .id = STR("sample"),
                           .wall_ms = SAMPLE_WALL_MS,
                           .model = STR("sample-model"),
                           .end = STR("--"),
                           .status = 200,
                           .try_size = sizeof(struct cp_try),
                           .tokens = { 0, 1, 2, 3, 4, 5, 7, -1, -1 },
                           .cost_micro = -1 };
    struct cp_filter all = { .size = sizeof(all) };
    struct seen seen = { 0 };
    int64_t records, bytes;

    int rc = vault_append(v, &r, 1, err);
    if (rc)
        return judge(rc, "append", NULL, err);
    rc = judge(vault_find(v, &all, STR_NONE, 10, see_record, &seen, err), "find", &seen, err);
    seen = (struct seen){ 0 };
    rc = rc ? rc
            : judge(vault_sum(v, &all, CP_BY_NOTHING, 0, see_sum, &seen, err), "sum", &seen,
                    err);
    rc = rc ? rc : judge(vault_measure(v, &records, &bytes, err), "measure", NULL, err);
    rc = rc ? rc : judge(vault_trim(v, 2LL * SAMPLE_WALL_MS, 0, 10, err), "trim", NULL, err);
    return rc;
}

static int sample_things(struct vault *v, struct err *err)
{
    struct cp_thing t = { .size = sizeof(t),
                          .bucket = STR("sample"),
                          .owner = STR("sample"),
                          .id = STR("sample"),
                          .wall_ms = SAMPLE_WALL_MS,
                          .bytes = STR("bytes") };
    struct seen seen = { 0 };

    int rc = vault_put(v, &t, 1, err);
    if (rc)
        return judge(rc, "put", NULL, err);
    rc = judge(vault_each(v, t.bucket, SAMPLE_WALL_MS, see_thing, &seen, err), "each", &seen,
               err);
    rc = rc ? rc
            : judge(vault_prune(v, t.bucket, SAMPLE_WALL_MS, 0, 10, err), "prune", NULL, err);
    t.bytes = STR_NONE;
    return rc ? rc : judge(vault_put(v, &t, 1, err), "put", NULL, err);
}

static int sample_in(const struct depot *d, const char *dir, struct err *err)
{
    struct vault *v;

    int rc = vault_open(d, NULL, 0, dir, CP_STORE_WRITE, &v, err);
    if (rc)
        return rc == E_BUG ? rc : 0;
    if (vault_keeps_history(v))
        rc = sample_history(v, err);
    if (!rc && vault_keeps_things(v))
        rc = sample_things(v, err);
    vault_close(v);
    return rc;
}

static void remove_dir(const char *dir)
{
    char file[512];
    const struct dirent *e;
    DIR *d = folder_open(dir);

    while (d && (e = readdir(d))) {
        int n = snprintf(file, sizeof(file), "%s/%s", dir, e->d_name);
        if (n > 0 && (size_t)n < sizeof(file) && e->d_name[0] != '.')
            unlink(file);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

int preflight_sample_store(const struct depot *d, struct err *err)
{
    char dir[] = "/tmp/claude-proxy.XXXXXX";
    if (!mkdtemp(dir))
        return 0;
    int rc = sample_in(d, dir, err);
    remove_dir(dir);
    return rc;
}
