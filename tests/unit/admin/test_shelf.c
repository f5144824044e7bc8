/* SPDX-License-Identifier: MIT */
/*
 * test_shelf - what upstreams have said lately, for some minutes.
 */
#include "admin/shelf.h"

#include "base/arena.h"
#include "base/str.h"

#include "../test.h"

TEST(what_is_put_is_there_for_its_time)
{
    struct arena *arena = arena_new(4096, 0);
    struct shelf *s = shelf_new();

    CHECK(!shelf_get(s, STR("a"), 0, arena).p);
    shelf_put(s, STR("a"), STR("1"), 100);
    shelf_put(s, STR("a"), STR("2"), 200);
    CHECK_STR(shelf_get(s, STR("a"), 199, arena), "2");
    CHECK(!shelf_get(s, STR("a"), 200, arena).p);
    shelf_put(NULL, STR("a"), STR("1"), 100);
    CHECK(!shelf_get(NULL, STR("a"), 0, arena).p);
    shelf_free(s);
    shelf_free(NULL);
    arena_free(arena);
}

TEST(the_eldest_goes)
{
    struct arena *arena = arena_new(4096, 0);
    struct shelf *s = shelf_new();

    for (int i = 0; i < SHELF_KEPT + 1; i++)
        shelf_put(s, arena_printf(arena, "%d", i), STR("x"), 1000 + i);
    CHECK(!shelf_get(s, STR("0"), 1, arena).p);
    CHECK_STR(shelf_get(s, STR("1"), 1, arena), "x");
    CHECK_STR(shelf_get(s, arena_printf(arena, "%d", SHELF_KEPT), 1, arena), "x");
    shelf_free(s);
    arena_free(arena);
}

TEST_MAIN()
