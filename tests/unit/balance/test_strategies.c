/* SPDX-License-Identifier: MIT */
/*
 * test_strategies - who is named how often, in which order, and who moves when somebody goes away.
 */
#include "balance/strategy.h"

#include "balance/world.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>

enum { MOST = 16 };

struct field {
    struct vitals_table *table;
    struct option options[MOST];
    uint32_t n;
    struct strategy_call call;
};

static void field_init(struct field *f, const uint32_t *weights, uint32_t n)
{
    char name[32];

    memset(f, 0, sizeof(*f));
    f->table = vitals_table_new();
    f->n = n;
    for (uint32_t i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "channel-%u", i);
        f->options[i] = (struct option){ .channel = i,
                                         .weight = weights[i],
                                         .vitals = vitals_table_get(f->table, str_of(name)) };
    }
}

/* The next choices as letters. */
static const char *field_run(struct field *f, const struct strategy *s, uint32_t n, char *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = (char)('a' + f->options[s->pick(f->options, f->n, &f->call)].channel);
    out[n] = '\0';
    return out;
}

static bool is_near(uint64_t n, uint64_t wanted, uint64_t percent)
{
    uint64_t off = n > wanted ? n - wanted : wanted - n;

    if (off * 100 <= wanted * percent)
        return true;
    printf("#     %llu, not about %llu\n", (unsigned long long)n, (unsigned long long)wanted);
    return false;
}

TEST(strategy_find_knows_them_by_name)
{
    static const char *const names[] = { "failover", "round_robin", "random", "least_busy",
                                         "two_choices" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct strategy *s = strategy_find(str_of(names[i]));
        if (CHECK(s != NULL))
            CHECK_STR(str_of(s->name), names[i]);
    }
    CHECK(!strategy_find(STR("round-robin")));
    CHECK(!strategy_find(STR_NONE));
}

TEST(failover_names_the_first)
{
    static const uint32_t weights[] = { 1, 1000 };
    struct field f;
    char out[8];

    field_init(&f, weights, 2);
    CHECK_STR(str_of(field_run(&f, &strategy_failover, 4, out)), "aaaa");
    CHECK(strategy_failover.is_lazy);
    vitals_table_free(f.table);
}

TEST(round_robin_is_smooth)
{
    static const struct {
        uint32_t weights[4], n;
        const char *said;
    } cases[] = {
        { { 5, 1, 1 }, 3, "aabacaaaabacaa" }, { { 1, 1 }, 2, "ababab" },
        { { 1, 1, 1, 1 }, 4, "abcdabcd" },    { { 2, 1 }, 2, "abaabaaba" },
        { { 1, 3 }, 2, "babbbabb" },          { { 7 }, 1, "aaa" },
    };
    struct field f;
    char out[32];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        field_init(&f, cases[i].weights, cases[i].n);
        uint32_t n = (uint32_t)strlen(cases[i].said);
        CHECK_STR(str_of(field_run(&f, &strategy_round_robin, n, out)), cases[i].said);
        vitals_table_free(f.table);
    }
}

TEST(round_robin_does_not_flood_who_was_away)
{
    static const uint32_t weights[] = { 2, 1, 1 };
    struct field f;
    char out[1024];

    field_init(&f, weights, 3);
    f.n = 2; /* c is away */
    field_run(&f, &strategy_round_robin, 999, out);
    f.n = 3;
    field_run(&f, &strategy_round_robin, 8, out);
    uint32_t c = 0;
    for (int i = 0; i < 8; i++)
        c += out[i] == 'c';
    CHECK(c >= 2 && c <= 4);
    CHECK(!strstr(out, "ccc"));
    vitals_table_free(f.table);
}

TEST(round_robin_counts_nothing_in_a_dry_run)
{
    static const uint32_t weights[] = { 1, 1 };
    struct field f;
    char out[8];

    field_init(&f, weights, 2);
    f.call.is_dry = true;
    CHECK_STR(str_of(field_run(&f, &strategy_round_robin, 3, out)), "aaa");
    f.call.is_dry = false;
    CHECK_STR(str_of(field_run(&f, &strategy_round_robin, 4, out)), "abab");
    vitals_table_free(f.table);
}

struct share {
    struct field f;
    uint32_t named[3];
};

static void *round_robin_thread(void *arg)
{
    struct share *s = arg;

    for (int i = 0; i < 7000; i++)
        s->named[strategy_round_robin.pick(s->f.options, s->f.n, &s->f.call)]++;
    return NULL;
}

TEST(round_robin_keeps_shares_among_threads)
{
    static const uint32_t weights[] = { 5, 1, 1 };
    struct share s[4];
    pthread_t threads[4];

    field_init(&s[0].f, weights, 3);
    memset(s[0].named, 0, sizeof(s[0].named));
    for (int i = 1; i < 4; i++)
        s[i] = s[0];
    for (int i = 0; i < 4; i++)
        CHECK(!pthread_create(&threads[i], NULL, round_robin_thread, &s[i]));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 3; i++) {
        uint32_t named = s[0].named[i] + s[1].named[i] + s[2].named[i] + s[3].named[i];
        CHECK(is_near(named, 4000 * weights[i], 10));
    }
    vitals_table_free(s[0].f.table);
}

/* Sends each choice there, and lets nobody finish. */
static const char *fill(struct field *f, const struct strategy *s, uint32_t n, char *out)
{
    static const struct gate_rules none = { 0, 0, 0 };
    int64_t wait_ms;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = s->pick(f->options, f->n, &f->call);
        gate_enter(&f->options[at].vitals->gate, &none, 0, 0, &wait_ms);
        out[i] = (char)('a' + at);
    }
    out[n] = '\0';
    return out;
}

TEST(least_busy_fills_by_weight_and_in_order)
{
    static const uint32_t equal[] = { 1, 1, 1 }, heavy[] = { 1, 2 };
    struct field f;
    char out[8];

    field_init(&f, equal, 3);
    CHECK_STR(str_of(fill(&f, &strategy_least_busy, 6, out)), "abcabc");
    gate_leave(&f.options[1].vitals->gate);
    CHECK_STR(str_of(fill(&f, &strategy_least_busy, 1, out)), "b");
    vitals_table_free(f.table);
    field_init(&f, heavy, 2);
    CHECK_STR(str_of(fill(&f, &strategy_least_busy, 6, out)), "babbab");
    vitals_table_free(f.table);
}

/* ---- by draw: through the choice itself, which draws (pick.c) ---- */

static struct world w;

static void open_world(const char *strategy, const uint32_t *weights, uint32_t n)
{
    static const char *const ids[] = { "a", "b", "c", "d", "e" };

    world_init(&w);
    w.conf.scheduler.strategy = str_of(strategy);
    for (uint32_t i = 0; i < n; i++)
        world_channel(&w, ids[i], 1, 1)->weight = weights[i];
    world_open(&w);
}

/* How often each of n requests is sent there, none of which is under way with another. */
static void tally(uint32_t n, uint32_t by_channel[5])
{
    struct pick_ask ask = world_ask(&w);
    struct pick p;

    memset(by_channel, 0, 5 * sizeof(*by_channel));
    for (uint32_t i = 0; i < n; i++) {
        world_pick(&w, &ask, &p);
        CHECK(p.is_open && p.why == TRACE_STRATEGY);
        by_channel[p.channel]++;
        world_settle(&w, &ask, &p, (struct outcome){ .result = CHARGE_NEUTRAL });
    }
}

TEST(random_follows_the_weights)
{
    static const uint32_t weights[] = { 5, 1, 4 };
    uint32_t n[5];

    open_world("random", weights, 3);
    tally(50000, n);
    for (int i = 0; i < 3; i++)
        CHECK(is_near(n[i], 5000 * weights[i], 5));
    world_cool(&w, "c", 1000); /* and of those who are fit */
    tally(50000, n);
    CHECK(is_near(n[0], 41667, 5));
    CHECK_EQ(n[2], 0);
    world_close(&w);
}

TEST(two_choices_prefers_who_answers_sooner)
{
    static const uint32_t weights[] = { 1, 1, 1 };
    uint32_t n[5];

    open_world("two_choices", weights, 3);
    for (int i = 0; i < 3; i++)
        meter_add(&w.roster.channels[i].vitals->meter, (i + 1) * 100000, w.now_ms);
    tally(30000, n);
    CHECK(is_near(n[0], 20000, 5)); /* it wins both pairs it is in, of three */
    CHECK(is_near(n[1], 10000, 5));
    CHECK_EQ(n[2], 0); /* always the slower of two */
    world_close(&w);
}

TEST(two_choices_draws_by_weight_and_counts_who_is_busy)
{
    static const uint32_t weights[] = { 8, 1, 1 };
    static const struct gate_rules none = { 0, 0, 0 };
    uint32_t n[5];
    int64_t wait_ms;

    open_world("two_choices", weights, 3);
    gate_enter(&w.roster.channels[1].vitals->gate, &none, 0, 0, &wait_ms);
    tally(30000, n);
    CHECK(n[0] > n[2] && n[2] > n[1]); /* drawn most; equal and idle; equal and busy */
    world_close(&w);
    open_world("two_choices", weights, 1);
    tally(10, n);
    CHECK_EQ(n[0], 10);
    world_close(&w);
}

/* ---- conversations without a home ---- */

static uint32_t belongs(uint64_t i)
{
    struct session s = world_session(i);
    struct pick_ask ask = world_ask(&w);
    struct pick p;

    ask.session = &s;
    ask.is_dry = true;
    world_pick(&w, &ask, &p);
    CHECK_EQ(p.why, TRACE_RENDEZVOUS);
    return p.channel;
}

TEST(rendezvous_shares_by_weight)
{
    static const uint32_t weights[] = { 5, 1, 4, 10 };
    uint32_t n[4] = { 0 };

    open_world("round_robin", weights, 4);
    for (uint64_t i = 0; i < 40000; i++)
        n[belongs(i)]++;
    for (int i = 0; i < 4; i++)
        CHECK(is_near(n[i], 2000 * weights[i], 6));
    world_close(&w);
}

TEST(rendezvous_moves_only_whose_channel_is_lost)
{
    static const uint32_t weights[] = { 3, 1, 2, 2, 1 };
    static uint32_t before[20000];
    uint32_t moved[5] = { 0 }, lost = 0;

    open_world("least_busy", weights, 5);
    for (uint32_t i = 0; i < 20000; i++)
        before[i] = belongs(i);
    world_cool(&w, "c", 1000);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t now = belongs(i);
        CHECK(before[i] == 2 ? now != 2 : now == before[i]);
        lost += before[i] == 2;
        moved[now] += before[i] == 2;
    }
    for (int i = 0; i < 5; i++) /* and those by the weights of the others */
        CHECK(i == 2 || is_near(moved[i], lost * weights[i] / 7, 15));
    world_close(&w);
}

TEST(rendezvous_moves_only_to_who_gets_more_weight)
{
    static const uint32_t weights[] = { 3, 1, 2 };
    static uint32_t before[20000];
    uint32_t moved = 0;

    open_world("random", weights, 3);
    for (uint32_t i = 0; i < 20000; i++)
        before[i] = belongs(i);
    w.channels[1].weight = 4;
    world_open(&w);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t now = belongs(i);
        CHECK(now == before[i] || now == 1);
        moved += now != before[i];
    }
    CHECK(is_near(moved, 20000 * 4 / 9 - 20000 / 6, 6));
    CHECK(strategy_draw(0, 1, 0) > 0); /* the least random number there is */
    world_close(&w);
}

TEST_MAIN()
