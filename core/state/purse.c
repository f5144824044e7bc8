/* SPDX-License-Identifier: MIT */
/*
 * purse - what a client key may spend in a day or a month, in tokens and in money: reserved at the door, settled at the end.
 *
 * Everything is counted for the day, the month and for ever, whatever the rules say: who changes a budget's period in the
 * middle of it does not give it away anew.  What is reserved belongs to no period: it is spent in the one that it is settled in.
 *
 * The wall clock may be set back.  A step of up to an hour leaves a period that has begun as it is; after a longer one
 * the clock was wrong before, and what is counted goes on in the period of the right one.  A clock that is set forward over
 * the end of a period ends it: nobody can tell that from time gone by while the process slept.
 */
#include "state/purse.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/parcel.h"
#include "base/str.h"
#include "base/tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { PERIODS = PURSE_MONTH + 1 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
static const int64_t step_back_ms = INT64_C(3600) * 1000;

struct account {
    int64_t begin_ms, end_ms; /* wall; end 0: not begun */
    struct purse_sum spent;
};

struct purse {
    pthread_mutex_t lock;
    struct purse_table *table;
    struct cp_str id; /* lies behind the record */
    struct account accounts[PERIODS];
    struct purse_sum reserved;
    struct purse_sum elsewhere[PURSE_PEERS]; /* reserved by another process, for the same key */
    struct tap *taps[PURSE_PEERS];           /* NULL: that peer is not told */
    uint32_t holders;                        /* snapshots */
};

struct purse_table {
    pthread_mutex_t lock;
    struct map *purses;
    struct tap *taps[PURSE_PEERS]; /* of purses that are made from now on */
    _Atomic uint64_t changes;
};

/* ---- sums ---- */

/* Neither below 0 nor over the top. */
static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;

    b = b > 0 ? b : 0;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t minus(int64_t a, int64_t b)
{
    b = b > 0 ? b : 0;
    return a > b ? a - b : 0;
}

/* Up or down. */
static int64_t moved(int64_t a, int64_t by)
{
    return by >= -INT64_MAX && by < 0 ? minus(a, -by) : plus(a, by);
}

static void sum_add(struct purse_sum *to, const struct purse_sum *more)
{
    to->tokens = plus(to->tokens, more->tokens);
    to->micro = plus(to->micro, more->micro);
}

/* Of this process and of its peers. */
static struct purse_sum all_reserved(const struct purse *p)
{
    struct purse_sum all = p->reserved;

    for (int i = 0; i < PURSE_PEERS; i++)
        sum_add(&all, &p->elsewhere[i]);
    return all;
}

static void sum_take(struct purse_sum *from, const struct purse_sum *less)
{
    from->tokens = minus(from->tokens, less->tokens);
    from->micro = minus(from->micro, less->micro);
}

/* ---- periods ---- */

static void month_of(int64_t wall_ms, int64_t *begin_ms, int64_t *end_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    struct tm first = { .tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = 1 };
    struct tm next = { .tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1 };
    *begin_ms = (int64_t)timegm(&first) * 1000;
    *end_ms = (int64_t)timegm(&next) * 1000;
}

static void period_of(enum purse_period p, int64_t wall_ms, int64_t *begin_ms, int64_t *end_ms)
{
    wall_ms = wall_ms > 0 ? wall_ms : 0;
    *begin_ms = 0;
    *end_ms = INT64_MAX;
    if (p == PURSE_DAY) {
        *begin_ms = wall_ms - wall_ms % day_ms;
        *end_ms = *begin_ms + day_ms;
    } else if (p == PURSE_MONTH) {
        month_of(wall_ms, begin_ms, end_ms);
    }
}

/* The account as of now: empty if its period is over. */
static struct account *account_at(struct purse *p, enum purse_period period, int64_t wall_ms)
{
    struct account *a = &p->accounts[period];

    wall_ms = wall_ms > 0 ? wall_ms : 0;
    if (wall_ms < a->end_ms && wall_ms >= a->begin_ms - step_back_ms)
        return a;
    if (wall_ms >= a->end_ms)
        a->spent = (struct purse_sum){ 0 };
    period_of(period, wall_ms, &a->begin_ms, &a->end_ms);
    return a;
}

static int64_t wait_of(const struct account *a, enum purse_period period, int64_t wall_ms)
{
    return period == PURSE_EVER ? -1 : a->end_ms - wall_ms;
}

/* ---- the table ---- */

struct purse_table *purse_table_new(void)
{
    struct purse_table *t = mem_new(1, sizeof(*t));

    pthread_mutex_init(&t->lock, NULL);
    t->purses = map_new();
    return t;
}

void purse_table_free(struct purse_table *t)
{
    void *value;

    if (!t)
        return;
    for (size_t at = 0; map_each(t->purses, &at, NULL, &value);) {
        struct purse *p = value;
        pthread_mutex_destroy(&p->lock);
        free(p);
    }
    map_free(t->purses);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static struct purse *purse_new(struct purse_table *t, struct cp_str id)
{
    struct purse *p = mem_new(1, sizeof(*p) + id.n + 1);
    char *text = (char *)(p + 1);

    if (id.n)
        memcpy(text, id.p, id.n);
    p->id = str_n(text, id.n);
    p->table = t;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

struct purse *purse_get(struct purse_table *t, struct cp_str client_key)
{
    if (!client_key.p)
        client_key = STR("");
    pthread_mutex_lock(&t->lock);
    struct purse *p = map_get(t->purses, client_key);
    if (!p) {
        p = purse_new(t, client_key);
        memcpy(p->taps, t->taps, sizeof(p->taps));
        map_set(t->purses, client_key, p);
    }
    pthread_mutex_unlock(&t->lock);
    return p;
}

void purse_hold(struct purse *p)
{
    pthread_mutex_lock(&p->lock);
    p->holders++;
    pthread_mutex_unlock(&p->lock);
}

void purse_release(struct purse *p)
{
    pthread_mutex_lock(&p->lock);
    p->holders--;
    pthread_mutex_unlock(&p->lock);
}

uint64_t purse_changes(struct purse_table *t)
{
    return atomic_load(&t->changes);
}

/* ---- what peers are told ---- */

enum { NOBODY = -1, TOLD_BYTES = 4096 };

static const char *const told_begin[PERIODS] = { "begin0", "begin1", "begin2" };
static const char *const told_tokens[PERIODS] = { "tokens0", "tokens1", "tokens2" };
static const char *const told_micro[PERIODS] = { "micro0", "micro1", "micro2" };

static struct purse_sum difference(const struct purse_sum *now, const struct purse_sum *before)
{
    return (struct purse_sum){ now->tokens - before->tokens, now->micro - before->micro };
}

static void put_reserved(struct buf *out, const struct purse_sum *reserved)
{
    parcel_number(out, "held_tokens", reserved->tokens);
    parcel_number(out, "held_micro", reserved->micro);
}

static struct purse_sum get_reserved(const struct parcel *parcel)
{
    return (struct purse_sum){ parcel_get_number(parcel, "held_tokens", 0),
                               parcel_get_number(parcel, "held_micro", 0) };
}

/* With its lock.  from: the peer that has told it, who knows. */
static void tell_change(const struct purse *p, int from, const struct purse_sum *reserved,
                        const struct purse_sum *spent, int64_t wall_ms)
{
    struct buf out;

    for (int i = 0; i < PURSE_PEERS; i++) {
        if (!p->taps[i] || i == from)
            continue;
        buf_init(&out, TOLD_BYTES);
        size_t begin = parcel_begin(&out, "purse");
        parcel_text(&out, "id", p->id);
        put_reserved(&out, reserved);
        parcel_number(&out, "tokens", spent->tokens);
        parcel_number(&out, "micro", spent->micro);
        parcel_number(&out, "wall_ms", wall_ms);
        parcel_end(&out, begin);
        if (!buf_failed(&out))
            tap_put(p->taps[i], buf_str(&out));
        buf_fini(&out);
    }
}

/* ---- one purse ---- */

/* 0 is a budget of nothing; one that nothing was taken of yet lets anything in once. */
static bool is_enough(int64_t limit, int64_t taken, int64_t guess)
{
    guess = guess > 0 ? guess : 0;
    return plus(taken, guess) <= limit || guess == 0 || (taken == 0 && limit > 0);
}

static enum purse_answer purse_ask(const struct purse *p, const struct account *a,
                                   const struct purse_rules *r, const struct purse_sum *guess)
{
    struct purse_sum taken = all_reserved(p);

    sum_add(&taken, &a->spent);
    if (r->tokens > 0 && !is_enough(r->tokens, taken.tokens, guess->tokens))
        return PURSE_NO_TOKENS;
    if (r->micro >= 0 && !is_enough(r->micro, taken.micro, guess->micro))
        return PURSE_NO_MONEY;
    return PURSE_OPEN;
}

static enum purse_answer ask_locked(struct purse *p, const struct purse_rules *r,
                                    const struct purse_sum *guess, int64_t wall_ms,
                                    int64_t *wait_ms)
{
    struct account *a = account_at(p, r->period, wall_ms);
    enum purse_answer answer = purse_ask(p, a, r, guess);

    if (wait_ms)
        *wait_ms = answer == PURSE_OPEN ? 0 : wait_of(a, r->period, wall_ms);
    return answer;
}

enum purse_answer purse_reserve(struct purse *p, const struct purse_rules *r,
                                const struct purse_sum *guess, int64_t wall_ms,
                                int64_t *wait_ms)
{
    pthread_mutex_lock(&p->lock);
    enum purse_answer answer = ask_locked(p, r, guess, wall_ms, wait_ms);
    if (answer == PURSE_OPEN) {
        struct purse_sum before = p->reserved, none = { 0 };
        sum_add(&p->reserved, guess);
        struct purse_sum more = difference(&p->reserved, &before);
        tell_change(p, NOBODY, &more, &none, wall_ms);
    }
    pthread_mutex_unlock(&p->lock);
    return answer;
}

enum purse_answer purse_check(struct purse *p, const struct purse_rules *r,
                              const struct purse_sum *guess, int64_t wall_ms, int64_t *wait_ms)
{
    pthread_mutex_lock(&p->lock);
    enum purse_answer answer = ask_locked(p, r, guess, wall_ms, wait_ms);
    pthread_mutex_unlock(&p->lock);
    return answer;
}

static void spend_locked(struct purse *p, const struct purse_sum *spent, int64_t wall_ms)
{
    for (int i = 0; i < PERIODS; i++)
        sum_add(&account_at(p, (enum purse_period)i, wall_ms)->spent, spent);
}

void purse_settle(struct purse *p, const struct purse_sum *guess, const struct purse_sum *spent,
                  int64_t wall_ms)
{
    pthread_mutex_lock(&p->lock);
    struct purse_sum before = p->reserved;
    sum_take(&p->reserved, guess);
    spend_locked(p, spent, wall_ms);
    struct purse_sum less = difference(&p->reserved, &before);
    tell_change(p, NOBODY, &less, spent, wall_ms);
    pthread_mutex_unlock(&p->lock);
    if (spent->tokens > 0 || spent->micro > 0)
        atomic_fetch_add(&p->table->changes, 1);
}

void purse_look(struct purse *p, enum purse_period period, int64_t wall_ms,
                struct purse_sum *spent, struct purse_sum *reserved, int64_t *period_ms)
{
    pthread_mutex_lock(&p->lock);
    const struct account *a = account_at(p, period, wall_ms);
    *spent = a->spent;
    *reserved = all_reserved(p);
    *period_ms = a->begin_ms;
    pthread_mutex_unlock(&p->lock);
}

void purse_clear(struct purse *p)
{
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < PERIODS; i++)
        p->accounts[i].spent = (struct purse_sum){ 0 };
    pthread_mutex_unlock(&p->lock);
    atomic_fetch_add(&p->table->changes, 1);
}

/* ---- over a restart ---- */

static struct purse *purse_next(struct purse_table *t, size_t *at)
{
    void *value = NULL;

    pthread_mutex_lock(&t->lock);
    bool is_there = map_each(t->purses, at, NULL, &value);
    pthread_mutex_unlock(&t->lock);
    return is_there ? value : NULL;
}

static bool sum_is_zero(const struct purse_sum *s)
{
    return !s->tokens && !s->micro;
}

/* Its key was removed, and that month is over. */
static bool purse_is_past(struct purse *p, int64_t wall_ms)
{
    pthread_mutex_lock(&p->lock);
    bool is = !p->holders && sum_is_zero(&account_at(p, PURSE_MONTH, wall_ms)->spent);
    pthread_mutex_unlock(&p->lock);
    return is;
}

void purse_each(struct purse_table *t, int64_t wall_ms,
                void (*fn)(void *ctx, struct cp_str client_key, enum purse_period,
                           int64_t period_ms, const struct purse_sum *spent),
                void *ctx)
{
    struct purse *p;

    for (size_t at = 0; (p = purse_next(t, &at));)
        for (int i = 0; i < PERIODS && !purse_is_past(p, wall_ms); i++) {
            struct purse_sum spent, reserved;
            int64_t begin_ms;
            purse_look(p, (enum purse_period)i, wall_ms, &spent, &reserved, &begin_ms);
            if (!sum_is_zero(&spent))
                fn(ctx, p->id, (enum purse_period)i, begin_ms, &spent);
        }
}

void purse_restore(struct purse_table *t, struct cp_str client_key, enum purse_period period,
                   int64_t period_ms, const struct purse_sum *spent, int64_t wall_ms)
{
    struct purse *p = purse_get(t, client_key);
    int64_t begin_ms, end_ms;

    period_of(period, wall_ms, &begin_ms, &end_ms);
    pthread_mutex_lock(&p->lock);
    struct account *a = account_at(p, period, wall_ms);
    if (period_ms >= begin_ms)
        sum_add(&a->spent, spent);
    pthread_mutex_unlock(&p->lock);
}

/* ---- two processes ---- */

/* With its lock; the third one's, too: they are as good as ours to who asks. */
static void tell_all(struct purse *p, enum purse_peer peer, int64_t wall_ms)
{
    struct purse_sum held = p->reserved;
    struct buf out;

    sum_add(&held, &p->elsewhere[PURSE_PEERS - 1 - peer]);
    buf_init(&out, TOLD_BYTES);
    size_t begin = parcel_begin(&out, "purse-all");
    parcel_text(&out, "id", p->id);
    put_reserved(&out, &held);
    for (int i = 0; i < PERIODS; i++) {
        const struct account *a = account_at(p, (enum purse_period)i, wall_ms);
        parcel_number(&out, told_begin[i], a->begin_ms);
        parcel_number(&out, told_tokens[i], a->spent.tokens);
        parcel_number(&out, told_micro[i], a->spent.micro);
    }
    parcel_end(&out, begin);
    if (!buf_failed(&out))
        tap_put(p->taps[peer], buf_str(&out));
    buf_fini(&out);
}

void purse_tell(struct purse_table *t, enum purse_peer peer, struct tap *tap, bool is_all)
{
    struct purse *p;

    pthread_mutex_lock(&t->lock);
    t->taps[peer] = tap;
    pthread_mutex_unlock(&t->lock);
    for (size_t at = 0; (p = purse_next(t, &at));) {
        pthread_mutex_lock(&p->lock);
        bool is_new = p->taps[peer] != tap; /* not one that was made since */
        p->taps[peer] = tap;
        if (tap && is_all && is_new)
            tell_all(p, peer, clock_wall_ms());
        pthread_mutex_unlock(&p->lock);
    }
}

static void hear_all(struct purse *p, enum purse_peer peer, const struct parcel *parcel)
{
    struct purse_sum held = get_reserved(parcel);
    int64_t wall_ms = clock_wall_ms(), begin_ms, end_ms;

    pthread_mutex_lock(&p->lock);
    p->elsewhere[peer] = (struct purse_sum){ plus(0, held.tokens), plus(0, held.micro) };
    for (int i = 0; i < PERIODS; i++) {
        struct purse_sum spent = { parcel_get_number(parcel, told_tokens[i], 0),
                                   parcel_get_number(parcel, told_micro[i], 0) };
        period_of((enum purse_period)i, wall_ms, &begin_ms, &end_ms);
        if (parcel_get_number(parcel, told_begin[i], -1) >= begin_ms)
            sum_add(&account_at(p, (enum purse_period)i, wall_ms)->spent, &spent);
    }
    pthread_mutex_unlock(&p->lock);
}

static void elsewhere_add(struct purse_sum *to, const struct purse_sum *more)
{
    to->tokens = moved(to->tokens, more->tokens);
    to->micro = moved(to->micro, more->micro);
}

static void hear_change(struct purse *p, enum purse_peer peer, const struct parcel *parcel)
{
    struct purse_sum held = get_reserved(parcel);
    struct purse_sum spent = { parcel_get_number(parcel, "tokens", 0),
                               parcel_get_number(parcel, "micro", 0) };
    int64_t now_ms = clock_wall_ms(), wall_ms = parcel_get_number(parcel, "wall_ms", now_ms);

    wall_ms = wall_ms < 0 || wall_ms > now_ms ? now_ms : wall_ms;
    pthread_mutex_lock(&p->lock);
    elsewhere_add(&p->elsewhere[peer], &held);
    spend_locked(p, &spent, wall_ms);
    tell_change(p, (int)peer, &held, &spent, wall_ms);
    pthread_mutex_unlock(&p->lock);
    if (spent.tokens > 0 || spent.micro > 0)
        atomic_fetch_add(&p->table->changes, 1);
}

bool purse_hear(struct purse_table *t, enum purse_peer peer, const struct parcel *parcel)
{
    bool is_all = parcel_is(parcel, "purse-all");

    if (!is_all && !parcel_is(parcel, "purse"))
        return false;
    struct purse *p = purse_get(t, parcel_get(parcel, "id"));
    if (is_all)
        hear_all(p, peer, parcel);
    else
        hear_change(p, peer, parcel);
    return true;
}

void purse_lose(struct purse_table *t, enum purse_peer peer)
{
    const struct purse_sum none = { 0 };
    struct purse *p;

    for (size_t at = 0; (p = purse_next(t, &at));) {
        pthread_mutex_lock(&p->lock);
        struct purse_sum less = difference(&none, &p->elsewhere[peer]);
        p->elsewhere[peer] = none;
        if (less.tokens || less.micro)
            tell_change(p, (int)peer, &less, &none, clock_wall_ms());
        pthread_mutex_unlock(&p->lock);
    }
}
