/* SPDX-License-Identifier: MIT */
/*
 * test_news - numbers have no gaps, the oldest go, and who comes too late is told.
 */
#include "base/arena.h"
#include "base/str.h"
#include "state/news.h"

#include <stdio.h>

#include "../test.h"

static struct arena *arena;

static size_t count(const struct news_item *item)
{
    size_t n = 0;

    for (; item; item = item->next)
        n++;
    return n;
}

TEST(items_come_in_order)
{
    struct news *w = news_new(10, 10000);
    bool is_missing;

    arena = arena_new(4096, 0);
    CHECK(!news_since(w, 0, STR_NONE, 10, arena, &is_missing));
    CHECK(!is_missing);
    news_add(w, "config", STR("{\"a\":1}"), true);
    news_add(w, "request", STR("{}"), true);
    const struct news_item *item = news_since(w, 0, STR_NONE, 10, arena, &is_missing);
    CHECK_EQ(count(item), 2);
    CHECK_EQ(item->number, 1);
    CHECK_STR(item->kind, "config");
    CHECK_STR(item->json, "{\"a\":1}");
    CHECK_EQ(item->next->number, 2);
    CHECK(!is_missing);
    CHECK_EQ(count(news_since(w, 1, STR_NONE, 10, arena, &is_missing)), 1);
    CHECK_EQ(count(news_since(w, 0, STR("x|request"), 10, arena, &is_missing)), 1);
    CHECK_EQ(count(news_since(w, 0, STR_NONE, 1, arena, &is_missing)), 1);
    CHECK_EQ(count(news_since(w, 0, STR(""), 9, arena, &is_missing)), 0);
    news_free(w);
    arena_free(arena);
}

TEST(the_oldest_go_and_that_is_said)
{
    struct news *w = news_new(3, 10000);
    bool is_missing;

    arena = arena_new(4096, 0);
    for (int i = 0; i < 10; i++)
        news_add(w, "k", STR("1"), true);
    CHECK_EQ(news_last(w), 10);
    const struct news_item *item = news_since(w, 2, STR_NONE, 10, arena, &is_missing);
    CHECK(is_missing);
    CHECK_EQ(item->number, 8);
    CHECK_EQ(count(item), 3);
    CHECK_EQ(count(news_since(w, 7, STR_NONE, 10, arena, &is_missing)), 3);
    CHECK(!is_missing);
    CHECK_EQ(count(news_since(w, 99, STR_NONE, 10, arena, &is_missing)), 3);
    CHECK(is_missing);
    CHECK_EQ(count(news_since(w, UINT64_MAX, STR_NONE, 10, arena, &is_missing)), 3);
    CHECK(is_missing);
    news_free(w);
    arena_free(arena);
}

TEST(numbers_follow_on)
{
    struct news *w = news_new(3, 10000);
    bool is_missing;

    arena = arena_new(4096, 0);
    for (int i = 0; i < 4; i++)
        news_add(w, "k", STR("1"), true);
    news_follow_on(w, 70);
    CHECK(news_last(w) > 74);
    const struct news_item *item = news_since(w, 70, STR_NONE, 10, arena, &is_missing);
    CHECK(is_missing);
    CHECK_EQ(count(item), 3);
    CHECK_EQ(item->next->next->number, news_last(w));
    news_add(w, "k", STR("2"), true);
    item = news_since(w, item->number + 1, STR_NONE, 10, arena, &is_missing);
    CHECK(!is_missing);
    CHECK_EQ(count(item), 2);
    CHECK_STR(item->next->json, "2");
    news_free(w);
    arena_free(arena);
}

TEST(bytes_have_an_end)
{
    struct news *w = news_new(100, 300);
    char text[200];
    bool is_missing;

    memset(text, ' ', sizeof(text));
    arena = arena_new(4096, 0);
    for (int i = 0; i < 5; i++)
        news_add(w, "k", str_n(text, sizeof(text)), true);
    CHECK_EQ(count(news_since(w, 0, STR_NONE, 10, arena, &is_missing)), 1);
    CHECK(is_missing);
    news_free(w);
    arena_free(arena);
}

TEST(nobody_follows_nothing_is_kept)
{
    struct news *w = news_new(10, 10000);

    news_add(w, "k", STR("1"), false);
    CHECK_EQ(news_last(w), 0);
    news_follow(w, STR("a|k"));
    CHECK(news_is_followed(w, "k"));
    CHECK(!news_is_followed(w, "kk"));
    news_add(w, "k", STR("1"), false);
    news_add(w, "other", STR("1"), false);
    CHECK_EQ(news_last(w), 1);
    news_leave(w, STR("a|k"));
    CHECK(!news_is_followed(w, "k"));
    news_follow(w, STR_NONE);
    CHECK(news_is_followed(w, "anything"));
    news_leave(w, STR_NONE);
    CHECK(!news_is_followed(w, "anything"));
    news_free(w);
}

TEST(any_number_of_kinds_may_be_followed)
{
    struct news *w = news_new(8, 1000);
    char kind[24];

    for (int i = 0; i < 100; i++) {
        snprintf(kind, sizeof(kind), "kind-%d", i);
        news_follow(w, str_of(kind));
        news_follow(w, str_of(kind));
        news_leave(w, str_of(kind));
    }
    CHECK(news_is_followed(w, "kind-99"));
    news_leave(w, STR("kind-99|never"));
    CHECK(!news_is_followed(w, "kind-99"));
    CHECK(news_is_followed(w, "kind-0"));
    news_free(w);
}

TEST_MAIN()
