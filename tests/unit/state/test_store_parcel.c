/* SPDX-License-Identifier: MIT */
/*
 * test_store_parcel - what is kept here is kept there, with what it is kept under; what changes is told.
 */
#include "state/store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/parcel.h"
#include "base/str.h"
#include "base/tap.h"
#include "test.h"

static const struct store_limits limits = { 100000, 1 << 20, 1000 };

struct line {
    struct tap tap; /* first */
    struct store *to;
    int n;
};

static void unpack_all(struct store *to, struct cp_str parcels, int *n)
{
    struct parcel p;

    while (parcel_next(&parcels, &p) == 1) {
        CHECK(parcel_is(&p, "kept"));
        store_unpack(to, &p, 2000);
        (*n)++;
    }
}

static void deliver(struct tap *t, struct cp_str parcels)
{
    struct line *l = (struct line *)(void *)t;
    unpack_all(l->to, parcels, &l->n);
}

static bool has(struct store *s, const char *id, const char *text)
{
    struct arena *arena = arena_new(1024, 0);
    struct cp_str bytes;
    bool is = s->ops->get(s, STR("t"), str_of(id), 2000, arena, &bytes) == STORE_FOUND &&
              str_is(bytes, text);
    arena_free(arena);
    return is;
}

TEST(all_of_it_and_then_what_changes)
{
    struct store *old = store_memory_new(&limits), *new = store_memory_new(&limits);
    struct line line = { { deliver }, new, 0 };
    struct buf b;
    int n = 0;

    old->ops->put(old, STR("t"), STR("parent"), STR_NONE, STR("one"), 1000);
    old->ops->put(old, STR("t"), STR("child"), STR("parent"), STR("two"), 1001);
    old->ops->tell(old, &line.tap, "kept");
    buf_init(&b, 1 << 20);
    old->ops->pack(old, "kept", &b);
    unpack_all(new, buf_str(&b), &n);
    buf_fini(&b);
    CHECK_EQ(n, 2);
    CHECK(has(new, "parent", "one") && has(new, "child", "two"));
    old->ops->put(old, STR("t"), STR("late"), STR_NONE, STR(""), 2000);
    CHECK(has(new, "late", ""));
    old->ops->drop(old, STR("t"), STR("parent"), 2000);
    CHECK(!has(new, "parent", "one") && !has(new, "child", "two"));
    CHECK_EQ(line.n, 2);
    old->ops->tell(old, NULL, NULL);
    old->ops->put(old, STR("t"), STR("more"), STR_NONE, STR("x"), 2000);
    CHECK_EQ(line.n, 2);
    old->ops->free(old);
    new->ops->free(new);
}

TEST_MAIN()
