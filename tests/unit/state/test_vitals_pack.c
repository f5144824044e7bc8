/* SPDX-License-Identifier: MIT */
/*
 * test_vitals_pack - what one process has under way counts in the other, changes with it, and goes with it; facts are told once.
 */
#include "state/vitals.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/parcel.h"
#include "base/str.h"
#include "state/facts.h"
#include "state/marks.h"
#include "test.h"

static const struct gate_rules two = { .concurrency = 2 };

/* From one table to another; how many parcels. */
static int pass(struct vitals_table *from, struct vitals_table *to, bool is_all)
{
    struct parcel p;
    struct buf b;
    int n = 0;

    buf_init(&b, 1 << 20);
    vitals_pack(from, is_all, &b);
    struct cp_str rest = buf_str(&b);
    for (; parcel_next(&rest, &p) == 1; n++)
        CHECK(vitals_unpack(to, &p));
    buf_fini(&b);
    return n;
}

TEST(who_is_inside_there_is_inside_here)
{
    struct vitals_table *old = vitals_table_new(), *new = vitals_table_new();
    struct vitals *a = vitals_table_get(old, STR("a")), *b = vitals_table_get(new, STR("a"));

    CHECK_EQ(gate_enter(&a->gate, &two, 0, 1000, NULL), GATE_OPEN);
    atomic_store(&a->served, 7);
    atomic_store(&a->turn, 5);
    meter_add(&a->meter, 2000, 1000);
    CHECK_EQ(pass(old, new, true), 1);
    CHECK_EQ(gate_inside(&b->gate), 1);
    CHECK_EQ(atomic_load(&b->served), 7);
    CHECK_EQ(atomic_load(&b->turn), 5);
    CHECK(meter_mean(&b->meter, 1000) > 0);
    CHECK_EQ(gate_enter(&b->gate, &two, 0, 1000, NULL), GATE_OPEN);
    CHECK_EQ(gate_enter(&b->gate, &two, 0, 1000, NULL), GATE_CONCURRENCY);
    CHECK_EQ(pass(old, new, false), 0); /* nothing has changed */
    gate_leave(&a->gate);
    atomic_fetch_add(&a->served, 1);
    CHECK_EQ(pass(old, new, false), 1);
    CHECK_EQ(gate_inside(&b->gate), 1);
    CHECK_EQ(atomic_load(&b->served), 8);
    CHECK_EQ(gate_enter(&a->gate, &two, 0, 1000, NULL), GATE_OPEN);
    CHECK_EQ(pass(old, new, false), 1);
    CHECK_EQ(gate_inside(&b->gate), 2);
    vitals_lose(new);
    CHECK_EQ(gate_inside(&b->gate), 1);
    vitals_table_free(old);
    vitals_table_free(new);
}

TEST(a_breaker_goes_on_where_it_was)
{
    const struct breaker_rules rules = {
        .window = 10, .minimum = 4, .percent = 50, .open_ms = 1000, .age_ms = 60000
    };
    struct vitals_table *old = vitals_table_new(), *new = vitals_table_new();
    struct vitals *a = vitals_table_get(old, STR("a")), *b = vitals_table_get(new, STR("a"));
    struct breaker_pass pass_a, pass_b;

    for (int i = 0; i < 3; i++) {
        CHECK(breaker_enter(&a->breaker, &rules, 5000 + i, &pass_a));
        CHECK(!breaker_report(&a->breaker, &rules, &pass_a, BREAKER_FAILED, 5000 + i));
    }
    CHECK_EQ(pass(old, new, true), 1);
    CHECK_EQ(breaker_look(&b->breaker, &rules, 5010), BREAKER_CLOSED);
    CHECK(breaker_enter(&b->breaker, &rules, 5010, &pass_b));
    CHECK(breaker_report(&b->breaker, &rules, &pass_b, BREAKER_FAILED, 5010)); /* the fourth */
    CHECK_EQ(breaker_look(&b->breaker, &rules, 5020), BREAKER_OPEN);
    vitals_table_free(old);
    vitals_table_free(new);
}

static int pass_facts(const struct facts *from, const struct facts *to, struct map *known)
{
    struct parcel p;
    struct buf b;
    int n = 0;

    buf_init(&b, 1 << 20);
    facts_pack(from, known, 1000, 500000, &b);
    struct cp_str rest = buf_str(&b);
    for (; parcel_next(&rest, &p) == 1; n++)
        CHECK(facts_unpack(to, &p, 1000, 500000));
    buf_fini(&b);
    return n;
}

TEST(facts_are_told_once)
{
    struct facts old = { vitals_table_new(), marks_new() },
                 new = { vitals_table_new(), marks_new() };
    const struct cooldown_cause cause = { .fault = CP_BY_KEY,
                                          .trouble = CP_RATE_LIMIT,
                                          .status = 429 };
    struct vitals *a = vitals_table_get(old.vitals, STR("a"));
    struct vitals *b = vitals_table_get(new.vitals, STR("a"));
    struct map *known = map_new();
    struct cooldown_cause told;

    cooldown_charge(&a->cooldown, &cause, 60000, 1000, 100000, 1000);
    CHECK_EQ(pass_facts(&old, &new, known), 1);
    CHECK_EQ(cooldown_until(&b->cooldown, 1000), cooldown_until(&a->cooldown, 1000));
    cooldown_cause(&b->cooldown, &told);
    CHECK_EQ(told.status, 429);
    cooldown_clear(&b->cooldown); /* well again there: the old news is no news */
    CHECK_EQ(pass_facts(&old, &new, known), 0);
    CHECK_EQ(cooldown_until(&b->cooldown, 1000), 0);
    atomic_store(&a->demoted_ms, 400000);
    CHECK_EQ(pass_facts(&old, &new, known), 1);
    CHECK_EQ(atomic_load(&b->demoted_ms), 400000);
    map_free(known);
    vitals_table_free(old.vitals);
    vitals_table_free(new.vitals);
    marks_free(old.marks);
    marks_free(new.marks);
}

TEST_MAIN()
