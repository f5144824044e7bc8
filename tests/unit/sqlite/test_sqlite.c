/* SPDX-License-Identifier: MIT */
/*
 * test_sqlite - the store as the gateway loads it: history and things in one database.
 */
#include "case.h"

TEST(a_record_comes_back_as_it_was)
{
    struct err err = { 0 };
    struct seen s;
    dir_new();
    struct vault *v = open_as(CP_STORE_WRITE);
    struct cp_try tries[2] = {
        { STR("alpha"), STR("k1"), STR("rate_limit"), 429, 0, 10, 20, 0, 0 },
        { STR("beta"), STR("k2"), STR("ok"), 200, 0, 30, 40, 7, 31 },
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
    CHECK_EQ(s.connect_us, 7);
    CHECK_EQ(s.first_us, 31);
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
    struct cp_try tries[3] = { { STR("alpha"), STR("k1"), STR("connect"), 0, 0, 0, 5, 0, 0 },
                               { STR("alpha"), STR("k2"), STR("given_up"), 0, 0, 0, 5, 0, 0 },
                               { STR("beta"), STR("k1"), STR("ok"), 200, 0, 5, 9, 0, 0 } };
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
        { sizeof(struct cp_thing), 0, b, STR("a"), STR("1"), STR_NONE, 100, 1000, STR("one") },
        { sizeof(struct cp_thing), 0, b, STR("a"), STR("2"), STR("1"), 200, 0, STR("two") },
        { sizeof(struct cp_thing), 0, b, STR("b"), STR("1"), STR_NONE, 300, 2000,
          str_n(large, sizeof(large)) },
        { sizeof(struct cp_thing), 0, STR("homes"), STR("b"), STR("1"), STR_NONE, 300, 2000,
          STR("") },
        { sizeof(struct cp_thing), 0, b, STR("c"), STR("1"), STR_NONE, 400, 0, STR("") },
    };
    CHECK_EQ(vault_put(v, t, 5, &err), 0);
    CHECK_STR(str_of(things(v, 500)), "c/1= b/1=xxxxxxxx a/2=two a/1=one ");
    CHECK_STR(str_of(things(v, 1000)), "c/1= b/1=xxxxxxxx a/2=two ");
    vault_close(v);
    v = open_as(CP_STORE_WRITE);
    struct cp_thing change[] = {
        { sizeof(struct cp_thing), 0, b, STR("a"), STR("1"), STR_NONE, 0, 0, STR_NONE },
        { sizeof(struct cp_thing), 0, b, STR("c"), STR("1"), STR_NONE, 500, 0, STR("new") },
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
        { .family = STR("messages") }, { .end = STR("SH") },
        { .status_least = 500 },       { .channel = STR("beta"), .outcome = CP_FAILED_ONLY },
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
