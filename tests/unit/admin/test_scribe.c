/* SPDX-License-Identifier: MIT */
/*
 * test_scribe - the thread behind the requests, with a store that fails as it is told to.
 */
#include "admin/scribe.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"
#include "plugin/loader.h"
#include "state/affinity.h"
#include "state/census.h"
#include "state/diary.h"
#include "state/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../test.h"

/* ---- the store ---- */

enum { THINGS = 256 };

static struct {
    pthread_mutex_t lock;
    _Atomic int answer; /* of append and put */
    _Atomic int opened, closed, appended, put;
    struct {
        char bucket[16], owner[16], id[24];
        char *bytes;
        size_t n;
    } things[THINGS];
    int things_n;
} shop = { .lock = PTHREAD_MUTEX_INITIALIZER };
static const struct cp_host *host;

static int shop_load(const struct cp_host *h)
{
    host = h;
    return CP_OK;
}

static int shop_open(const struct cp_conf *c, const char *dir, int how, void **store)
{
    shop.opened++;
    return CP_OK;
}

static void shop_close(void *store)
{
    shop.closed++;
}

static int shop_append(void *store, const struct cp_record *r, uint32_t n, uint32_t size)
{
    if (shop.answer)
        return host->fail(NULL, shop.answer, "as it was told");
    shop.appended += (int)n;
    return CP_OK;
}

static int shop_find(void *store, const struct cp_filter *f, struct cp_str after, uint32_t n,
                     int (*row)(void *, const struct cp_record *), void *ctx)
{
    return CP_OK;
}

static int shop_sum(void *store, const struct cp_filter *f, uint32_t by, int64_t step_ms,
                    int (*row)(void *, const struct cp_sum *), void *ctx)
{
    struct cp_sum s = { .size = sizeof(s), .requests = 5, .served = 5 };
    s.from_ms = step_ms ? (clock_wall_ms() - 60000) / step_ms * step_ms : 0;
    if (by == CP_BY_FAMILY)
        s.group = STR("messages");
    if (by <= CP_BY_FAMILY)
        row(ctx, &s);
    return CP_OK;
}

static int shop_trim(void *store, int64_t before_ms, int64_t most_bytes, uint32_t rows)
{
    return CP_OK;
}

static int shop_measure(void *store, int64_t *records, int64_t *bytes)
{
    *records = shop.appended;
    *bytes = 1000;
    return CP_OK;
}

static void thing_set(const struct cp_thing *t)
{
    int i = 0;
    while (i < shop.things_n &&
           !(str_is(t->owner, shop.things[i].owner) && str_is(t->id, shop.things[i].id) &&
             str_is(t->bucket, shop.things[i].bucket)))
        i++;
    if (i == THINGS)
        return;
    if (i == shop.things_n)
        shop.things_n++;
    free(shop.things[i].bytes);
    snprintf(shop.things[i].bucket, 16, "%.*s", STR_FMT(t->bucket));
    snprintf(shop.things[i].owner, 16, "%.*s", STR_FMT(t->owner));
    snprintf(shop.things[i].id, 24, "%.*s", STR_FMT(t->id));
    shop.things[i].bytes = t->bytes.p ? malloc(t->bytes.n + 1) : NULL;
    shop.things[i].n = t->bytes.n;
    if (t->bytes.n)
        memcpy(shop.things[i].bytes, t->bytes.p, t->bytes.n);
}

static int shop_put(void *store, const struct cp_thing *t, uint32_t n, uint32_t size)
{
    if (shop.answer)
        return host->fail(NULL, shop.answer, "as it was told");
    pthread_mutex_lock(&shop.lock);
    for (uint32_t i = 0; i < n; i++)
        thing_set(&t[i]);
    pthread_mutex_unlock(&shop.lock);
    shop.put += (int)n;
    return CP_OK;
}

static int shop_each(void *store, struct cp_str bucket, int64_t wall_ms,
                     int (*row)(void *, const struct cp_thing *), void *ctx)
{
    pthread_mutex_lock(&shop.lock);
    for (int i = shop.things_n; i-- > 0;) {
        struct cp_thing t = { .size = sizeof(t),
                              .bucket = bucket,
                              .owner = str_of(shop.things[i].owner),
                              .id = str_of(shop.things[i].id),
                              .wall_ms = wall_ms - 1000,
                              .bytes = str_n(shop.things[i].bytes, shop.things[i].n) };
        if (t.bytes.p && str_is(bucket, shop.things[i].bucket) && row(ctx, &t))
            break;
    }
    pthread_mutex_unlock(&shop.lock);
    return CP_OK;
}

static int shop_prune(void *store, struct cp_str bucket, int64_t wall_ms, int64_t most,
                      uint32_t rows)
{
    return CP_OK;
}

static const struct cp_store shop_store = {
    .size = sizeof(struct cp_store),
    .name = "shop",
    .open = shop_open,
    .close = shop_close,
    .append = shop_append,
    .find = shop_find,
    .sum = shop_sum,
    .trim = shop_trim,
    .measure = shop_measure,
    .put = shop_put,
    .each = shop_each,
    .prune = shop_prune,
};
static const struct cp_store *const shop_stores[] = { &shop_store };
static const struct cp_plugin shop_plugin = { CP_PLUGIN_HEAD, .name = "shop", .load = shop_load,
                                              .stores = shop_stores, .stores_n = 1 };

/* ---- the scribe ---- */

static struct {
    struct registry *registry;
    struct diary *diary;
    struct census *census;
    struct affinity_table *homes;
    struct conf *conf;
    struct scribe *scribe;
} all;

static struct conf *conf_of(const char *store, int64_t flush_ms)
{
    struct arena *arena = arena_new(4096, 0);
    struct conf *c = arena_need(arena, sizeof(*c));
    c->arena = arena;
    c->refs = 1;
    c->state_dir = STR("/tmp");
    c->history.store = store ? str_of(store) : STR_NONE;
    c->history.flush_ms = flush_ms;
    c->history.keep_ms = 1000;
    return c;
}

static void begin(const char *store)
{
    struct err err = { 0 };
    shop.answer = 0;
    shop.opened = shop.closed = shop.appended = shop.put = 0;
    all.registry = registry_new();
    CHECK_EQ(registry_add(all.registry, &shop_plugin, "test", &err), 0);
    all.diary = diary_new(100000, 1 << 28);
    all.census = census_new();
    all.homes = affinity_new(1000, 3600000);
    all.conf = conf_of(store, 20);
    struct scribe_config config = {
        .registry = all.registry, .diary = all.diary, .census = all.census, .homes = all.homes
    };
    CHECK_EQ(scribe_open(&all.scribe, &config, all.conf, &err), 0);
}

static void end(void)
{
    scribe_close(all.scribe, 1000);
    CHECK_EQ(shop.opened, shop.closed);
    conf_unref(all.conf);
    affinity_free(all.homes);
    census_free(all.census);
    diary_free(all.diary);
    registry_free(all.registry);
}

static void add(int n)
{
    struct cp_record r = { .size = sizeof(r),
                           .id = STR("id"),
                           .family = STR("messages"),
                           .end = STR("--"),
                           .status = 200,
                           .try_size = sizeof(struct cp_try) };
    for (int i = 0; i < n; i++) {
        r.wall_ms = clock_wall_ms();
        (void)diary_add(all.diary, &r);
    }
}

static struct scribe_state look(void)
{
    struct scribe_state s;
    scribe_look(all.scribe, &s);
    return s;
}

/* Until it is so; a check that never holds ends the test by the ring's own limit. */
#define UNTIL(condition)                                                                       \
    do {                                                                                       \
        for (int tries_ = 0; tries_ < 100000 && !(condition); tries_++)                        \
            usleep(1000);                                                                      \
        CHECK(condition);                                                                      \
    } while (0)

TEST(records_reach_the_store_and_the_census)
{
    struct census_sum sum;
    begin("shop");
    add(1000);
    UNTIL(look().written == 1000);
    CHECK_EQ(shop.appended, 1000);
    CHECK_EQ(look().waiting, 0);
    CHECK_STR(str_of(look().store), "shop");
    UNTIL(census_window(all.census, CP_BY_NOTHING, STR_NONE, clock_wall_ms(), 3600000, &sum) &&
          sum.requests == 1005); /* five were told from the past */
    end();
}

TEST(what_fails_is_offered_again)
{
    begin("shop");
    shop.answer = CP_E_LIMIT;
    add(700);
    UNTIL(look().is_failing);
    CHECK_STR(str_of(look().why), "as it was told");
    CHECK_EQ(look().written, 0);
    shop.answer = 0;
    UNTIL(look().written == 700);
    UNTIL(!look().is_failing);
    CHECK_EQ(look().lost, 0);
    end();
}

TEST(what_can_never_be_written_is_dropped)
{
    begin("shop");
    shop.answer = CP_E_BUG;
    add(10);
    UNTIL(look().lost == 10);
    shop.answer = 0;
    add(5);
    UNTIL(look().written == 5);
    end();
}

TEST(what_waits_is_bounded)
{
    begin("shop");
    shop.answer = CP_E_LIMIT;
    add(70000);
    UNTIL(look().lost == 20000);
    CHECK_EQ(look().waiting, 50000);
    shop.answer = 0;
    UNTIL(look().written == 50000);
    end();
}

TEST(the_end_writes_what_waits)
{
    begin("shop");
    UNTIL(shop.opened > 0);
    add(300);
    end();
    CHECK_EQ(shop.appended, 300);
}

TEST(another_configuration_another_store)
{
    struct err err = { 0 };
    struct cp_filter f = { .size = sizeof(f) };
    begin(NULL);
    add(5);
    UNTIL(!diary_waiting(all.diary)); /* nobody keeps them */
    CHECK_EQ(scribe_find(all.scribe, &f, STR_NONE, 1, NULL, NULL, &err), E_ABSENT);
    CHECK(!look().store);
    struct conf *on = conf_of("shop", 20), *unknown = conf_of("nobody's", 20);
    scribe_set_conf(all.scribe, on, all.registry);
    UNTIL(look().store);
    add(7);
    UNTIL(look().written == 7);
    scribe_set_conf(all.scribe, unknown, all.registry);
    UNTIL(!look().store);
    add(9);
    end();
    CHECK_EQ(shop.appended, 7);
    conf_unref(on);
    conf_unref(unknown);
}

TEST(imports_are_bounded)
{
    struct err err = { 0 };
    struct cp_record r = { .size = sizeof(r), .id = STR("x"), .wall_ms = 5 };
    begin("shop");
    UNTIL(look().store);
    CHECK_EQ(scribe_import(all.scribe, &r, 1, &err), 0);
    UNTIL(look().written == 1);
    end();
}

static struct store *answers(void)
{
    struct store_limits l = { 3600000, 1 << 20, 100 };
    return scribe_store(all.scribe, store_memory_new(&l), &l, "answers");
}

static int get(struct store *s, const char *id, char out[32])
{
    struct arena *arena = arena_new(1024, 0);
    struct cp_str bytes = STR("");
    int rc = s->ops->get(s, STR("owner"), str_of(id), clock_ms(), arena, &bytes);
    snprintf(out, 32, "%.*s", STR_FMT(bytes));
    arena_free(arena);
    return rc;
}

TEST(answers_and_homes_come_back)
{
    struct session session = { .id = { 77, 78 }, .source = "header:x-session-id" };
    struct affinity_home home;
    char text[32];
    begin("shop");
    struct store *s = answers();
    CHECK_EQ(s->ops->put(s, STR("owner"), STR("1"), STR_NONE, STR("one"), clock_ms()), 0);
    CHECK_EQ(s->ops->put(s, STR("owner"), STR("2"), STR_NONE, STR("two"), clock_ms()), 0);
    CHECK_EQ(s->ops->drop(s, STR("owner"), STR("2"), clock_ms()), 1);
    affinity_set(all.homes, &session, STR("team"), STR("alpha"), STR("k1"), clock_ms());
    s->ops->free(s);
    end();
    begin("shop");
    s = answers();
    CHECK_EQ(get(s, "1", text), STORE_FOUND);
    CHECK(strcmp(text, "one") == 0);
    CHECK_EQ(get(s, "2", text), STORE_NOTHING);
    CHECK(affinity_find(all.homes, &session, clock_ms(), &home));
    CHECK_STR(home.channel, "alpha");
    CHECK_STR(home.key, "k1");
    affinity_drop(all.homes, &session); /* what was forgotten stays forgotten */
    end();
    s->ops->free(s); /* after the scribe, too */
    begin("shop");
    s = answers();
    CHECK(!affinity_find(all.homes, &session, clock_ms(), &home));
    s->ops->free(s);
    end();
}

TEST_MAIN()
