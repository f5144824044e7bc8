/* SPDX-License-Identifier: MIT */
/*
 * test_affinity - a conversation finds its home, until it is too old, one too many, or told to leave.
 */
#include "state/affinity.h"

#include "base/str.h"
#include "test.h"

#include <pthread.h>

static struct session session(uint64_t n)
{
    return (struct session){ { n, ~n }, "header:x-session-id", n % 2 };
}

static void set(struct affinity_table *t, uint64_t n, const char *channel, const char *key,
                int64_t now_ms)
{
    struct session s = session(n);

    affinity_set(t, &s, STR("client"), str_of(channel), str_of(key), now_ms);
}

static bool find(struct affinity_table *t, uint64_t n, int64_t now_ms,
                 struct affinity_home *home)
{
    struct session s = session(n);

    return affinity_find(t, &s, now_ms, home);
}

TEST(affinity_finds_the_last_home)
{
    struct affinity_table *t = affinity_new(100, 1000);
    struct affinity_home home = { 0 };
    char channel[] = "c1";

    CHECK(!find(t, 1, 0, &home));
    set(t, 1, channel, "k1", 10);
    memset(channel, 'x', 2);
    CHECK(find(t, 1, 20, &home));
    CHECK_STR(home.channel, "c1");
    CHECK_STR(home.key, "k1");
    CHECK_EQ(home.until_ms, 1010);
    set(t, 1, "c2", NULL, 30);
    CHECK_STR(home.channel, "c1");
    CHECK(find(t, 1, 1029, &home));
    CHECK_STR(home.channel, "c2");
    CHECK(!home.key.p);
    CHECK(!find(t, 1, 1030, &home));
    CHECK(!find(t, 2, 30, &home));
    affinity_free(t);
}

TEST(affinity_lasts_from_its_last_use)
{
    struct affinity_table *t = affinity_new(100, 1000);
    struct affinity_home home;

    for (int64_t now = 0; now < 100000; now += 900) {
        set(t, 1, "c", "k", now);
        CHECK(find(t, 1, now + 999, &home));
    }
    CHECK_EQ(affinity_count(t), 1);
    affinity_limit(t, 100, 5000, 100000);
    CHECK(find(t, 1, 99900 + 4999 - 900, &home));
    affinity_limit(t, 100, 10, 100000);
    CHECK_EQ(affinity_count(t), 0);
    affinity_free(t);
}

TEST(affinity_keeps_its_bound_and_the_newest)
{
    struct affinity_table *t = affinity_new(1000, 1000000);
    struct affinity_home home;
    int found = 0;

    for (uint64_t i = 0; i < 5000; i++) {
        set(t, i, "c", "k", (int64_t)i);
        if (i > 10)
            set(t, 3, "c", "k", (int64_t)i); /* in use all the time */
    }
    CHECK_EQ(affinity_count(t), 1000);
    CHECK(find(t, 3, 5000, &home));
    for (uint64_t i = 4001; i < 5000; i++)
        found += find(t, i, 5000, &home);
    CHECK_EQ(found, 999);
    CHECK(!find(t, 4000, 5000, &home));
    affinity_limit(t, 3, 1000000, 5000);
    CHECK_EQ(affinity_count(t), 3);
    affinity_limit(t, 0, 1000000, 5000);
    set(t, 1, "c", "k", 5001);
    CHECK_EQ(affinity_count(t), 0);
    affinity_free(t);
}

TEST(affinity_forgets_who_lived_there)
{
    struct affinity_table *t = affinity_new(1000, 1000);
    struct affinity_home home;
    struct session s = session(7);

    for (uint64_t i = 0; i < 100; i++)
        set(t, i, i % 2 ? "odd" : "even", i % 4 < 2 ? "k1" : "k2", 1);
    CHECK_EQ(affinity_forget(t, STR("none"), STR_NONE), 0);
    CHECK_EQ(affinity_forget(t, STR("odd"), STR("none")), 0);
    CHECK_EQ(affinity_drop(t, &s), 1);
    CHECK_EQ(affinity_drop(t, &s), 0);
    CHECK_EQ(affinity_forget(t, STR("odd"), STR("k1")), 25);
    CHECK(!find(t, 1, 2, &home));
    CHECK(find(t, 3, 2, &home));
    CHECK(find(t, 4, 2, &home));
    CHECK_EQ(affinity_forget(t, STR("odd"), STR_NONE), 24);
    CHECK_EQ(affinity_forget(t, STR_NONE, STR_NONE), 50);
    CHECK_EQ(affinity_count(t), 0);
    affinity_free(t);
}

struct seen {
    int n;
    int64_t last_ms;
    bool is_good;
};

static void see(void *ctx, const struct affinity_entry *e)
{
    struct seen *seen = ctx;

    seen->is_good = seen->is_good && e->home.until_ms <= seen->last_ms &&
                    str_is(e->client_key, "client") && str_is(e->home.channel, "c") &&
                    strcmp(e->session.source, "header:x-session-id") == 0 &&
                    e->session.id[1] == ~e->session.id[0] &&
                    e->session.is_guessed == e->session.id[0] % 2 && e->uses == 1;
    seen->last_ms = e->home.until_ms;
    seen->n++;
}

TEST(affinity_lists_the_newest_first)
{
    struct affinity_table *t = affinity_new(1000, 1000);
    struct seen seen = { 0, INT64_MAX, true };

    affinity_each(t, 10, 0, see, &seen);
    CHECK_EQ(seen.n, 0);
    for (uint64_t i = 0; i < 300; i++)
        set(t, i, "c", "k", (int64_t)i);
    affinity_each(t, 10, 300, see, &seen);
    CHECK_EQ(seen.n, 10);
    CHECK_EQ(seen.last_ms, 1290);
    CHECK(seen.is_good);
    seen = (struct seen){ 0, INT64_MAX, true };
    affinity_each(t, 1000, 1250, see, &seen);
    CHECK_EQ(seen.n, 49);
    CHECK(seen.is_good);
    affinity_free(t);
}

struct worker {
    struct affinity_table *table;
    uint64_t seed;
};

static void none(void *ctx, const struct affinity_entry *e)
{
}

static void *work(void *arg)
{
    struct worker *w = arg;
    static const char *const channels[] = { "a", "b", "c", "d" };
    struct affinity_home home;

    for (int i = 0; i < 5000; i++) {
        w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t n = w->seed >> 33 & 511;
        char key[16];
        snprintf(key, sizeof(key), "k%d", i % 50);
        if (w->seed >> 62 == 0)
            set(w->table, n, channels[i % 4], key, i);
        else if (find(w->table, n, i, &home) && home.channel.n != 1)
            return w;
        if (i % 700 == 0)
            affinity_forget(w->table, str_of(channels[i / 700 % 4]), STR_NONE);
        if (i % 900 == 0)
            affinity_each(w->table, 20, i, none, NULL);
        if (i % 1000 == 0)
            affinity_limit(w->table, (uint64_t)(100 + i / 100), 4000, i);
    }
    return NULL;
}

TEST(affinity_bears_threads)
{
    struct affinity_table *t = affinity_new(100, 4000);
    struct worker workers[4];
    pthread_t threads[4];
    void *bad;

    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){ t, i + 1 };
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &bad);
        CHECK(!bad);
    }
    CHECK(affinity_count(t) <= 150);
    affinity_forget(t, STR_NONE, STR_NONE);
    CHECK_EQ(affinity_count(t), 0);
    affinity_free(t);
}

TEST_MAIN()
