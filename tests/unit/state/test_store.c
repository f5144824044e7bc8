/* SPDX-License-Identifier: MIT */
/*
 * test_store - what is kept, for whom, how long, and who gives way when it is too much.
 */
#include "state/store.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include "test.h"

#include <pthread.h>
#include <stdlib.h>

static struct arena *arena;

static struct store *store_of(int64_t keep_ms, size_t bytes, uint64_t items)
{
    arena = arena_new(1024, 0);
    return store_memory_new(&(struct store_limits){ keep_ms, bytes, items });
}

static void done(struct store *s)
{
    s->ops->free(s);
    arena_free(arena);
}

static int put(struct store *s, const char *who, const char *id, const char *under,
               const char *bytes, int64_t now_ms)
{
    return s->ops->put(s, str_of(who), str_of(id), str_of(under), str_of(bytes), now_ms);
}

static struct cp_str get(struct store *s, const char *who, const char *id, int64_t now_ms)
{
    struct cp_str bytes = STR_NONE;
    int rc = s->ops->get(s, str_of(who), str_of(id), now_ms, arena, &bytes);

    CHECK(rc == STORE_FOUND ? bytes.p != NULL : rc == STORE_NOTHING && !bytes.p);
    return bytes;
}

static uint64_t items(struct store *s)
{
    uint64_t n, bytes;

    s->ops->count(s, &n, &bytes);
    CHECK((n == 0) == (bytes == 0));
    return n;
}

TEST(what_is_put_is_found_by_its_tenant_only)
{
    struct store *s = store_of(1000, 100000, 100);

    CHECK_EQ(put(s, "ann", "r1", NULL, "hello", 0), 0);
    CHECK_STR(get(s, "ann", "r1", 1), "hello");
    CHECK_STR(get(s, "bob", "r1", 1), NULL);
    CHECK_EQ(put(s, "bob", "r1", NULL, "", 1), 0);
    CHECK_STR(get(s, "bob", "r1", 1), "");
    CHECK_STR(get(s, "ann", "r1", 1), "hello");
    CHECK_EQ(put(s, "ann", "r1", NULL, "again", 2), 0);
    CHECK_STR(get(s, "ann", "r1", 3), "again");
    CHECK_EQ(items(s), 2);
    done(s);
}

TEST(nobody_and_nothing_are_no_keys)
{
    struct store *s = store_of(1000, 100000, 100);

    CHECK_EQ(put(s, NULL, "r1", NULL, "x", 0), E_LIMIT);
    CHECK_EQ(put(s, "ann", "", NULL, "x", 0), E_LIMIT);
    CHECK_STR(get(s, NULL, "r1", 0), NULL);
    CHECK_EQ(put(s, "", "r1", NULL, "x", 0), 0);
    CHECK_STR(get(s, "", "r1", 0), "x");
    done(s);
}

TEST(age_ends_it)
{
    struct store *s = store_of(1000, 100000, 100);

    put(s, "ann", "r1", NULL, "x", 0);
    put(s, "ann", "r2", NULL, "y", 500);
    CHECK_STR(get(s, "ann", "r1", 999), "x");
    CHECK_STR(get(s, "ann", "r1", 1000), NULL);
    CHECK_EQ(items(s), 1);
    s->ops->sweep(s, 1499);
    CHECK_EQ(items(s), 1);
    s->ops->sweep(s, 1500);
    CHECK_EQ(items(s), 0);
    CHECK_EQ(s->ops->drop(s, STR("ann"), STR("r2"), 1500), 0);
    done(s);
}

TEST(each_put_gives_back_some_that_are_old)
{
    struct store *s = store_of(10, 100000, 100);
    char id[16];

    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof(id), "r%d", i);
        put(s, "ann", id, NULL, "x", 0);
    }
    put(s, "ann", "new", NULL, "x", 100);
    CHECK_EQ(items(s), 3);
    put(s, "ann", "newer", NULL, "x", 100);
    CHECK_EQ(items(s), 2);
    done(s);
}

TEST(what_is_under_it_goes_with_it)
{
    struct store *s = store_of(1000, 100000, 100);

    put(s, "ann", "r1", NULL, "x", 0);
    put(s, "ann", "m1", "r1", "a", 0);
    put(s, "ann", "m2", "r1", "b", 0);
    put(s, "ann", "m3", "r2", "c", 0);
    put(s, "bob", "m1", "r1", "d", 0);
    CHECK_EQ(s->ops->drop(s, STR("ann"), STR("r1"), 1), 1);
    CHECK_EQ(s->ops->drop(s, STR("ann"), STR("r1"), 1), 0);
    CHECK_STR(get(s, "ann", "m1", 1), NULL);
    CHECK_STR(get(s, "ann", "m2", 1), NULL);
    CHECK_STR(get(s, "ann", "m3", 1), "c");
    CHECK_STR(get(s, "bob", "m1", 1), "d");
    done(s);
}

TEST(too_many_and_the_longest_unused_goes)
{
    struct store *s = store_of(1000, 1000000, 3);

    put(s, "ann", "r1", NULL, "x", 0);
    put(s, "ann", "r2", NULL, "x", 1);
    put(s, "ann", "r3", NULL, "x", 2);
    CHECK_STR(get(s, "ann", "r1", 3), "x");
    put(s, "ann", "r4", NULL, "x", 4);
    CHECK_STR(get(s, "ann", "r4", 5), "x");
    CHECK_STR(get(s, "ann", "r2", 5), NULL);
    CHECK(items(s) <= 3);
    done(s);
}

TEST(who_has_little_loses_nothing_to_who_has_much)
{
    struct store *s = store_of(1000, 1000000, 100);
    char id[16];

    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof(id), "b%d", i);
        put(s, "bob", id, NULL, "x", 0);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "a%d", i);
        put(s, "ann", id, NULL, "x", 1);
    }
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof(id), "b%d", i);
        CHECK_STR(get(s, "bob", id, 2), "x");
    }
    CHECK_STR(get(s, "ann", "a999", 2), "x");
    CHECK(items(s) <= 100 && items(s) > 90);
    done(s);
}

TEST(bytes_are_bounded)
{
    struct store *s = store_of(1000, 20000, 100000);
    static char big[20001], kilo[1001];
    uint64_t n, bytes;
    char id[16];

    memset(big, 'x', sizeof(big) - 1);
    memset(kilo, 'x', sizeof(kilo) - 1);
    CHECK_EQ(put(s, "ann", "big", NULL, big, 0), E_LIMIT);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof(id), "r%d", i);
        CHECK_EQ(put(s, i % 2 ? "ann" : "bob", id, NULL, kilo, 0), 0);
    }
    s->ops->count(s, &n, &bytes);
    CHECK(bytes <= 20000 && n >= 10);
    CHECK_STR(get(s, "ann", "r99", 1), kilo);
    done(s);
}

TEST(new_limits_hold_at_once)
{
    struct store *s = store_of(1000, 1000000, 100);
    char id[16];

    for (int i = 0; i < 50; i++) {
        snprintf(id, sizeof(id), "r%d", i);
        put(s, "ann", id, NULL, "x", 10);
    }
    s->ops->limit(s, &(struct store_limits){ 1000, 1000000, 10 }, 20);
    CHECK(items(s) <= 10);
    s->ops->limit(s, &(struct store_limits){ 0, 1000000, 10 }, 20);
    CHECK_EQ(items(s), 0);
    CHECK_EQ(put(s, "ann", "r", NULL, "x", 20), E_LIMIT);
    done(s);
}

static struct store *shared;

static void *busy(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    struct arena *a = arena_new(4096, 0);
    char who[16], id[16];

    for (int i = 0; i < 20000; i++) {
        struct cp_str bytes;
        snprintf(who, sizeof(who), "t%d", rand_r(&seed) % 5);
        snprintf(id, sizeof(id), "r%d", rand_r(&seed) % 200);
        switch (rand_r(&seed) % 8) {
        case 0:
            (void)shared->ops->drop(shared, str_of(who), str_of(id), i);
            break;
        case 1:
        case 2:
        case 3:
            (void)shared->ops->put(shared, str_of(who), str_of(id), STR("r1"), str_of(id), i);
            break;
        case 4:
            shared->ops->sweep(shared, i);
            break;
        default:
            if (shared->ops->get(shared, str_of(who), str_of(id), i, a, &bytes) == STORE_FOUND)
                CHECK(str_is(bytes, id));
        }
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

TEST(many_threads_at_once)
{
    pthread_t threads[4];

    shared = store_of(5000, 20000, 150);
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, busy, (void *)(uintptr_t)(i + 1));
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK(items(shared) <= 150);
    shared->ops->sweep(shared, 1000000);
    CHECK_EQ(items(shared), 0);
    done(shared);
}

TEST_MAIN()
