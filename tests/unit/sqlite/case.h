/* SPDX-License-Identifier: MIT */
/*
 * case - what the tests of the sqlite store share: the plugin as the gateway loads it, a folder for each test, records.
 */
#ifndef TESTS_UNIT_SQLITE_CASE_H
#define TESTS_UNIT_SQLITE_CASE_H

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/loader.h"
#include "plugin/vault.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"

static char here[PATH_MAX / 2], dir[64];
static const struct depot *depot;

enum { HOUR = 3600000 };
static const int64_t start_ms = INT64_C(1760000400000); /* a whole hour */

/* ---- a folder for each test ---- */

static inline void in_dir(const char *name, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/%s", dir, name);
}

static inline void dir_new(void)
{
    snprintf(dir, sizeof(dir), "/tmp/test_sqlite.XXXXXX");
    CHECK(mkdtemp(dir));
}

static inline void dir_drop(void)
{
    char file[PATH_MAX];
    const struct dirent *e;
    DIR *d = opendir(dir);
    while (d && (e = readdir(d))) {
        snprintf(file, sizeof(file), "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.')
            unlink(file);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

static inline struct vault *open_as(int how)
{
    struct err err = { 0 };
    struct vault *v = NULL;
    if (!CHECK_EQ(vault_open(depot, NULL, 0, dir, how, &v, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    return v;
}

/* ---- records ---- */

static char ids[100000][16];

static inline struct cp_record record(int i, int64_t wall_ms)
{
    static const char *const channels[] = { "alpha", "beta", "gamma" };
    static const char *const clients[] = { "team", "laptop" };
    snprintf(ids[i], sizeof(ids[i]), "r%06d", i);
    return (struct cp_record){ .size = sizeof(struct cp_record),
                               .flags = CP_RECORD_STREAM,
                               .id = str_of(ids[i]),
                               .wall_ms = wall_ms,
                               .client = str_of(clients[i % 2]),
                               .family = STR("messages"),
                               .op = STR("chat"),
                               .dialect = STR("claude"),
                               .model = i % 5 ? STR("big") : STR("small"),
                               .model_up = STR("big-2026"),
                               .channel = str_of(channels[i % 3]),
                               .key = STR("k1"),
                               .session = i % 7 ? STR_NONE : STR("deadbeef"),
                               .peer = STR("127.0.0.1"),
                               .agent = STR("test/1"),
                               .end = i % 10 ? STR("--") : STR("SH"),
                               .why = i % 10 ? STR_NONE : STR("the upstream said no"),
                               .status = i % 10 ? 200 : 502,
                               .up_status = i % 10 ? 200 : 500,
                               .attempts = 1,
                               .try_size = sizeof(struct cp_try),
                               .queue_us = 5,
                               .connect_us = -1,
                               .first_us = 1000,
                               .content_us = i % 10 ? 2000 : -1,
                               .total_us = 3000,
                               .bytes_in = 100,
                               .bytes_out = 200,
                               .tokens = { 0, 10, 20, -1, 0, -1, 30, 1, -1 },
                               .cost_micro = i % 4 ? 7 : -1,
                               .mapped = 1,
                               .dropped = 2,
                               .trace = STR("{\"why\":\"it was first\"}") };
}

static inline void fill(struct vault *v, int n, int64_t every_ms)
{
    struct cp_record *r = calloc((size_t)n, sizeof(*r));
    struct err err = { 0 };
    for (int i = 0; i < n; i++)
        r[i] = record(i, start_ms + i * every_ms);
    for (int i = 0; i < n; i += 200)
        if (!CHECK_EQ(vault_append(v, r + i, (uint32_t)(n - i < 200 ? n - i : 200), &err), 0))
            printf("#     %s\n", err.what);
    free(r);
}

struct seen {
    int n;
    struct cp_record last;
    char id[64], model[64], session[64], why[64], trace[64], first_id[64];
    uint32_t tries;
    int64_t connect_us, first_us; /* of the last try */
    char try_channel[64], try_outcome[64];
};

static inline void keep(char out[64], struct cp_str s)
{
    snprintf(out, 64, "%.*s", STR_FMT(s));
}

static inline int see(void *ctx, const struct cp_record *r)
{
    struct seen *s = ctx;
    if (!s->n++)
        keep(s->first_id, r->id);
    s->last = *r;
    keep(s->id, r->id);
    keep(s->model, r->model);
    keep(s->session, r->session);
    keep(s->why, r->why);
    keep(s->trace, r->trace);
    s->tries = r->tries_n;
    if (r->tries_n) {
        keep(s->try_channel, r->tries[0].channel);
        keep(s->try_outcome, r->tries[0].outcome);
        s->connect_us = r->tries[r->tries_n - 1].connect_us;
        s->first_us = r->tries[r->tries_n - 1].first_us;
    }
    return 0;
}

static inline int found(struct vault *v, struct cp_filter f, struct cp_str after, uint32_t n,
                        struct seen *s)
{
    struct err err = { 0 };
    f.size = sizeof(f);
    *s = (struct seen){ .n = 0 };
    if (!CHECK_EQ(vault_find(v, &f, after, n, see, s, &err), 0))
        printf("#     %s\n", err.what);
    return s->n;
}

/* ---- what Python's sqlite3 knows ---- */

static inline int python(const char *code)
{
    char command[6000];
    int n = snprintf(command, sizeof(command), "python3 - '%s' <<'EOF'\n%s\nEOF\n", dir, code);
    fflush(stdout);
    return n < (int)sizeof(command) ? system(command) : -1;
}

static inline bool find_plugin(struct registry *r)
{
    static const char *const places[] = { "plugins/sqlite.so", ".libs/sqlite.so", "sqlite.so" };
    char file[PATH_MAX];
    struct err err = { 0 };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(file, sizeof(file), "%s/../../../%s", here, places[i]);
        if (access(file, R_OK))
            continue;
        fflush(stdout);
        if (registry_load(r, file, LOADER_LAX, &err))
            printf("# %s: %s\n", err.where, err.what);
    }
    depot = registry_store(r, STR("sqlite"));
    return depot != NULL;
}

int main(int argc, char **argv)
{
    char *slash = strrchr(argv[0], '/');
    snprintf(here, sizeof(here), "%.*s", slash ? (int)(slash - argv[0]) : 1,
             slash ? argv[0] : ".");
    struct registry *r = registry_new();
    if (!find_plugin(r)) {
        printf("1..1\nnot ok 1 - sqlite.so was not found or not loaded\n");
        return 1;
    }
    int rc = test_main(argc, argv);
    registry_free(r);
    return rc;
}

#endif
