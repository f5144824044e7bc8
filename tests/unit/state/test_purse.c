/* SPDX-License-Identifier: MIT */
/*
 * test_purse - what may be taken, what is counted in which period, and that threads lose nothing.
 */
#include "state/purse.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/parcel.h"
#include "base/str.h"
#include "base/tap.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static const int64_t hour = INT64_C(3600) * 1000;
static const int64_t day = INT64_C(24) * 3600 * 1000;

static int64_t at(int year, int month, int mday, int hours)
{
    struct tm tm = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = mday, .tm_hour = hours
    };
    return (int64_t)timegm(&tm) * 1000;
}

static struct purse_sum sum(int64_t tokens, int64_t micro)
{
    return (struct purse_sum){ tokens, micro };
}

static enum purse_answer take(struct purse *p, const struct purse_rules *r, int64_t tokens,
                              int64_t micro, int64_t wall, int64_t *wait)
{
    struct purse_sum guess = sum(tokens, micro);
    enum purse_answer before = purse_check(p, r, &guess, wall, NULL);
    enum purse_answer answer = purse_reserve(p, r, &guess, wall, wait);
    CHECK_EQ(before, answer);
    return answer;
}

static void settle(struct purse *p, int64_t guess, int64_t spent, int64_t wall)
{
    struct purse_sum g = sum(guess, guess), s = sum(spent, spent);
    purse_settle(p, &g, &s, wall);
}

static void check_sums(struct purse *p, enum purse_period period, int64_t wall, int64_t spent,
                       int64_t reserved)
{
    struct purse_sum s, r;
    int64_t begin;
    purse_look(p, period, wall, &s, &r, &begin);
    CHECK_EQ(s.tokens, spent);
    CHECK_EQ(r.tokens, reserved);
    CHECK(begin <= wall);
}

TEST(purse_takes_what_fits_and_gives_back_the_difference)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct purse_rules r = { PURSE_DAY, 100, -1 };
    int64_t now = at(2026, 11, 23, 6), wait = -5;

    CHECK(purse_get(t, STR("a")) == p);
    CHECK(purse_get(t, STR("b")) != p);
    CHECK_EQ(take(p, &r, 60, 60, now, &wait), PURSE_OPEN);
    CHECK_EQ(wait, 0);
    CHECK_EQ(take(p, &r, 41, 41, now, &wait), PURSE_NO_TOKENS);
    CHECK_EQ(wait, 18 * hour);
    CHECK_EQ(take(p, &r, 40, 40, now, &wait), PURSE_OPEN);
    check_sums(p, PURSE_DAY, now, 0, 100);
    settle(p, 60, 10, now);
    check_sums(p, PURSE_DAY, now, 10, 40);
    check_sums(p, PURSE_MONTH, now, 10, 40);
    check_sums(p, PURSE_EVER, now, 10, 40);
    CHECK_EQ(take(p, &r, 50, 0, now, &wait), PURSE_OPEN);
    CHECK_EQ(take(p, &r, 1, 0, now, &wait), PURSE_NO_TOKENS);
    purse_table_free(t);
}

TEST(purse_lets_one_guess_larger_than_the_budget_in_when_nothing_is_taken)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct purse_rules r = { PURSE_MONTH, 100, 100 };
    int64_t now = at(2026, 12, 31, 23), wait;

    CHECK_EQ(take(p, &r, 1000, 1000, now, &wait), PURSE_OPEN);
    CHECK_EQ(take(p, &r, 1, 0, now, &wait), PURSE_NO_TOKENS);
    CHECK_EQ(wait, hour);
    CHECK_EQ(take(p, &r, 0, 1, now, &wait), PURSE_NO_MONEY);
    settle(p, 1000, 0, now);
    CHECK_EQ(take(p, &r, 1000, 1000, now, &wait), PURSE_OPEN);
    settle(p, 1000, 1, now);
    CHECK_EQ(take(p, &r, 1000, 0, now, &wait), PURSE_NO_TOKENS);
    purse_table_free(t);
}

TEST(purse_of_no_money_takes_what_is_free)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct purse_rules none = { PURSE_EVER, 0, 0 }, any = { PURSE_EVER, 0, -1 };
    int64_t now = at(2026, 11, 23, 6), wait;

    CHECK_EQ(take(p, &none, 1 << 30, 0, now, &wait), PURSE_OPEN);
    CHECK_EQ(take(p, &none, 1, 1, now, &wait), PURSE_NO_MONEY);
    CHECK_EQ(wait, -1);
    CHECK_EQ(take(p, &any, INT64_MAX, INT64_MAX, now, &wait), PURSE_OPEN);
    CHECK_EQ(take(p, &any, INT64_MAX, INT64_MAX, now, &wait), PURSE_OPEN);
    check_sums(p, PURSE_EVER, now, 0, INT64_MAX);
    settle(p, INT64_MAX, INT64_MAX, now);
    settle(p, INT64_MAX, INT64_MAX, now);
    check_sums(p, PURSE_EVER, now, INT64_MAX, 0);
    purse_table_free(t);
}

TEST(purse_counts_nothing_below_zero)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct purse_rules r = { PURSE_DAY, 100, -1 };
    int64_t now = at(2026, 11, 23, 6);

    settle(p, 50, -7, now);
    check_sums(p, PURSE_DAY, now, 0, 0);
    CHECK_EQ(take(p, &r, -50, -50, now, NULL), PURSE_OPEN);
    check_sums(p, PURSE_DAY, now, 0, 0);
    settle(p, 0, 5, now);
    check_sums(p, PURSE_DAY, now, 5, 0);
    purse_table_free(t);
}

TEST(purse_is_empty_when_a_period_begins)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct purse_rules r = { PURSE_DAY, 100, -1 };
    int64_t now = at(2028, 2, 28, 23), tomorrow = now + hour, march = now + day + hour;

    CHECK_EQ(take(p, &r, 90, 90, now, NULL), PURSE_OPEN);
    settle(p, 0, 80, now);
    check_sums(p, PURSE_DAY, now, 80, 90);
    check_sums(p, PURSE_DAY, tomorrow, 0, 90);
    check_sums(p, PURSE_MONTH, tomorrow, 80, 90);
    settle(p, 90, 70, tomorrow);
    check_sums(p, PURSE_DAY, tomorrow, 70, 0);
    check_sums(p, PURSE_MONTH, tomorrow, 150, 0);
    check_sums(p, PURSE_MONTH, march - 1, 150, 0);
    check_sums(p, PURSE_MONTH, march, 0, 0);
    check_sums(p, PURSE_EVER, march, 150, 0);
    purse_table_free(t);
}

TEST(purse_forgets_nothing_when_the_clock_is_set_back)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    int64_t now = at(2026, 11, 23, 0), wrong = at(2037, 1, 1, 0);

    settle(p, 0, 10, now + 1);
    struct purse_sum s, r;
    int64_t begin;
    purse_look(p, PURSE_DAY, now - hour / 2, &s, &r, &begin);
    CHECK_EQ(s.tokens, 10);
    CHECK_EQ(begin, now);
    check_sums(p, PURSE_DAY, now - 2 * hour, 10, 0);
    check_sums(p, PURSE_DAY, wrong, 0, 0);
    settle(p, 0, 7, wrong);
    check_sums(p, PURSE_DAY, now, 7, 0);
    check_sums(p, PURSE_MONTH, now, 7, 0);
    check_sums(p, PURSE_EVER, now, 17, 0);
    purse_table_free(t);
}

TEST(purse_cleared_still_gets_what_is_under_way)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct purse_rules r = { PURSE_MONTH, 100, -1 };
    int64_t now = at(2026, 11, 23, 6);
    uint64_t changes = purse_changes(t);

    CHECK_EQ(take(p, &r, 50, 50, now, NULL), PURSE_OPEN);
    CHECK_EQ(purse_changes(t), changes);
    settle(p, 0, 30, now);
    CHECK(purse_changes(t) != changes);
    changes = purse_changes(t);
    purse_clear(p);
    CHECK(purse_changes(t) != changes);
    check_sums(p, PURSE_MONTH, now, 0, 50);
    check_sums(p, PURSE_EVER, now, 0, 50);
    settle(p, 50, 20, now);
    check_sums(p, PURSE_MONTH, now, 20, 0);
    purse_table_free(t);
}

static void copy_one(void *ctx, struct cp_str key, enum purse_period period, int64_t begin,
                     const struct purse_sum *spent)
{
    purse_restore(ctx, key, period, begin, spent, at(2026, 11, 24, 0));
}

TEST(purse_restores_the_periods_that_are_not_over)
{
    struct purse_table *t = purse_table_new(), *u = purse_table_new();
    int64_t now = at(2026, 11, 23, 6), tomorrow = at(2026, 11, 24, 0);

    settle(purse_get(t, STR("a")), 0, 30, now - 100 * day);
    settle(purse_get(t, STR("a")), 0, 5, now);
    purse_get(t, STR("empty"));
    settle(purse_get(u, STR("a")), 0, 1, tomorrow);
    purse_each(t, now, copy_one, u);
    struct purse *p = purse_get(u, STR("a"));
    check_sums(p, PURSE_DAY, tomorrow, 1, 0);
    check_sums(p, PURSE_MONTH, tomorrow, 6, 0);
    check_sums(p, PURSE_EVER, tomorrow, 36, 0);
    purse_table_free(t);
    purse_table_free(u);
}

/* ---- a naive model: everything that was ever settled, with its time, in a list ---- */

enum { STEPS = 20000, OPEN_MOST = 64 };

struct event {
    int64_t wall, amount;
};

struct model {
    struct event events[STEPS];
    int events_n;
    int64_t open[OPEN_MOST];
    int open_n;
};

static int64_t period_key(enum purse_period period, int64_t wall)
{
    time_t seconds = (time_t)(wall / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    if (period == PURSE_EVER)
        return 0;
    return period == PURSE_DAY ? tm.tm_year * 400 + tm.tm_yday : tm.tm_year * 12 + tm.tm_mon;
}

static int64_t model_spent(const struct model *m, enum purse_period period, int64_t wall)
{
    int64_t n = 0;
    for (int i = 0; i < m->events_n; i++)
        if (period_key(period, m->events[i].wall) == period_key(period, wall))
            n += m->events[i].amount;
    return n;
}

static int64_t model_open(const struct model *m)
{
    int64_t n = 0;
    for (int i = 0; i < m->open_n; i++)
        n += m->open[i];
    return n;
}

static void model_reserve(struct model *m, struct purse *p, int64_t wall)
{
    struct purse_rules r = { (enum purse_period)(rand() % 3), rand() % 5000, -1 };
    int64_t guess = rand() % 1000;
    int64_t taken = model_spent(m, r.period, wall) + model_open(m);
    bool may = !r.tokens || !guess || !taken || taken + guess <= r.tokens;

    if (m->open_n == OPEN_MOST)
        return;
    CHECK_EQ(take(p, &r, guess, guess, wall, NULL), may ? PURSE_OPEN : PURSE_NO_TOKENS);
    if (may)
        m->open[m->open_n++] = guess;
}

static void model_settle(struct model *m, struct purse *p, int64_t wall)
{
    if (!m->open_n)
        return;
    int which = rand() % m->open_n;
    int64_t spent = rand() % 100;
    settle(p, m->open[which], spent, wall);
    m->open[which] = m->open[--m->open_n];
    m->events[m->events_n++] = (struct event){ wall, spent };
}

TEST(purse_is_as_a_naive_model_says)
{
    struct purse_table *t = purse_table_new();
    struct purse *p = purse_get(t, STR("a"));
    struct model *m = mem_new(1, sizeof(*m));
    int64_t wall = at(2026, 11, 1, 0);

    srand(20261123);
    for (int i = 0; i < 3000; i++) {
        wall += rand() % (2 * hour);
        if (rand() % 2)
            model_reserve(m, p, wall);
        else
            model_settle(m, p, wall);
        enum purse_period period = (enum purse_period)(rand() % 3);
        check_sums(p, period, wall, model_spent(m, period, wall), model_open(m));
    }
    free(m);
    purse_table_free(t);
}

/* ---- a thousand at once ---- */

enum { THREADS = 64, ROUNDS = 400, GUESS = 50, BUDGET = 100 * 1000 };

struct crowd {
    struct purse *purse;
    struct purse_rules rules;
    int64_t wall;
    _Atomic int64_t spent, refused;
    atomic_bool is_over;
};

static void *crowd_run(void *ctx)
{
    struct crowd *c = ctx;
    unsigned seed = (unsigned)(uintptr_t)&seed;
    struct purse_sum guess = sum(GUESS, 0);

    for (int i = 0; i < ROUNDS; i++) {
        struct purse_sum spent = sum(rand_r(&seed) % (GUESS + 1), 0), now, held;
        int64_t begin;
        if (purse_reserve(c->purse, &c->rules, &guess, c->wall, NULL) != PURSE_OPEN) {
            atomic_fetch_add(&c->refused, 1);
            continue;
        }
        purse_look(c->purse, PURSE_DAY, c->wall, &now, &held, &begin);
        if (now.tokens + held.tokens > BUDGET)
            atomic_store(&c->is_over, true);
        purse_settle(c->purse, &guess, &spent, c->wall);
        atomic_fetch_add(&c->spent, spent.tokens);
    }
    return NULL;
}

TEST(purse_never_gives_more_than_it_has_to_many_threads)
{
    struct purse_table *t = purse_table_new();
    struct crowd c = { .purse = purse_get(t, STR("a")), .wall = at(2026, 11, 23, 6) };
    pthread_t threads[THREADS];

    c.rules = (struct purse_rules){ PURSE_DAY, BUDGET, -1 };
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, crowd_run, &c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(!c.is_over);
    CHECK(c.spent <= BUDGET);
    CHECK(c.spent > BUDGET - 2 * GUESS);
    CHECK(c.refused > 0);
    check_sums(c.purse, PURSE_DAY, c.wall, c.spent, 0);
    purse_table_free(t);
}

/* ---- two processes, here in one: each hears at once what the other tells ---- */

/* What one process has told the other, on its way: neither holds a lock of its own while it waits for the other's. */
struct link_to {
    struct tap tap; /* first */
    struct purse_table *to;
    enum purse_peer from;
    struct buf way;
    uint32_t n;
};

static void send_off(struct tap *t, struct cp_str parcels)
{
    struct link_to *l = (struct link_to *)(void *)t;

    buf_add_str(&l->way, parcels);
}

static void deliver(struct link_to *l)
{
    struct cp_str parcels = buf_str(&l->way);
    struct parcel p;

    while (parcel_next(&parcels, &p) == 1) {
        CHECK(purse_hear(l->to, l->from, &p));
        l->n++;
    }
    buf_clear(&l->way);
}

static void deliver_all(struct link_to *there, struct link_to *back)
{
    deliver(there);
    deliver(back);
}

static void check_now(struct purse_table *t, int64_t spent, int64_t held)
{
    check_sums(purse_get(t, STR("a")), PURSE_EVER, clock_wall_ms(), spent, held);
}

TEST(purse_is_one_in_two_processes)
{
    const struct purse_rules rules = { PURSE_EVER, 1000, -1 };
    struct purse_table *old = purse_table_new(), *new = purse_table_new();
    struct link_to there = { { send_off }, new, PURSE_BEFORE, { 0 }, 0 };
    struct link_to back = { { send_off }, old, PURSE_AFTER, { 0 }, 0 };
    struct purse *a = purse_get(old, STR("a"));
    int64_t wall = clock_wall_ms();
    struct purse_sum guess = sum(300, 0), first = sum(100, 0), none = sum(0, 0);

    buf_init(&there.way, 1 << 20);
    buf_init(&back.way, 1 << 20);
    CHECK_EQ(take(a, &rules, 400, 0, wall, NULL), PURSE_OPEN);
    purse_settle(a, &(struct purse_sum){ 400, 0 }, &first, wall);
    CHECK_EQ(take(a, &rules, 300, 0, wall, NULL), PURSE_OPEN);
    purse_tell(old, PURSE_AFTER, &there.tap, true);
    purse_tell(new, PURSE_BEFORE, &back.tap, false);
    deliver_all(&there, &back);
    check_now(new, 100, 300);
    /* each sees what the other one holds */
    struct purse *b = purse_get(new, STR("a"));
    CHECK_EQ(take(b, &rules, 500, 0, wall, NULL), PURSE_OPEN);
    deliver_all(&there, &back);
    check_now(old, 100, 800);
    CHECK_EQ(take(a, &rules, 200, 0, wall, NULL), PURSE_NO_TOKENS);
    purse_settle(a, &guess, &(struct purse_sum){ 250, 0 }, wall);
    deliver_all(&there, &back);
    check_now(new, 350, 500);
    purse_settle(b, &(struct purse_sum){ 500, 0 }, &none, wall);
    deliver_all(&there, &back);
    check_now(old, 350, 0);
    check_now(new, 350, 0);
    /* one that comes later, and one that is gone with what it held */
    CHECK_EQ(take(purse_get(old, STR("late")), &rules, 10, 0, wall, NULL), PURSE_OPEN);
    deliver_all(&there, &back);
    check_sums(purse_get(new, STR("late")), PURSE_EVER, wall, 0, 10);
    purse_tell(old, PURSE_AFTER, NULL, false);
    purse_lose(new, PURSE_BEFORE);
    check_sums(purse_get(new, STR("late")), PURSE_EVER, wall, 0, 0);
    CHECK(there.n == 3 && back.n == 2);
    buf_fini(&there.way);
    buf_fini(&back.way);
    purse_table_free(old);
    purse_table_free(new);
}

TEST(purse_is_one_in_three_processes)
{
    const struct purse_rules rules = { PURSE_EVER, 1000, -1 };
    struct purse_table *one = purse_table_new(), *two = purse_table_new(),
                       *three = purse_table_new();
    struct link_to to_two = { { send_off }, two, PURSE_BEFORE, { 0 }, 0 };
    struct link_to to_three = { { send_off }, three, PURSE_BEFORE, { 0 }, 0 };
    struct purse *a = purse_get(one, STR("a"));
    int64_t wall = clock_wall_ms();

    buf_init(&to_two.way, 1 << 20);
    buf_init(&to_three.way, 1 << 20);
    CHECK_EQ(take(a, &rules, 600, 0, wall, NULL), PURSE_OPEN);
    purse_tell(one, PURSE_AFTER, &to_two.tap, true);
    deliver_all(&to_two, &to_three);
    purse_tell(two, PURSE_AFTER, &to_three.tap, true);
    deliver_all(&to_two, &to_three);
    check_now(three, 0, 600);
    purse_settle(a, &(struct purse_sum){ 600, 0 }, &(struct purse_sum){ 500, 0 }, wall);
    deliver_all(&to_two, &to_three);
    check_now(three, 500, 0);
    buf_fini(&to_two.way);
    buf_fini(&to_three.way);
    purse_table_free(one);
    purse_table_free(two);
    purse_table_free(three);
}

TEST_MAIN()
