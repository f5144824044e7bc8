/* SPDX-License-Identifier: MIT */
/*
 * test_map - what was put in comes out, in order, also while things are taken away.
 */
#include "base/map.h"

#include "base/str.h"

#include <stdint.h>

#include "../test.h"

static char name[32];

static struct cp_str key_of(int i)
{
    int n = snprintf(name, sizeof(name), "key%d", i);
    return str_n(name, (size_t)n);
}

TEST(empty)
{
    struct map *m = map_new();
    size_t at = 0;
    CHECK_EQ(map_count(m), 0);
    CHECK(map_get(m, STR("a")) == NULL);
    CHECK(!map_each(m, &at, NULL, NULL));
    map_set(m, STR("a"), NULL);
    map_free(m);
    map_free(NULL);
}

TEST(sets_replaces_removes)
{
    int one, two;
    struct map *m = map_new();
    map_set(m, STR("a"), &one);
    map_set(m, STR(""), &two);
    CHECK(map_get(m, STR("a")) == &one);
    CHECK(map_get(m, STR("")) == &two);
    CHECK(map_get(m, STR_NONE) == NULL);
    map_set(m, STR("a"), &two);
    CHECK(map_get(m, STR("a")) == &two);
    CHECK_EQ(map_count(m), 2);
    map_set(m, STR("a"), NULL);
    CHECK(map_get(m, STR("a")) == NULL);
    CHECK_EQ(map_count(m), 1);
    map_set(m, STR("a"), &one);
    CHECK(map_get(m, STR("a")) == &one);
    map_set(m, STR_NONE, &one);
    CHECK_EQ(map_count(m), 2);
    map_free(m);
}

TEST(ten_thousand)
{
    static int values[10000];
    struct map *m = map_new();
    for (int i = 0; i < 10000; i++)
        map_set(m, key_of(i), &values[i]);
    for (int i = 0; i < 10000; i += 3)
        map_set(m, key_of(i), NULL);
    int wrong = 0;
    for (int i = 0; i < 10000; i++)
        wrong += map_get(m, key_of(i)) != (i % 3 ? &values[i] : NULL);
    CHECK_EQ(wrong, 0);
    CHECK_EQ(map_count(m), 6666);

    size_t at = 0;
    void *value;
    struct cp_str key;
    int last = -1, n = 0;
    for (; map_each(m, &at, &key, &value); n++) {
        int i = (int)((int *)value - values);
        wrong += i <= last || !str_eq(key, key_of(i));
        last = i;
    }
    CHECK_EQ(n, 6666);
    CHECK_EQ(wrong, 0);
    map_free(m);
}

TEST(removing_on_the_way)
{
    static int values[100];
    struct map *m = map_new();
    for (int i = 0; i < 100; i++)
        map_set(m, key_of(i), &values[i]);
    size_t at = 0;
    struct cp_str key;
    int n = 0;
    while (map_each(m, &at, &key, NULL)) {
        map_set(m, key, NULL);
        n++;
    }
    CHECK_EQ(n, 100);
    CHECK_EQ(map_count(m), 0);
    map_free(m);
}

TEST(coming_and_going_needs_no_more_room)
{
    int value;
    struct map *m = map_new();
    for (int i = 0; i < 100000; i++) {
        map_set(m, key_of(i), &value);
        map_set(m, key_of(i - 5), NULL);
    }
    CHECK_EQ(map_count(m), 5);
    CHECK(map_get(m, STR("key99999")) == &value);
    CHECK(map_get(m, STR("key99994")) == NULL);
    map_free(m);
}

TEST_MAIN()
