/* SPDX-License-Identifier: MIT */
/*
 * test_marks - marks are found until they end, prolonged but not shortened, and pushed out fairly.
 */
#include "state/marks.h"

#include "base/str.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>

static void put(struct marks *m, enum mark_kind kind, const char *owner, const char *detail,
                int64_t until_ms, int64_t now_ms)
{
    struct mark mark = { .kind = kind,
                         .owner = str_of(owner),
                         .detail = str_of(detail),
                         .until_ms = until_ms,
                         .cause = { .fault = 2, .trouble = 7, .source = 3, .status = 404 } };
    marks_put(m, &mark, now_ms);
}

static int64_t until(struct marks *m, enum mark_kind kind, const char *owner,
                     const char *detail, int64_t now_ms)
{
    return marks_until(m, kind, str_of(owner), str_of(detail), now_ms);
}

TEST(marks_hold_until_they_end)
{
    struct marks *m = marks_new();

    CHECK_EQ(until(m, MARK_MODEL, "a", "m1", 0), 0);
    put(m, MARK_MODEL, "a", "m1", 1000, 10);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m1", 10), 1000);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m1", 999), 1000);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m1", 1000), 0);
    put(m, MARK_MODEL, "a", "m1", 2000, 1000);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m2", 1000), 0);
    CHECK_EQ(until(m, MARK_MODEL, "b", "m1", 1000), 0);
    CHECK_EQ(until(m, MARK_REFUSED, "a", "m1", 1000), 0);
    CHECK_EQ(until(m, MARK_MODEL, "am", "1", 1000), 0);
    marks_free(m);
}

TEST(marks_are_prolonged_and_not_shortened)
{
    struct marks *m = marks_new();

    put(m, MARK_MODEL, "a", "m", 1000, 10);
    put(m, MARK_MODEL, "a", "m", 500, 20);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m", 30), 1000);
    put(m, MARK_MODEL, "a", "m", 1500, 20);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m", 30), 1500);
    put(m, MARK_MODEL, "a", "m", 30, 30);
    CHECK_EQ(until(m, MARK_MODEL, "a", "m", 30), 0);

    put(m, MARK_PROMOTED, "", "c1", 1000, 10);
    put(m, MARK_PROMOTED, "", "c1", 500, 20);
    CHECK_EQ(until(m, MARK_PROMOTED, "", "c1", 30), 500);
    CHECK_EQ(marks_until(m, MARK_PROMOTED, STR_NONE, STR("c1"), 30), 500);
    CHECK_EQ(until(m, MARK_PROMOTED, "", "c1", 700), 0);
    marks_free(m);
}

TEST(marks_list_an_owners_details)
{
    struct marks *m = marks_new();
    char out[MARK_BYTES + 1];
    size_t at = 0;
    int n = 0;

    CHECK(!marks_next(m, MARK_REFUSED, STR("c"), &at, 10, out));
    put(m, MARK_REFUSED, "c", "beta:one", 1000, 10);
    put(m, MARK_REFUSED, "d", "beta:other", 1000, 10);
    put(m, MARK_REFUSED, "c", "param:over", 20, 10);
    put(m, MARK_REFUSED, "c", "param:top_k", 2000, 10);
    put(m, MARK_MODEL, "c", "m", 2000, 10);
    at = 0;
    CHECK(marks_next(m, MARK_REFUSED, STR("c"), &at, 30, out));
    CHECK_STR(str_of(out), "beta:one");
    CHECK(marks_next(m, MARK_REFUSED, STR("c"), &at, 30, out));
    CHECK_STR(str_of(out), "param:top_k");
    CHECK(!marks_next(m, MARK_REFUSED, STR("c"), &at, 30, out));
    for (at = 0; marks_next(m, MARK_REFUSED, STR("none"), &at, 30, out);)
        n++;
    CHECK_EQ(n, 0);
    marks_free(m);
}

static void count(void *ctx, const struct mark *mark)
{
    int *n = ctx;

    *n += mark->cause.status == 404 && mark->cause.trouble == 7;
}

TEST(marks_drop_by_owner_detail_or_all)
{
    struct marks *m = marks_new();
    int n = 0;

    for (int i = 0; i < 6; i++) {
        char detail[16];
        snprintf(detail, sizeof(detail), "m%d", i);
        put(m, MARK_MODEL, i % 2 ? "odd" : "even", detail, 1000, 0);
        put(m, MARK_MODEL, "third", detail, 1000, 0);
    }
    put(m, MARK_REFUSED, "odd", "m1", 1000, 0);
    marks_each(m, 1, count, &n);
    CHECK_EQ(n, 13);
    CHECK_EQ(marks_drop(m, MARK_MODEL, STR("odd"), STR("m1")), 1);
    CHECK_EQ(marks_drop(m, MARK_MODEL, STR("odd"), STR("m1")), 0);
    CHECK_EQ(marks_drop(m, MARK_MODEL, STR("odd"), STR_NONE), 2);
    CHECK_EQ(marks_drop(m, MARK_MODEL, STR_NONE, STR("m2")), 2);
    CHECK_EQ(until(m, MARK_MODEL, "even", "m4", 1), 1000);
    CHECK_EQ(marks_drop(m, MARK_MODEL, STR_NONE, STR_NONE), 7);
    CHECK_EQ(until(m, MARK_REFUSED, "odd", "m1", 1), 1000);
    n = 0;
    marks_each(m, 1, count, &n);
    CHECK_EQ(n, 1);
    marks_free(m);
}

TEST(marks_end_if_they_are_as_old)
{
    struct marks *m = marks_new();

    put(m, MARK_MODEL, "a", "m", 1000, 10);
    CHECK(!marks_end(m, MARK_MODEL, STR("a"), STR("other"), 500));
    CHECK(!marks_end(m, MARK_MODEL, STR("a"), STR("m"), 9));
    put(m, MARK_MODEL, "a", "m", 2000, 300); /* prolonged: as old as it was */
    CHECK_EQ(until(m, MARK_MODEL, "a", "m", 300), 2000);
    CHECK(marks_end(m, MARK_MODEL, STR("a"), STR("m"), 10));
    CHECK_EQ(until(m, MARK_MODEL, "a", "m", 300), 0);
    put(m, MARK_MODEL, "a", "m", 1000, 10);
    put(m, MARK_MODEL, "a", "m", 3000, 2000); /* it had ended: a new one */
    CHECK(!marks_end(m, MARK_MODEL, STR("a"), STR("m"), 1999));
    CHECK(marks_end(m, MARK_MODEL, STR("a"), STR("m"), 2000));
    marks_free(m);
}

TEST(marks_cut_what_is_too_long)
{
    struct marks *m = marks_new();
    char name[600], out[MARK_BYTES + 1];
    size_t at = 0;

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    memcpy(name + MARK_BYTES - 1, "\xc3\xa4", 2); /* the cut may not split it */
    put(m, MARK_MODEL, name, name, 1000, 0);
    CHECK_EQ(until(m, MARK_MODEL, name, name, 1), 1000);
    CHECK(marks_next(m, MARK_MODEL, str_of(name), &at, 1, out));
    CHECK_EQ(strlen(out), MARK_BYTES - 1);
    CHECK_EQ(marks_drop(m, MARK_MODEL, str_of(name), str_of(name)), 1);
    marks_free(m);
}

TEST(marks_of_the_greedy_go_first)
{
    struct marks *m = marks_new();
    char detail[32];
    int n = 0;

    put(m, MARK_PROMOTED, "chat", "c1", 100, 0);
    put(m, MARK_MODEL, "modest", "m", 200, 0);
    for (int i = 0; i < 3 * MARKS_MOST; i++) {
        snprintf(detail, sizeof(detail), "invented-%d", i);
        put(m, MARK_MODEL, "greedy", detail, 10000 + i, 0);
    }
    marks_each(m, 1, count, &n);
    CHECK_EQ(n, MARKS_MOST);
    CHECK_EQ(until(m, MARK_PROMOTED, "chat", "c1", 1), 100);
    CHECK_EQ(until(m, MARK_MODEL, "modest", "m", 1), 200);
    CHECK_EQ(until(m, MARK_MODEL, "greedy", "invented-0", 1), 0);
    CHECK_EQ(until(m, MARK_MODEL, "greedy", detail, 1), 10000 + 3 * MARKS_MOST - 1);
    put(m, MARK_MODEL, "late", "m", 150, 50);
    CHECK_EQ(until(m, MARK_MODEL, "late", "m", 60), 150);
    CHECK_EQ(until(m, MARK_MODEL, "modest", "m", 60), 200);
    put(m, MARK_MODEL, "later", "m", 1000, 180); /* what is over goes before all */
    CHECK_EQ(until(m, MARK_MODEL, "modest", "m", 180), 200);
    CHECK_EQ(until(m, MARK_PROMOTED, "chat", "c1", 180), 0);
    marks_free(m);
}

struct worker {
    struct marks *marks;
    unsigned seed;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    char detail[32], out[MARK_BYTES + 1];
    int n = 0;

    for (int i = 0; i < 4000; i++) {
        w->seed = w->seed * 1103515245u + 12345u;
        snprintf(detail, sizeof(detail), "m%u", w->seed >> 16 & 127);
        const char *owner = w->seed & 1 << 9 ? "a" : "b";
        if (w->seed >> 28 < 6)
            put(w->marks, MARK_MODEL, owner, detail, i + 50, i);
        else if (w->seed >> 28 == 6)
            marks_drop(w->marks, MARK_MODEL, str_of(owner), str_of(detail));
        else
            until(w->marks, MARK_MODEL, owner, detail, i);
        size_t at = 0;
        if (i % 500 == 0)
            while (marks_next(w->marks, MARK_MODEL, str_of(owner), &at, i, out))
                n++;
        if (i % 1000 == 0)
            marks_each(w->marks, i, count, &n);
    }
    return NULL;
}

static uint32_t count_next(struct marks *m, enum mark_kind kind, const char *owner)
{
    char out[MARK_BYTES + 1];
    uint32_t n = 0;

    for (size_t at = 0; marks_next(m, kind, str_of(owner), &at, 0, out);)
        n++;
    return n;
}

/* A client that thinks up parameters must not make each request to the channel go through thousands of them. */
TEST(marks_of_what_one_channel_refused_are_few)
{
    struct marks *m = marks_new();
    char name[16];

    put(m, MARK_REFUSED, "b", "store", 50, 0);
    for (int i = 0; i < 3 * MARKS_REFUSED_MOST; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        put(m, MARK_REFUSED, "a", name, 100 + i, 0);
        put(m, MARK_MODEL, "a", name, 100 + i, 0);
    }
    CHECK_EQ(count_next(m, MARK_REFUSED, "a"), MARKS_REFUSED_MOST);
    CHECK_EQ(until(m, MARK_REFUSED, "a", "p0", 0), 0);
    CHECK_EQ(until(m, MARK_REFUSED, "a", name, 0), 100 + 3 * MARKS_REFUSED_MOST - 1);
    CHECK_EQ(count_next(m, MARK_REFUSED, "b"), 1);
    CHECK_EQ(count_next(m, MARK_MODEL, "a"), 3 * MARKS_REFUSED_MOST);
    marks_free(m);
}

TEST(marks_bear_threads)
{
    struct marks *m = marks_new();
    struct worker workers[4];
    pthread_t threads[4];

    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){ m, i + 1 };
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    marks_drop(m, MARK_MODEL, STR_NONE, STR_NONE);
    int n = 0;
    marks_each(m, 0, count, &n);
    CHECK_EQ(n, 0);
    marks_free(m);
}

TEST_MAIN()
