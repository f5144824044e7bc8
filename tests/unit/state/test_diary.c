/* SPDX-License-Identifier: MIT */
/*
 * test_diary - records are copied, bounded, taken in order; many may add.
 */
#include "state/diary.h"

#include "base/err.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>

#include "../test.h"

enum { THREADS = 4, EACH = 2000 };

static uint32_t free_all(struct link *all)
{
    uint32_t n = 0;
    while (!list_empty(all)) {
        struct diary_entry *e = LIST_ENTRY(all->next, struct diary_entry, link);
        list_remove(&e->link);
        diary_entry_free(e);
        n++;
    }
    return n;
}

TEST(what_is_added_is_copied)
{
    struct diary *d = diary_new(10, 1 << 20);
    struct link all;
    char text[] = "abcdefgh";
    struct cp_try tries[2] = { { .channel = { text, 3 }, .status = 500 },
                               { .outcome = STR("ok"), .status = 200 } };
    struct cp_record r = { .size = sizeof(r),
                           .id = { text, 4 },
                           .model = { text + 4, 4 },
                           .peer = { text, 0 },
                           .tries = tries,
                           .tries_n = 2,
                           .try_size = sizeof(tries[0]) };
    CHECK_EQ(diary_add(d, &r), 0);
    memset(text, 'x', 8);
    memset(tries, 0, sizeof(tries));
    list_init(&all);
    CHECK_EQ(diary_waiting(d), 1);
    CHECK_EQ(diary_take(d, &all, 0), 1);
    CHECK_EQ(diary_waiting(d), 0);
    const struct cp_record *c = &LIST_ENTRY(all.next, struct diary_entry, link)->record;
    CHECK_STR(c->id, "abcd");
    CHECK_STR(c->model, "efgh");
    CHECK(c->peer.p && c->peer.n == 0);
    CHECK(!c->channel.p);
    CHECK_EQ(c->tries_n, 2);
    CHECK_STR(c->tries[0].channel, "abc");
    CHECK_EQ(c->tries[0].status, 500);
    CHECK_STR(c->tries[1].outcome, "ok");
    free_all(&all);
    diary_free(d);
}

TEST(what_is_too_much_is_lost_and_counted)
{
    struct diary *d = diary_new(2, 1 << 20), *small = diary_new(9, 100);
    struct cp_record r = { .size = sizeof(r), .id = STR("a") };
    CHECK_EQ(diary_add(d, &r), 0);
    CHECK_EQ(diary_add(d, &r), 0);
    CHECK_EQ(diary_add(d, &r), E_LIMIT);
    CHECK_EQ(diary_lost(d), 1);
    CHECK_EQ(diary_add(small, &r), E_LIMIT);
    CHECK_EQ(diary_lost(small), 1);
    diary_free(d); /* with what nobody took */
    diary_free(small);
}

TEST(taking_appends_in_order)
{
    struct diary *d = diary_new(10, 1 << 20);
    struct link all;
    list_init(&all);
    CHECK_EQ(diary_take(d, &all, 0), 0);
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(
            diary_add(d, &(struct cp_record){ .size = sizeof(struct cp_record), .wall_ms = i }),
            0);
        if (i == 2)
            CHECK_EQ(diary_take(d, &all, 1000), 3);
    }
    CHECK_EQ(diary_take(d, &all, 1000), 3);
    int64_t at = 0;
    LIST_EACH(l, &all)
    CHECK_EQ(LIST_ENTRY(l, struct diary_entry, link)->record.wall_ms, at++);
    CHECK_EQ(free_all(&all), 6);
    diary_free(d);
}

static void *wake(void *arg)
{
    diary_wake(arg);
    return NULL;
}

TEST(a_wait_can_be_ended)
{
    struct diary *d = diary_new(10, 1 << 20);
    struct link all;
    pthread_t t;
    list_init(&all);
    CHECK_EQ(diary_take(d, &all, 1), 0);
    CHECK_EQ(pthread_create(&t, NULL, wake, d), 0);
    CHECK_EQ(diary_take(d, &all, 600000), 0);
    pthread_join(t, NULL);
    diary_free(d);
}

static void *add_many(void *arg)
{
    struct cp_record r = { .size = sizeof(r), .id = STR("some-id"), .why = STR("no reason") };
    for (int i = 0; i < EACH; i++)
        (void)diary_add(arg, &r);
    return NULL;
}

TEST(many_threads_add_and_one_takes)
{
    struct diary *d = diary_new(500, 1 << 20);
    pthread_t threads[THREADS];
    struct link all;
    uint64_t taken = 0;
    list_init(&all);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, add_many, d), 0);
    while (taken + diary_lost(d) < (uint64_t)THREADS * EACH) {
        (void)diary_take(d, &all, 20);
        taken += free_all(&all);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(taken + diary_lost(d), THREADS * EACH);
    CHECK_EQ(diary_waiting(d), 0);
    diary_free(d);
}

TEST_MAIN()
