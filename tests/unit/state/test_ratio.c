/* SPDX-License-Identifier: MIT */
/*
 * test_ratio - estimates get better with what was counted.
 */
#include "state/ratio.h"

#include "base/str.h"
#include "test.h"

#define CHAT   STR("chat")
#define CLAUDE STR("claude")

TEST(nothing_known)
{
    struct ratio_table *t = ratio_table_new();
    CHECK_EQ(ratio_correct(t, CHAT, STR("m"), 1000), 1000);
    CHECK_EQ(ratio_correct(NULL, CHAT, STR("m"), 1000), 1000);
    CHECK_EQ(ratio_correct(t, CHAT, STR("m"), 0), 0);
    ratio_table_free(t);
}

TEST(a_model_then_its_dialect)
{
    struct ratio_table *t = ratio_table_new();
    ratio_learn(t, CHAT, STR("m"), 1200, 1000);
    CHECK_EQ(ratio_correct(t, CHAT, STR("m"), 1000), 1200);
    CHECK_EQ(ratio_correct(t, CHAT, STR("other"), 500), 600);
    CHECK_EQ(ratio_correct(t, CLAUDE, STR("m"), 500), 500);
    ratio_table_free(t);
}

TEST(bounds)
{
    struct ratio_table *t = ratio_table_new();
    ratio_learn(t, CHAT, STR("m"), 100000, 1000);
    CHECK_EQ(ratio_correct(t, CHAT, STR("m"), 1000), 2000);
    ratio_learn(t, CLAUDE, STR("m"), 1, 1000);
    CHECK_EQ(ratio_correct(t, CLAUDE, STR("m"), 1000), 500);
    ratio_learn(t, STR("gemini"), STR("m"), 70, 49); /* too little to learn from */
    CHECK_EQ(ratio_correct(t, STR("gemini"), STR("m"), 1000), 1000);
    ratio_table_free(t);
}

TEST(what_is_old_fades)
{
    struct ratio_table *t = ratio_table_new();
    for (int i = 0; i < 1000; i++)
        ratio_learn(t, CHAT, STR("m"), 1500, 1000);
    CHECK_EQ(ratio_correct(t, CHAT, STR("m"), 1000), 1500);
    for (int i = 0; i < 300; i++)
        ratio_learn(t, CHAT, STR("m"), 800, 1000);
    int64_t now = ratio_correct(t, CHAT, STR("m"), 1000);
    CHECK(now >= 795 && now <= 805);
    ratio_table_free(t);
}

TEST(many_models_find_room)
{
    struct ratio_table *t = ratio_table_new();
    char name[32];
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof(name), "model-%d", i);
            ratio_learn(t, CHAT, str_of(name), 1200, 1000);
        }
    CHECK_EQ(ratio_correct(t, CHAT, STR("model-4999"), 1000), 1200);
    CHECK_EQ(ratio_correct(t, CHAT, STR("never seen"), 1000), 1200);
    ratio_table_free(t);
}

TEST(some_are_worth_an_estimate)
{
    struct ratio_table *t = ratio_table_new();
    int wanted = 0;
    for (int i = 0; i < 640; i++)
        wanted += ratio_wants(t, CHAT, STR("m"));
    CHECK_EQ(wanted, 12);
    CHECK(ratio_wants(t, CHAT, STR("n")));
    ratio_table_free(t);
}

TEST_MAIN()
