/* SPDX-License-Identifier: MIT */
/*
 * test_vitals - records are found by name, stay where they are, and are made well by prefix.
 */
#include "state/vitals.h"

#include "base/str.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>

enum { S = 1000, MIN = 60 * S };

static const struct breaker_rules brittle = {
    .window = 1, .minimum = 1, .percent = 1, .open_ms = 10 * MIN
};

static void make_ill(struct vitals *v)
{
    struct cooldown_cause cause = { .fault = CP_BY_KEY, .trouble = CP_RATE_LIMIT };
    struct breaker_pass pass;

    cooldown_charge(&v->cooldown, &cause, 10 * MIN, 0, 60 * MIN, S);
    breaker_force(&v->breaker, &brittle, S, &pass);
    breaker_report(&v->breaker, &brittle, &pass, BREAKER_FAILED, S);
    v->demoted_ms = 5;
    v->failed++;
}

static bool is_ill(struct vitals *v)
{
    return cooldown_until(&v->cooldown, 2 * S) ||
           breaker_look(&v->breaker, &brittle, 2 * S) != BREAKER_CLOSED || v->demoted_ms;
}

TEST(vitals_are_found_again_by_name)
{
    struct vitals_table *t = vitals_table_new();
    char name[] = "relay/key/k1";
    struct vitals *v = vitals_table_get(t, str_of(name));

    CHECK(vitals_table_get(t, str_of(name)) == v);
    CHECK(vitals_table_find(t, str_of(name)) == v);
    name[0] = 'x'; /* the name was copied */
    CHECK_STR(v->name, "relay/key/k1");
    CHECK(!vitals_table_find(t, str_of(name)));
    CHECK(!vitals_table_find(t, STR_NONE));
    CHECK(vitals_table_get(t, STR("relay/key/k2")) != v);
    CHECK(vitals_table_get(t, STR_NONE) == vitals_table_get(t, STR("")));
    vitals_table_free(t);
    vitals_table_free(NULL);
}

TEST(vitals_begin_well)
{
    struct vitals_table *t = vitals_table_new();
    struct vitals *v = vitals_table_get(t, STR("a"));

    CHECK(!is_ill(v));
    CHECK_EQ(gate_inside(&v->gate), 0);
    CHECK_EQ(meter_mean(&v->meter, S), -1);
    CHECK_EQ(vitals_table_reset(t, STR_NONE), 0);
    vitals_table_free(t);
}

TEST(vitals_stay_where_they_are)
{
    enum { N = 2000 };
    struct vitals_table *t = vitals_table_new();
    static struct vitals *all[N];
    char name[32];
    size_t at = 0;

    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof(name), "c%d/key/%d", i % 7, i);
        all[i] = vitals_table_get(t, str_of(name));
    }
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof(name), "c%d/key/%d", i % 7, i);
        CHECK(vitals_table_get(t, str_of(name)) == all[i]);
        CHECK(vitals_table_each(t, &at) == all[i]); /* in the order they were first named */
    }
    CHECK(!vitals_table_each(t, &at));
    CHECK(!vitals_table_each(t, &at));
    vitals_table_free(t);
}

TEST(vitals_reset_by_prefix)
{
    static const char *const names[] = {
        "relay",  "relay/key/a",      "relay/url/https://x/relay2",
        "relay2", "relay2/key/relay", "rela"
    };
    enum { N = sizeof(names) / sizeof(names[0]) };
    struct vitals_table *t = vitals_table_new();
    struct vitals *all[N];

    for (int i = 0; i < N; i++)
        make_ill(all[i] = vitals_table_get(t, str_of(names[i])));
    CHECK_EQ(vitals_table_reset(t, STR("relay/key/a")), 1);
    CHECK(!is_ill(all[1]));
    CHECK(is_ill(all[0]) && is_ill(all[2]));
    CHECK_EQ(vitals_table_reset(t, STR("relay")), 2);
    for (int i = 0; i < N; i++)
        CHECK_EQ(is_ill(all[i]), i >= 3);
    CHECK_EQ(vitals_table_reset(t, STR("nobody")), 0);
    CHECK_EQ(vitals_table_reset(t, STR_NONE), 3);
    for (int i = 0; i < N; i++)
        CHECK(!is_ill(all[i]) && all[i]->failed == 1);
    vitals_table_free(t);
}

/* Each of the three alone is something to make well; a few failures of a closed breaker are not. */
TEST(vitals_reset_counts_who_was_not_well)
{
    struct vitals_table *t = vitals_table_new();
    struct vitals *v = vitals_table_get(t, STR("v"));
    struct breaker_pass pass;

    v->demoted_ms = 1;
    CHECK_EQ(vitals_table_reset(t, STR("v")), 1);
    breaker_restore(&v->breaker, 5 * MIN);
    CHECK_EQ(vitals_table_reset(t, STR("v")), 1);
    struct breaker_rules usual = brittle;
    usual.minimum = usual.window = 5;
    breaker_enter(&v->breaker, &usual, S, &pass);
    breaker_report(&v->breaker, &usual, &pass, BREAKER_FAILED, S);
    CHECK_EQ(vitals_table_reset(t, STR("v")), 0);
    make_ill(v);
    vitals_reset(v);
    CHECK(!is_ill(v));
    vitals_table_free(t);
}

static void *name_many(void *arg)
{
    struct vitals_table *t = arg;
    char name[32];
    size_t at = 0;

    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "c/key/%d", i);
        struct vitals *v = vitals_table_get(t, str_of(name));
        v->served++;
        vitals_table_each(t, &at);
        if (i % 50 == 0)
            vitals_table_reset(t, STR("c"));
    }
    return NULL;
}

TEST(vitals_are_one_for_all_threads)
{
    enum { N = 4 };
    struct vitals_table *t = vitals_table_new();
    struct vitals *v;
    pthread_t threads[N];
    int n = 0;

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, name_many, t);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    for (size_t at = 0; (v = vitals_table_each(t, &at)); n++)
        CHECK_EQ(v->served, N);
    CHECK_EQ(n, 500);
    vitals_table_free(t);
}

TEST_MAIN()
