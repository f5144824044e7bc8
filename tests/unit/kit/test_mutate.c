/* SPDX-License-Identifier: MIT */
/*
 * test_mutate - the same seed makes the same texts wrong in the same way, and never a text too long.
 */
#include "kit/mutate.h"

#include "base/str.h"
#include "test.h"

static const struct cp_str from = { "{\"a\":[1,2,3],\"b\":\"words\"}", 25 };
static const struct cp_str other = { "data: [DONE]\n\n", 14 };

TEST(the_same_seed_says_the_same)
{
    struct mutate one = { .seed = 7 }, two = { .seed = 7 }, three = { .seed = 8 };
    struct buf a, b, c;
    int same_as_three = 0;

    buf_init(&a, 1 << 16);
    buf_init(&b, 1 << 16);
    buf_init(&c, 1 << 16);
    for (int i = 0; i < 200; i++) {
        mutate_text(&one, from, other, &a);
        mutate_text(&two, from, other, &b);
        mutate_text(&three, from, other, &c);
        CHECK(str_eq(buf_str(&a), buf_str(&b)));
        same_as_three += str_eq(buf_str(&a), buf_str(&c));
    }
    CHECK(same_as_three < 100);
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&c);
}

TEST(most_texts_are_changed_and_nothing_is_too_long)
{
    struct mutate m = { .seed = 1 };
    struct buf out;
    int same = 0;

    buf_init(&out, 1 << 16);
    for (int i = 0; i < 2000; i++) {
        mutate_text(&m, from, other, &out);
        same += str_eq(buf_str(&out), from);
        CHECK(!buf_failed(&out));
        CHECK(out.n <= from.n + 4 * 64);
    }
    CHECK(same < 400);
    buf_fini(&out);
}

TEST(nothing_at_all_can_be_made_wrong_too)
{
    struct mutate m = { .seed = 3 };
    struct buf out;

    buf_init(&out, 1 << 16);
    for (int i = 0; i < 200; i++)
        mutate_text(&m, STR(""), STR(""), &out);
    CHECK(!buf_failed(&out));
    buf_fini(&out);
}

TEST(draws_stay_below_and_reach_everything)
{
    struct mutate m = { .seed = 9 };
    int seen[6] = { 0 };

    for (int i = 0; i < 600; i++) {
        uint64_t n = mutate_draw(&m, 6);
        CHECK(n < 6);
        if (n < 6)
            seen[n]++;
    }
    for (int i = 0; i < 6; i++)
        CHECK(seen[i] > 20);
    CHECK_EQ(mutate_draw(&m, 0), 0);
}

TEST_MAIN()
