/* SPDX-License-Identifier: MIT */
/*
 * test_timer - the heap of deadlines.
 */
#include "loop/timer.h"

#include "test.h"

#include <stdlib.h>

TEST(timer_empty_heap)
{
    struct timer_heap h;
    timer_heap_init(&h);
    CHECK_EQ(timer_next(&h), -1);
    CHECK(!timer_pop(&h, INT64_MAX));
    timer_heap_fini(&h);
}

TEST(timer_pops_in_order)
{
    struct timer_heap h;
    struct timer t[3] = { { 0, 0, NULL } };
    timer_heap_init(&h);
    timer_set(&h, &t[0], 30);
    timer_set(&h, &t[1], 10);
    timer_set(&h, &t[2], 20);
    CHECK_EQ(timer_next(&h), 10);
    CHECK(!timer_pop(&h, 9));
    CHECK(timer_pop(&h, 10) == &t[1]);
    CHECK(!timer_pop(&h, 15));
    CHECK(timer_pop(&h, 100) == &t[2]);
    CHECK(timer_pop(&h, 100) == &t[0]);
    CHECK(!timer_pop(&h, 100));
    CHECK_EQ(t[0].place, 0);
    timer_heap_fini(&h);
}

TEST(timer_moves_and_stops)
{
    struct timer_heap h;
    struct timer a = { 0, 0, NULL }, b = a;
    timer_heap_init(&h);
    timer_set(&h, &a, 10);
    timer_set(&h, &b, 20);
    timer_set(&h, &a, 30); /* later */
    CHECK_EQ(timer_next(&h), 20);
    timer_set(&h, &a, 5); /* earlier */
    CHECK_EQ(timer_next(&h), 5);
    timer_stop(&h, &a);
    timer_stop(&h, &a); /* twice is nothing */
    CHECK_EQ(timer_next(&h), 20);
    timer_stop(&h, &b);
    CHECK_EQ(timer_next(&h), -1);
    timer_heap_fini(&h);
}

TEST(timer_fini_forgets_places)
{
    struct timer_heap h;
    struct timer a = { 0, 0, NULL };
    timer_heap_init(&h);
    timer_set(&h, &a, 1);
    timer_heap_fini(&h);
    CHECK_EQ(a.place, 0);
}

/* Random sets, moves and stops against a plain search. */
enum { MANY = 300, STEPS = 20000 };

static int64_t least(const struct timer *t)
{
    int64_t best = -1;
    for (int i = 0; i < MANY; i++)
        if (t[i].place && (best < 0 || t[i].due_ms < best))
            best = t[i].due_ms;
    return best;
}

TEST(timer_agrees_with_a_search)
{
    static struct timer t[MANY];
    struct timer_heap h;
    unsigned seed = 7;
    int64_t now_ms = 0;
    bool is_good = true;
    timer_heap_init(&h);
    for (int step = 0; step < STEPS && is_good; step++) {
        struct timer *one = &t[rand_r(&seed) % MANY];
        int what = rand_r(&seed) % 4;
        if (what < 2)
            timer_set(&h, one, now_ms + rand_r(&seed) % 1000);
        else if (what == 2)
            timer_stop(&h, one);
        else
            now_ms += rand_r(&seed) % 20;
        for (int64_t due = least(t); due >= 0 && due <= now_ms; due = least(t)) {
            struct timer *popped = timer_pop(&h, now_ms);
            is_good = is_good && popped && popped->due_ms == due;
        }
        is_good = is_good && timer_next(&h) == least(t) && !timer_pop(&h, now_ms);
    }
    CHECK(is_good);
    timer_heap_fini(&h);
}

TEST_MAIN()
