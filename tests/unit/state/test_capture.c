/* SPDX-License-Identifier: MIT */
/*
 * test_capture - who is wanted, what waits and what is lost; a place that is used again is another capture.
 */
#include "state/capture.h"

#include "base/str.h"

#include "../test.h"

static uint32_t take(struct capture_hall *h)
{
    struct link entries;
    uint32_t n = 0;

    list_init(&entries);
    capture_take(h, &entries, 0);
    for (; !list_empty(&entries); n++) {
        struct capture_entry *e = LIST_ENTRY(entries.next, struct capture_entry, link);
        list_remove(&e->link);
        capture_entry_free(e);
    }
    return n;
}

TEST(who_is_wanted)
{
    struct capture_hall *h = capture_hall_new(1 << 20);
    struct capture_rules all = { .requests = 2, .has_bodies = true, .body_bytes = 10 };
    struct capture_rules some = { .requests = 9, .channel = STR("a"), .client = STR("k") };
    struct capture_who who;

    CHECK(!capture_is_on(NULL));
    CHECK(!capture_is_on(h));
    int first = capture_begin(h, &all), second = capture_begin(h, &some);
    CHECK(capture_is_on(h));
    capture_match(h, STR("a"), STR("k"), &who);
    CHECK_EQ(who.places, 3);
    CHECK(who.has_bodies);
    CHECK_EQ(who.body_bytes, 10);
    capture_match(h, STR("a"), STR("other"), &who);
    CHECK_EQ(who.places, 1);
    capture_match(h, STR_NONE, STR("k"), &who);
    CHECK_EQ(who.places, 0); /* two are enough for the first, and no channel is not "a" */
    CHECK_EQ(capture_left(h, first), 0);
    CHECK_EQ(capture_left(h, second), 8);
    capture_finish(h, first);
    capture_finish(h, second);
    capture_finish(h, second);
    CHECK(!capture_is_on(h));
    capture_hall_free(h);
}

TEST(a_place_is_used_again)
{
    struct capture_hall *h = capture_hall_new(1 << 20);
    struct capture_rules all = { .requests = 2 };
    struct capture_who who;

    int place = capture_begin(h, &all);
    capture_match(h, STR_NONE, STR_NONE, &who);
    CHECK(capture_is_of(h, &who, place));
    capture_finish(h, place);
    CHECK(!capture_is_of(h, &who, place));
    CHECK_EQ(capture_begin(h, &all), place);
    CHECK(!capture_is_of(h, &who, place));
    for (int i = 1; i < CAPTURES_MOST; i++)
        CHECK(capture_begin(h, &all) > 0);
    CHECK_EQ(capture_begin(h, &all), -1);
    capture_hall_free(h);
}

TEST(what_does_not_fit_is_counted)
{
    struct capture_hall *h = capture_hall_new(4096);
    struct capture_rules all = { .requests = 2 };
    static char bytes[1000];
    struct capture_piece p = { .what = CAPTURE_CLIENT_DATA,
                               .request = STR("r"),
                               .body = { bytes, sizeof(bytes) } };

    int place = capture_begin(h, &all);
    capture_match(h, STR_NONE, STR_NONE, &p.who);
    for (int i = 0; i < 10; i++)
        capture_add(h, &p);
    uint32_t kept = take(h);
    CHECK(kept > 0 && kept < 10);
    CHECK_EQ(capture_lost(h, place), 10 - kept);
    CHECK_EQ(capture_lost(h, place), 0);
    capture_add(h, &p);
    CHECK_EQ(take(h), 1);
    capture_add(h, &p); /* one that nobody takes goes with the hall */
    capture_hall_free(h);
}

TEST_MAIN()
