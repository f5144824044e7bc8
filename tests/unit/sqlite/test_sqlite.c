/* SPDX-License-Identifier: MIT */
/*
 * test_sqlite - the store as the gateway loads it: history and things in one database, and what may happen to its file.
 */
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

static void in_dir(const char *name, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s/%s", dir, name);
}

static void dir_new(void)
{
    snprintf(dir, sizeof(dir), "/tmp/test_sqlite.XXXXXX");
    CHECK(mkdtemp(dir));
}

static void dir_drop(void)
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

static struct vault *open_as(int how)
{
    struct err err = { 0 };
    struct vault *v = NULL;
    if (!CHECK_EQ(vault_open(depot, NULL, 0, dir, how, &v, &err), 0))
        printf("#     %s: %s\n", err.where, err.what);
    return v;
}

/* ---- records ---- */

static char ids[100000][12];

static struct cp_record record(int i, int64_t wall_ms)
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

static void fill(struct vault *v, int n, int64_t every_ms)
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
    char try_channel[64], try_outcome[64];
};

static void keep(char out[64], struct cp_str s)
{
    snprintf(out, 64, "%.*s", STR_FMT(s));
}

static int see(void *ctx, const struct cp_record *r)
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
    }
    return 0;
}

static int found(struct vault *v, struct cp_filter f, struct cp_str after, uint32_t n,
                 struct seen *s)
{
    struct err err = { 0 };
    f.size = sizeof(f);
    *s = (struct seen){ .n = 0 };
    if (!CHECK_EQ(vault_find(v, &f, after, n, see, s, &err), 0))
        printf("#     %s\n", err.what);
    return s->n;
}

TEST(a_record_comes_back_as_it_was)
{
    struct err err = { 0 };
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    struct cp_try tries[2] = {
        { STR("alpha"), STR("k1"), STR("rate_limit"), 429, 0, 10, 20 },
        { STR("beta"), STR("k2"), STR("ok"), 200, 0, 30, 40 },
    };
    struct cp_record r = record(0, start_ms + 17);
    r.tries = tries;
    r.tries_n = 2;
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0); /* offered again */
    CHECK_EQ(found(v, (struct cp_filter){ .id = STR("r000000") }, STR_NONE, 10, &s), 1);
    CHECK_EQ(s.last.wall_ms, start_ms + 17);
    CHECK_EQ(s.last.flags, CP_RECORD_STREAM);
    CHECK_EQ(s.last.tokens[CP_OUTPUT], 30);
    CHECK_EQ(s.last.tokens[CP_CACHE_WRITE_5M], -1);
    CHECK_EQ(s.last.tokens[CP_CACHE_WRITE_1H], 0);
    CHECK_EQ(s.last.cost_micro, -1);
    CHECK_EQ(s.last.connect_us, -1);
    CHECK_EQ(s.last.total_us, 3000);
    CHECK_EQ(s.last.dropped, 2);
    CHECK_EQ(s.last.up_status, 500);
    CHECK(strcmp(s.model, "small") == 0 && strcmp(s.session, "deadbeef") == 0);
    CHECK(strcmp(s.why, "the upstream said no") == 0);
    CHECK(strcmp(s.trace, "{\"why\":\"it was first\"}") == 0);
    CHECK_EQ(s.tries, 2);
    CHECK(strcmp(s.try_channel, "alpha") == 0 && strcmp(s.try_outcome, "rate_limit") == 0);
    CHECK_EQ(found(v, (struct cp_filter){ .channel = STR("alpha") }, STR_NONE, 10, &s), 1);
    CHECK_EQ(found(v, (struct cp_filter){ .channel = STR("beta") }, STR_NONE, 10, &s), 1);
    CHECK_EQ(found(v, (struct cp_filter){ .channel = STR("gamma") }, STR_NONE, 10, &s), 0);
    vault_close(v);
    dir_drop();
}

TEST(names_of_clients_may_come_twice)
{
    struct err err = { 0 };
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    struct cp_record r[3] = { record(0, start_ms), record(0, start_ms + 1),
                              record(1, start_ms) };
    CHECK_EQ(vault_append(v, r, 3, &err), 0);
    CHECK_EQ(found(v, (struct cp_filter){ .id = STR("r000000") }, STR_NONE, 10, &s), 2);
    CHECK_EQ(found(v, (struct cp_filter){ .until_ms = start_ms + 1 }, STR_NONE, 10, &s), 2);
    r[1] = r[2] = r[0];
    r[1].total_us++;
    CHECK_EQ(vault_append(v, r, 3, &err), 0);
    CHECK_EQ(vault_append(v, r, 3, &err), 0);
    CHECK_EQ(found(v, (struct cp_filter){ .id = STR("r000000~2") }, STR_NONE, 10, &s), 1);
    CHECK_EQ(found(v, (struct cp_filter){ .until_ms = start_ms + 1 }, STR_NONE, 10, &s), 3);
    vault_close(v);
    dir_drop();
}

TEST(pages_and_filters)
{
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 1000, 1000);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 5000, &s), 1000);
    CHECK(strcmp(s.first_id, "r000999") == 0 && strcmp(s.id, "r000000") == 0);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 10);
    CHECK(strcmp(s.id, "r000990") == 0);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR("r000990"), 10, &s), 10);
    CHECK(strcmp(s.first_id, "r000989") == 0);
    CHECK_EQ(found(v, (struct cp_filter){ .client = STR("team") }, STR_NONE, 5000, &s), 500);
    CHECK_EQ(found(v, (struct cp_filter){ .model = STR("small") }, STR_NONE, 5000, &s), 200);
    CHECK_EQ(found(v, (struct cp_filter){ .model = STR("nobody's") }, STR_NONE, 5000, &s), 0);
    CHECK_EQ(found(v, (struct cp_filter){ .channel = STR("alpha") }, STR_NONE, 5000, &s), 334);
    CHECK_EQ(s.tries, 0); /* what is only implied is not told */
    CHECK_EQ(found(v, (struct cp_filter){ .key = STR("k1") }, STR_NONE, 5000, &s), 1000);
    CHECK_EQ(found(v, (struct cp_filter){ .session = STR("deadbeef") }, STR_NONE, 5000, &s),
             143);
    CHECK_EQ(found(v, (struct cp_filter){ .outcome = CP_FAILED_ONLY }, STR_NONE, 5000, &s),
             100);
    CHECK_EQ(found(v, (struct cp_filter){ .outcome = CP_CANCELLED_ONLY }, STR_NONE, 5000, &s),
             0);
    CHECK_EQ(found(v, (struct cp_filter){ .end = STR("SH") }, STR_NONE, 5000, &s), 100);
    CHECK_EQ(found(v, (struct cp_filter){ .status_least = 500, .status_most = 599 }, STR_NONE,
                   5000, &s),
             100);
    CHECK_EQ(
        found(v,
              (struct cp_filter){ .from_ms = start_ms + 10000, .until_ms = start_ms + 20000 },
              STR_NONE, 5000, &s),
        10);
    CHECK_EQ(found(v,
                   (struct cp_filter){ .from_ms = start_ms + 10000,
                                       .until_ms = start_ms + 20000,
                                       .channel = STR("beta"),
                                       .client = STR("laptop") },
                   STR_NONE, 5000, &s),
             2);
    vault_close(v);
    dir_drop();
}

/* ---- sums ---- */

struct sums {
    int n, groups;
    int64_t requests, served, failed, output, cost, unpriced, content_n;
    char group[64];
    int64_t last_ms;
};

static int add(void *ctx, const struct cp_sum *s)
{
    struct sums *t = ctx;
    char group[64];
    t->n++;
    keep(group, s->group);
    if (strcmp(group, t->group) != 0 || t->n == 1)
        t->groups++;
    else
        CHECK(s->from_ms > t->last_ms);
    keep(t->group, s->group);
    t->last_ms = s->from_ms;
    t->requests += s->requests;
    t->served += s->served;
    t->failed += s->failed;
    t->output += s->tokens[CP_OUTPUT];
    t->cost += s->cost_micro;
    t->unpriced += s->unpriced;
    t->content_n += s->content_n;
    return 0;
}

static struct sums summed(struct vault *v, struct cp_filter f, uint32_t by, int64_t step_ms)
{
    struct sums t = { 0 };
    struct err err = { 0 };
    f.size = sizeof(f);
    if (!CHECK_EQ(vault_sum(v, &f, by, step_ms, add, &t, &err), 0))
        printf("#     %s\n", err.what);
    return t;
}

/* Whatever is asked, hours and records agree. */
TEST(sums_of_hours_and_of_records_are_the_same)
{
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 6000, 7000); /* eleven hours and more */
    struct cp_filter filters[] = {
        { .client = STR("team") },
        { .channel = STR("beta") },
        { .outcome = CP_FAILED_ONLY },
        { .from_ms = start_ms + 1234567, .until_ms = start_ms + 30123456 },
        { .from_ms = start_ms + 5000, .until_ms = start_ms + 9000 },
        { .from_ms = start_ms + HOUR, .model = STR("small"), .key = STR("k1") },
        { .until_ms = start_ms + 2 * HOUR, .end = STR("--") },
    };
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        for (uint32_t by = CP_BY_NOTHING; by <= CP_BY_END; by++) {
            struct sums fast = summed(v, filters[i], by, 0);
            struct sums slow = summed(v, filters[i], by, 60000);
            struct sums hourly = summed(v, filters[i], by, HOUR);
            CHECK_EQ(fast.n, fast.groups);
            CHECK_EQ(fast.requests, slow.requests);
            CHECK_EQ(hourly.requests, slow.requests);
            CHECK_EQ(fast.served, slow.served);
            CHECK_EQ(fast.output, slow.output);
            CHECK_EQ(fast.cost, slow.cost);
            CHECK_EQ(fast.unpriced, slow.unpriced);
            CHECK_EQ(fast.content_n, slow.content_n);
            CHECK_EQ(fast.groups, slow.groups);
        }
    }
    struct sums all = summed(v, (struct cp_filter){ 0 }, CP_BY_UPSTREAM_KEY, 0);
    CHECK_EQ(all.groups, 3);
    CHECK(strcmp(all.group, "gamma/k1") == 0);
    CHECK_EQ(all.requests, 6000);
    CHECK_EQ(all.failed, 600);
    CHECK_EQ(all.output, 180000);
    CHECK_EQ(summed(v, (struct cp_filter){ .session = STR("deadbeef") }, 0, 0).requests, 858);
    CHECK_EQ(summed(v, (struct cp_filter){ .model = STR("unheard") }, 0, 0).n, 0);
    vault_close(v);
    dir_drop();
}

TEST(channels_count_how_often_they_were_asked)
{
    struct err err = { 0 };
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    struct cp_try tries[3] = { { STR("alpha"), STR("k1"), STR("connect"), 0, 0, 0, 5 },
                               { STR("alpha"), STR("k2"), STR("given_up"), 0, 0, 0, 5 },
                               { STR("beta"), STR("k1"), STR("ok"), 200, 0, 5, 9 } };
    struct cp_record r = record(1, start_ms);
    r.tries = tries;
    r.tries_n = 3;
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    for (int64_t step = 0; step <= 60000; step += 60000) {
        struct sums alpha = summed(v, (struct cp_filter){ .channel = STR("alpha") }, 0, step);
        struct sums beta = summed(v, (struct cp_filter){ .channel = STR("beta") }, 0, step);
        CHECK_EQ(alpha.requests, 1);
        CHECK_EQ(alpha.failed, 1);
        CHECK_EQ(alpha.output, 0);
        CHECK_EQ(beta.served, 1);
        CHECK_EQ(beta.output, 30);
        CHECK_EQ(summed(v, (struct cp_filter){ 0 }, 0, step).requests, 1);
    }
    vault_close(v);
    dir_drop();
}

/* ---- retention ---- */

TEST(the_oldest_go_in_small_steps)
{
    struct err err = { 0 };
    struct seen s;
    int64_t n, bytes, smaller;
    int rc, steps = 0;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 6000, 7000);
    CHECK_EQ(vault_measure(v, &n, &bytes, &err), 0);
    CHECK_EQ(n, 6000);
    CHECK_EQ(vault_trim(v, start_ms, 0, 100, &err), 0);
    while ((rc = vault_trim(v, start_ms + 7000 * 3000, 0, 100, &err)) == 1 && steps < 1000)
        steps++;
    CHECK_EQ(rc, 0);
    CHECK(steps >= 29);
    CHECK_EQ(vault_measure(v, &n, &smaller, &err), 0);
    CHECK_EQ(n, 3000);
    CHECK(smaller < bytes);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 9000, &s), 3000);
    CHECK_EQ(s.last.wall_ms, start_ms + 7000 * 3000);
    for (steps = 0; (rc = vault_trim(v, 0, smaller / 2, 100, &err)) == 1 && steps < 1000;)
        steps++;
    CHECK_EQ(rc, 0);
    CHECK_EQ(vault_measure(v, &n, &bytes, &err), 0);
    CHECK(n > 500 && n < 2500);
    while (vault_trim(v, INT64_C(1) << 45, 0, 1000, &err) == 1)
        continue;
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 9000, &s), 0);
    CHECK_EQ(summed(v, (struct cp_filter){ 0 }, 0, 0).requests, 0);
    fill(v, 100, 1000); /* names that were forgotten are made anew */
    CHECK_EQ(found(v, (struct cp_filter){ .client = STR("team") }, STR_NONE, 9000, &s), 50);
    vault_close(v);
    dir_drop();
}

/* ---- things ---- */

static int see_thing(void *ctx, const struct cp_thing *t)
{
    char *all = ctx;
    size_t n = strlen(all);
    snprintf(all + n, 256 - n, "%.*s/%.*s=%.*s ", STR_FMT(t->owner), STR_FMT(t->id),
             STR_FMT(str_cut(t->bytes, 8)));
    return 0;
}

static const char *things(struct vault *v, int64_t wall_ms)
{
    static char all[256];
    struct err err = { 0 };
    all[0] = '\0';
    CHECK_EQ(vault_each(v, STR("answers"), wall_ms, see_thing, all, &err), 0);
    return all;
}

TEST(things_are_put_dropped_ended)
{
    static char large[100000];
    struct err err = { 0 };
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    memset(large, 'x', sizeof(large));
    struct cp_str b = STR("answers");
    struct cp_thing t[] = {
        { b, STR("a"), STR("1"), STR_NONE, 100, 1000, STR("one") },
        { b, STR("a"), STR("2"), STR("1"), 200, 0, STR("two") },
        { b, STR("b"), STR("1"), STR_NONE, 300, 2000, str_n(large, sizeof(large)) },
        { STR("homes"), STR("b"), STR("1"), STR_NONE, 300, 2000, STR("") },
        { b, STR("c"), STR("1"), STR_NONE, 400, 0, STR("") },
    };
    CHECK_EQ(vault_put(v, t, 5, &err), 0);
    CHECK_STR(str_of(things(v, 500)), "c/1= b/1=xxxxxxxx a/2=two a/1=one ");
    CHECK_STR(str_of(things(v, 1000)), "c/1= b/1=xxxxxxxx a/2=two ");
    vault_close(v);
    v = open_as(CP_STORE_WRITE);
    struct cp_thing change[] = {
        { b, STR("a"), STR("1"), STR_NONE, 0, 0, STR_NONE },
        { b, STR("c"), STR("1"), STR_NONE, 500, 0, STR("new") },
    };
    CHECK_EQ(vault_put(v, change, 2, &err), 0);
    CHECK_STR(str_of(things(v, 500)), "c/1=new b/1=xxxxxxxx ");
    CHECK_EQ(vault_prune(v, b, 500, 1000, 100, &err), 0);
    CHECK_STR(str_of(things(v, 500)), "c/1=new ");
    CHECK_EQ(vault_prune(v, b, 500, 0, 100, &err), 0);
    CHECK_STR(str_of(things(v, 500)), "c/1=new ");
    vault_close(v);
    dir_drop();
}

/* ---- its file ---- */

TEST(the_file_is_ours_alone)
{
    char file[PATH_MAX];
    struct stat st;
    dir_new();
    mode_t before = umask(0);
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 10, 1000);
    umask(before);
    static const char *const names[] = { "history.db", "history.db-wal", "history.db-shm" };
    for (int i = 0; i < 3; i++) {
        in_dir(names[i], file);
        CHECK_EQ(stat(file, &st), 0);
        CHECK_EQ(st.st_mode & 0777, 0600);
    }
    vault_close(v);
    dir_drop();
}

TEST(a_reader_beside_the_writer)
{
    struct err err = { 0 };
    struct vault *reader = NULL;
    struct seen s;
    dir_new();
    CHECK(vault_open(depot, NULL, 0, dir, CP_STORE_READ, &reader, &err) < 0);
    struct vault *v = open_as(CP_STORE_WRITE);
    reader = open_as(CP_STORE_READ);
    CHECK_EQ(found(reader, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 0);
    fill(v, 5, 1000);
    CHECK_EQ(found(reader, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 5);
    vault_close(v);
    CHECK_EQ(found(reader, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 5);
    vault_close(reader);
    dir_drop();
}

TEST(a_file_that_is_deleted_is_noticed)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE), *reader = open_as(CP_STORE_READ);
    struct cp_record r = record(0, start_ms);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    in_dir("history.db", file);
    unlink(file);
    CHECK_EQ(vault_append(v, &r, 1, &err), E_LIMIT);
    CHECK(strstr(err.what, "is gone"));
    CHECK_EQ(vault_find(reader, &(struct cp_filter){ .size = sizeof(struct cp_filter) },
                        STR_NONE, 1, see, &s, &err),
             E_LIMIT);
    vault_close(v);
    v = open_as(CP_STORE_WRITE);
    vault_close(reader); /* what it leaves does not touch the new one */
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 1);
    vault_close(v);
    v = open_as(CP_STORE_WRITE);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 1);
    vault_close(v);
    dir_drop();
}

static void scribble(long at, const void *bytes, size_t n)
{
    char file[PATH_MAX];
    in_dir("history.db", file);
    FILE *f = fopen(file, "r+b");
    CHECK(f && !fseek(f, at, SEEK_SET) && fwrite(bytes, 1, n, f) == n);
    if (f)
        fclose(f);
}

TEST(a_damaged_file_is_set_aside)
{
    char file[PATH_MAX], noise[3000];
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 100, 1000);
    vault_close(v);
    memset(noise, 0x5a, sizeof(noise));
    scribble(0, noise, sizeof(noise));
    v = open_as(CP_STORE_WRITE);
    CHECK_EQ(found(v, (struct cp_filter){ 0 }, STR_NONE, 10, &s), 0);
    fill(v, 3, 1000);
    vault_close(v);
    in_dir("history.db.bad", file);
    CHECK_EQ(access(file, F_OK), 0);
    dir_drop();
}

TEST(damage_that_shows_later_is_set_aside_then)
{
    char noise[4096];
    struct err err = { 0 };
    int rc = 0;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 2000, 1000);
    vault_close(v);
    memset(noise, 0x5a, sizeof(noise));
    for (long page = 3; page < 40; page++)
        scribble(page * 4096, noise, sizeof(noise));
    for (int i = 0; i < 5; i++) {
        v = open_as(CP_STORE_WRITE);
        struct cp_record r = record(50000 + i, start_ms + 5000 + i);
        rc = vault_append(v, &r, 1, &err);
        vault_close(v);
        if (!rc)
            break;
        CHECK_EQ(rc, E_SYNTAX);
    }
    CHECK_EQ(rc, 0);
    char file[PATH_MAX];
    in_dir("history.db.bad", file);
    CHECK_EQ(access(file, F_OK), 0);
    dir_drop();
}

TEST(a_newer_file_is_left_alone)
{
    struct err err = { 0 };
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 5, 1000);
    vault_close(v);
    scribble(60, "\0\0\0\x63", 4); /* user_version: sqlite.org/fileformat.html, 1.3 */
    CHECK_EQ(vault_open(depot, NULL, 0, dir, CP_STORE_WRITE, &v, &err), E_UNSUPPORTED);
    CHECK(strstr(err.what, "newer version") && strstr(err.what, "99"));
    scribble(60, "\0\0\0\x01", 4);
    scribble(68, "abcd", 4); /* application_id */
    CHECK_EQ(vault_open(depot, NULL, 0, dir, CP_STORE_WRITE, &v, &err), E_CONFIG);
    CHECK(strstr(err.what, "another program's"));
    dir_drop();
}

/* ---- what Python's sqlite3 knows ---- */

static int python(const char *code)
{
    char command[6000];
    int n = snprintf(command, sizeof(command), "python3 - '%s' <<'EOF'\n%s\nEOF\n", dir, code);
    fflush(stdout);
    return n < (int)sizeof(command) ? system(command) : -1;
}

TEST(a_locked_file_is_said_to_be_locked)
{
    struct err err = { 0 };
    char fifo[PATH_MAX];
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    struct cp_record r = record(0, start_ms);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    in_dir("held", fifo);
    CHECK_EQ(python("import os,sqlite3,sys,subprocess\n"
                    "d=sys.argv[1]\n"
                    "if os.fork()==0:\n"
                    "  c=sqlite3.connect(d+'/history.db',isolation_level=None)\n"
                    "  c.execute('BEGIN EXCLUSIVE')\n"
                    "  open(d+'/held','w').close()\n"
                    "  import time\n"
                    "  while os.path.exists(d+'/held'): time.sleep(0.01)\n"
                    "  c.execute('ROLLBACK')\n"
                    "  c.close()\n"
                    "  open(d+'/free','w').close()\n"
                    "  os._exit(0)\n"
                    "import time\n"
                    "while not os.path.exists(d+'/held'): time.sleep(0.01)\n"),
             0);
    r = record(1, start_ms);
    CHECK_EQ(vault_append(v, &r, 1, &err), E_LIMIT);
    CHECK(strstr(err.what, "locked"));
    vault_close(v);
    unlink(fifo);
    in_dir("free", fifo);
    while (access(fifo, F_OK))
        usleep(1000);
    v = open_as(CP_STORE_WRITE);
    CHECK_EQ(vault_append(v, &r, 1, &err), 0);
    vault_close(v);
    dir_drop();
}

TEST(the_predecessors_history)
{
    char file[PATH_MAX];
    struct err err = { 0 };
    struct seen s = { 0 };
    dir_new();
    CHECK_EQ(
        python(
            "import sqlite3,sys\n"
            "c=sqlite3.connect(sys.argv[1]+'/metrics.db')\n"
            "c.execute('PRAGMA journal_mode=WAL')\n"
            "c.execute('''CREATE TABLE request_records(id INTEGER PRIMARY KEY AUTOINCREMENT,"
            "metrics_key TEXT NOT NULL,base_url TEXT NOT NULL,key_mask TEXT NOT NULL,"
            "timestamp INTEGER NOT NULL,success INTEGER NOT NULL,input_tokens INTEGER DEFAULT "
            "0,output_tokens INTEGER DEFAULT 0,cache_creation_tokens INTEGER DEFAULT 0,"
            "cache_read_tokens INTEGER DEFAULT 0,api_type TEXT DEFAULT 'messages')''')\n"
            "c.executemany('INSERT INTO request_records(metrics_key,base_url,key_mask,"
            "timestamp,success,input_tokens,output_tokens,cache_creation_tokens,"
            "cache_read_tokens,api_type) VALUES(?,?,?,?,?,?,?,?,?,?)',"
            "[('m','https://up.example','sk-a***b',1760000400+i,i%2,1,2,3,4,'responses') for "
            "i in range(10)])\n"
            "c.commit()\n"),
        0);
    in_dir("metrics.db", file);
    CHECK_EQ(vault_read_other(depot, "claude-proxy-go", file, see, &s, &err), 0);
    CHECK_EQ(s.n, 10);
    CHECK(strcmp(s.id, "go-1760000409-10") == 0);
    CHECK_EQ(s.last.status, 200);
    CHECK_EQ(s.last.wall_ms, INT64_C(1760000409000));
    CHECK_EQ(s.last.tokens[CP_CACHE_READ], 4);
    CHECK_EQ(s.last.tokens[CP_CACHE_WRITE_5M], 3);
    CHECK_EQ(s.last.flags, CP_RECORD_IMPORTED);
    CHECK_EQ(vault_read_other(depot, "another", file, see, &s, &err), E_UNSUPPORTED);
    in_dir("nothing.db", file);
    CHECK(vault_read_other(depot, "claude-proxy-go", file, see, &s, &err) < 0);
    dir_drop();
}

/* What is asked goes through an index: the plans of the very statements, as the log has them. */
TEST(no_question_reads_the_whole_table)
{
    char log[PATH_MAX];
    struct seen s;
    dir_new();
    in_dir("log", log);
    CHECK_EQ(log_open(LOG_JSON, log, CP_LOG_DEBUG), 0);
    struct vault *v = open_as(CP_STORE_WRITE);
    fill(v, 500, 1000);
    struct cp_filter filters[] = {
        { .id = STR("r000001") },      { .client = STR("team") },
        { .model = STR("small") },     { .channel = STR("beta") },
        { .key = STR("k1") },          { .session = STR("deadbeef") },
        { .outcome = CP_FAILED_ONLY }, { .from_ms = start_ms, .until_ms = start_ms + 9 },
    };
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        (void)found(v, filters[i], STR_NONE, 10, &s);
    (void)summed(v, (struct cp_filter){ .from_ms = start_ms }, CP_BY_CHANNEL, HOUR);
    (void)summed(v, (struct cp_filter){ .from_ms = start_ms }, CP_BY_CHANNEL, 1000);
    vault_close(v);
    log_close();
    CHECK_EQ(python("import json,re,sqlite3,sys\n"
                    "c=sqlite3.connect(sys.argv[1]+'/history.db')\n"
                    "n=0\n"
                    "for line in open(sys.argv[1]+'/log'):\n"
                    "  m=json.loads(line).get('msg','')\n"
                    "  if 'sqlite: SELECT' not in m or 'PRAGMA' in m: continue\n"
                    "  sql=m[m.index('SELECT'):]\n"
                    "  if 'FROM records' not in sql and 'FROM tries' not in sql: continue\n"
                    "  plan=[r[3] for r in c.execute('EXPLAIN QUERY PLAN '+sql,"
                    "[1]*max([int(x) for x in re.findall(r'[?](\\d)',sql)] or "
                    "[sql.count('?')]))]\n"
                    "  n+=1\n"
                    "  for p in plan:\n"
                    "    if p.startswith('SCAN') and p.split()[1] in "
                    "('r','t','records','tries','hours','names'):\n"
                    "      sys.exit('# '+sql+chr(10)+'# '+p)\n"
                    "    if 'ORDER BY' in p and 'UNION' not in sql: sys.exit('# '+sql+'# '+p)\n"
                    "sys.exit(0 if n>=10 else '# only %d plans' % n)\n"),
             0);
    dir_drop();
}

static bool find_plugin(struct registry *r)
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
