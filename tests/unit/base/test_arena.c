/* SPDX-License-Identifier: MIT */
/*
 * test_arena - memory is zeroed and aligned, budgets fail softly, hooks run newest first.
 */
#include "base/arena.h"

#include "base/str.h"

#include <stdint.h>

#include "../test.h"

static int hook_order[4], hook_n;

static void hook(void *arg)
{
    hook_order[hook_n++] = *(int *)arg;
}

static bool all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

TEST(gives_zeroed_aligned_memory)
{
    struct arena *a = arena_new(0, 0);
    for (size_t n = 0; n < 3000; n += 7) {
        char *p = arena_alloc(a, n);
        if (!CHECK(p != NULL))
            break;
        CHECK_EQ((uintptr_t)p % 16, 0);
        CHECK(all_zero(p, n));
        memset(p, 0xAA, n);
    }
    CHECK(all_zero(arena_need(a, 100), 100));
    arena_free(a);
    arena_free(NULL);
}

TEST(big_ones_do_not_displace_small_ones)
{
    struct arena *a = arena_new(4096, 0);
    char *one = arena_alloc(a, 16);
    arena_alloc(a, 1 << 20);
    char *two = arena_alloc(a, 16);
    CHECK_EQ(two - one, 16);
    arena_free(a);
}

TEST(keeps_to_its_budget)
{
    struct arena *a = arena_new(1024, 1000);
    CHECK(arena_alloc(a, 900) != NULL);
    CHECK(arena_alloc(a, 200) == NULL);
    CHECK(arena_raw(a, 200) == NULL);
    CHECK(arena_alloc(a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(a, 50) != NULL);
    CHECK(arena_need(a, 5000) != NULL);
    CHECK(arena_copy(a, STR("outside")).p != NULL);
    CHECK(arena_used(a) >= 5950);
    arena_free(a);
}

TEST(copies_and_prints)
{
    struct arena *a = arena_new(0, 1);
    struct cp_str s = arena_copy(a, STR("abc"));
    CHECK_STR(s, "abc");
    CHECK_EQ(s.p[3], '\0');
    CHECK_STR(arena_copy(a, STR_NONE), NULL);
    CHECK_STR(arena_copy(a, STR("")), "");
    CHECK(strcmp(arena_z(a, STR("xyz")), "xyz") == 0);
    CHECK(strcmp(arena_z(a, STR_NONE), "") == 0);
    CHECK_STR(arena_printf(a, "%d %s", 5, "five"), "5 five");
    s = arena_printf(a, "%2000d", 1);
    CHECK_EQ(s.n, 2000);
    CHECK_EQ(s.p[1999], '1');
    arena_free(a);
}

TEST(runs_hooks_newest_first)
{
    int one = 1, two = 2;
    struct arena *a = arena_new(0, 0);
    hook_n = 0;
    arena_at_exit(a, hook, &one);
    arena_at_exit(a, hook, &two);
    arena_reset(a);
    CHECK_EQ(hook_n, 2);
    CHECK_EQ(hook_order[0], 2);
    CHECK_EQ(hook_order[1], 1);
    arena_at_exit(a, hook, &one);
    arena_free(a);
    CHECK_EQ(hook_n, 3);
}

TEST(is_as_new_after_reset)
{
    struct arena *a = arena_new(1024, 4096);
    char *first = arena_alloc(a, 64);
    for (int round = 0; round < 5; round++) {
        memset(first, 0xFF, 64);
        CHECK(arena_alloc(a, 3000) != NULL);
        CHECK(arena_alloc(a, 3000) == NULL);
        arena_reset(a);
        CHECK_EQ(arena_used(a), 0);
        char *again = arena_alloc(a, 64);
        CHECK(again == first);
        CHECK(all_zero(again, 64));
    }
    arena_free(a);
}

TEST_MAIN()
